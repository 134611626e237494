//! What a device asks of Curbside: some of it as a member, the rest as nobody.

use std::time::Duration;

use ballot::{Bytes, Cast, Hash, record::Line};
use kernel::id::PollId;
use reqwest::{Client, RequestBuilder, StatusCode, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// For how many seconds it waits before it asks again: all that is asked can be asked again.
const WAITS: [u64; 5] = [1, 2, 4, 8, 16];

/// The community's API, about one poll.
#[derive(Debug)]
pub(crate) struct Server {
    /// As the member: it keeps connections of its own.
    known: Client,
    /// As nobody.
    nobody: Client,
    poll: String,
    public: String,
}

/// A poll, as far as a device needs to know.
#[derive(Debug, Deserialize)]
pub(crate) struct Poll {
    pub(crate) question: String,
    #[serde(deserialize_with = "texts")]
    pub(crate) options: Vec<String>,
    pub(crate) your_segment: Option<String>,
    pub(crate) ballot_signed: bool,
    pub(crate) status: String,
    keys: Vec<Key>,
}

#[derive(Debug, Deserialize)]
struct Key {
    segment: String,
    spki: Bytes,
}

/// What was signed.
#[derive(Debug, Deserialize)]
pub(crate) struct Signed {
    pub(crate) signature: Bytes,
    #[serde(default)]
    pub(crate) segment: Option<Box<Self>>,
}

#[derive(Deserialize)]
struct Receipt {
    ballot: Hash,
}

fn texts<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct Choice {
        text: String,
    }
    let choices = Vec::<Choice>::deserialize(deserializer)?;
    Ok(choices.into_iter().map(|choice| choice.text).collect())
}

impl Poll {
    /// The key of a segment.
    pub(crate) fn key(&self, segment: &str) -> Option<&Bytes> {
        self.keys.iter().find(|key| key.segment == segment).map(|key| &key.spki)
    }
}

impl Server {
    /// The one at that address.
    pub(crate) fn new(address: &str, poll: PollId) -> Result<Self, String> {
        let client = || {
            let client = Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(30));
            client.build().map_err(|error| error.to_string())
        };
        let address = address.trim_end_matches('/');
        Ok(Self {
            known: client()?,
            nobody: client()?,
            poll: format!("{address}/polls/{poll}"),
            public: format!("{address}/public/polls/{poll}"),
        })
    }

    /// The poll, as the member sees it.
    pub(crate) async fn poll(&self, session: &str) -> Result<Poll, String> {
        read(&asked(|| self.known.get(&self.poll).bearer_auth(session)).await?)
    }

    /// The keys that everybody is shown, by their hashes.
    pub(crate) async fn published_keys(&self) -> Result<Vec<Hash>, String> {
        let record = asked(|| self.nobody.get(format!("{}/record", self.public))).await?;
        let lines = record.lines().map(serde_json::from_str::<Line>);
        let lines: Vec<Line> = lines.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        let key = |line| if let Line::Key(key) = line { Some(key.key) } else { None };
        Ok(lines.into_iter().filter_map(key).collect())
    }

    /// Has a blinded message signed, as the member.
    pub(crate) async fn sign(&self, session: &str, body: &Value) -> Result<Signed, String> {
        let url = format!("{}/ballots", self.poll);
        read(&asked(|| self.known.post(&url).bearer_auth(session).json(body)).await?)
    }

    /// Where ballots are handed in.
    pub(crate) fn box_address(&self) -> String {
        format!("{}/ballots", self.public)
    }

    /// Hands a ballot in, as nobody. Gives its hash.
    pub(crate) async fn hand_in(&self, cast: &Cast) -> Result<Hash, String> {
        let url = self.box_address();
        read::<Receipt>(&asked(|| self.nobody.post(&url).json(cast)).await?).map(|receipt| receipt.ballot)
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("an answer that cannot be read: {error}"))
}

/// Asks, and asks again as long as nobody has time.
async fn asked(ask: impl Fn() -> RequestBuilder) -> Result<String, String> {
    let mut waits = WAITS.into_iter();
    loop {
        let why = match ask().send().await {
            Ok(reply) => {
                let status = reply.status();
                let text = reply.text().await.unwrap_or_default();
                if status.is_success() {
                    return Ok(text);
                }
                let why = problem(status, &text);
                if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
                    return Err(why);
                }
                why
            }
            Err(error) => error.to_string(),
        };
        let Some(wait) = waits.next() else { return Err(why) };
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
}

/// A problem in words (RFC 9457).
fn problem(status: StatusCode, text: &str) -> String {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let of = |field: &str| body.get(field).and_then(Value::as_str).map(ToOwned::to_owned);
    match (of("detail"), of("remedy")) {
        (Some(detail), Some(remedy)) => format!("{detail}; {remedy}"),
        (Some(detail), None) => detail,
        _ => format!("the server answers {status}"),
    }
}
