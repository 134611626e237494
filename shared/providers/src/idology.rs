//! IDology ExpectID: does this person exist as they say?
//!
//! `POST /api/idiq.svc`, form-encoded, credentials in the body, `output=json`. Every call is a paid
//! transaction and none is idempotent, so the caller records its intent first.

use kernel::Secret;
use reqwest::Client;
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    CallError,
    call::{send, text},
};

/// What is asked about. Dates of birth are sent as `dobMonth`, `dobDay`, `dobYear`.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Given name.
    pub given_name: &'a str,
    /// Family name.
    pub family_name: &'a str,
    /// Street and number.
    pub street: &'a str,
    /// City.
    pub city: &'a str,
    /// State or region; empty where there is none.
    pub region: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
    /// Date of birth as (year, month, day).
    pub born: (i16, i8, i8),
}

/// What came back, in the provider's own codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `id-number`: the provider's transaction.
    pub transaction: String,
    /// `summary-result`, for example `id.success`.
    pub summary: String,
    /// `results`, for example `result.match`.
    pub result: String,
    /// The keys of all qualifiers, for example `resultcode.subject.deceased`.
    pub qualifiers: Vec<String>,
    /// The key of the restriction, for example `global.watch.list`.
    pub restriction: Option<String>,
}

/// A client of ExpectID.
#[derive(Debug, Clone)]
pub struct Idology {
    client: Client,
    base: String,
    username: String,
    password: Secret,
}

impl Idology {
    /// A client of the service at `base`, without a trailing slash.
    pub const fn new(client: Client, base: String, username: String, password: Secret) -> Self {
        Self { client, base, username, password }
    }

    /// Asks about a person. A paid call.
    ///
    /// # Errors
    /// [`CallError::Refused`] also when the provider answers 200 with an `error`.
    pub async fn expect_id(&self, subject: Subject<'_>) -> Result<Answer, CallError> {
        let (year, month, day) = subject.born;
        let (year, month, day) = (year.to_string(), month.to_string(), day.to_string());
        let form = [
            ("username", self.username.as_str()),
            ("password", self.password.reveal()),
            ("output", "json"),
            ("firstName", subject.given_name),
            ("lastName", subject.family_name),
            ("address", subject.street),
            ("city", subject.city),
            ("state", subject.region),
            ("zip", subject.postal_code),
            ("dobYear", &year),
            ("dobMonth", &month),
            ("dobDay", &day),
        ];
        let request = self.client.post(format!("{}/api/idiq.svc", self.base)).form(&form);
        let body = text(send(request, &[]).await?).await?;
        read(&body)
    }
}

fn read(body: &str) -> Result<Answer, CallError> {
    let document: Document = serde_json::from_str(body).map_err(|_| CallError::Unreadable)?;
    let response = document.response;
    if response.error.is_some() {
        return Err(CallError::Refused(200));
    }
    let (Some(id), Some(summary), Some(result)) = (response.id_number, response.summary, response.results)
    else {
        return Err(CallError::Unreadable);
    };
    Ok(Answer {
        transaction: match id {
            Id::Number(number) => number.to_string(),
            Id::Text(text) => text,
        },
        summary: summary.key,
        result: result.key,
        qualifiers: match response.qualifiers.map(|qualifiers| qualifiers.qualifier) {
            None => Vec::new(),
            Some(OneOrMany::One(one)) => vec![one.key],
            Some(OneOrMany::Many(many)) => many.into_iter().map(|one| one.key).collect(),
        },
        restriction: response.restriction.map(|restriction| restriction.key),
    })
}

#[derive(Deserialize)]
struct Document {
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Response {
    id_number: Option<Id>,
    #[serde(rename = "summary-result")]
    summary: Option<Keyed>,
    results: Option<Keyed>,
    qualifiers: Option<Qualifiers>,
    restriction: Option<Keyed>,
    error: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

#[derive(Deserialize)]
struct Qualifiers {
    qualifier: OneOrMany,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Keyed),
    Many(Vec<Keyed>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_qualifier_and_many_and_both_kinds_of_id_are_read() {
        let one = read(
            r#"{"response":{"id-number":5,"summary-result":{"key":"id.failure","message":"FAIL"},
            "results":{"key":"result.match","message":"x"},
            "qualifiers":{"qualifier":{"key":"resultcode.thin.file","message":"x"}}}}"#,
        );
        let one = one.expect("one qualifier");
        assert_eq!((one.transaction.as_str(), one.qualifiers.len()), ("5", 1));
        let many = read(
            r#"{"response":{"id-number":"a","summary-result":{"key":"id.failure"},"results":{"key":"result.match"},
            "qualifiers":{"qualifier":[{"key":"a"},{"key":"b"}]},"restriction":{"key":"global.watch.list"}}}"#,
        );
        let many = many.expect("many qualifiers");
        assert_eq!(many.qualifiers, ["a", "b"]);
        assert_eq!(many.restriction.as_deref(), Some("global.watch.list"));
    }

    #[test]
    fn an_error_or_an_unknown_shape_is_never_an_answer() {
        assert_eq!(read(r#"{"response":{"error":"Invalid username"}}"#), Err(CallError::Refused(200)));
        assert_eq!(read(r#"{"response":{}}"#), Err(CallError::Unreadable));
        assert_eq!(read("<html>"), Err(CallError::Unreadable));
    }
}
