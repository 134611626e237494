//! The client of a clinician network against its stand-in, over HTTP: what the one sends, the other understands, and
//! what must not be trusted is not.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::serving;
use kernel::Secret;
use providers::{
    CallError,
    network::{Account, Begun, Network, Registration},
};
use serde_json::json;
use table::testing::Engine;
use url::Url;

const REDIRECT: &str = "https://curbside.example/sign-in";

struct Stage {
    _engine: Engine,
    issuer: String,
    http: reqwest::Client,
}

async fn stage() -> Stage {
    let engine = Engine::start().await;
    let issuer = format!("{}/network", serving(network::router(engine.table.clone())).await);
    Stage { _engine: engine, issuer, http: providers::client().expect("a client") }
}

impl Stage {
    fn client(&self, secret: &str) -> Network {
        let registration = Registration {
            name: "a network".to_owned(),
            issuer: self.issuer.clone(),
            client_id: "curbside".to_owned(),
            client_secret: Secret::new(secret),
        };
        Network::new(self.http.clone(), registration, REDIRECT.to_owned())
    }

    /// Makes an account, and sends its holder's browser to the network: what it comes back with.
    async fn visit(&self, begun: &Begun, persona: &str) -> Vec<(String, String)> {
        let account = json!({"given_name": "Ada", "family_name": "Example", "persona": persona});
        let url = format!("{}/accounts/ada", self.issuer);
        self.http.put(url).json(&account).send().await.expect("an account");
        let mut address: Url = begun.address.parse().expect("an address");
        address.query_pairs_mut().append_pair("login_hint", "ada");
        let answer = self.http.get(address).send().await.expect("an answer");
        let back = answer.headers().get("location").expect("a way back").to_str().expect("a text");
        assert!(back.starts_with(REDIRECT), "{back}");
        let back: Url = back.parse().expect("an address");
        back.query_pairs().into_owned().collect()
    }
}

fn one(back: &[(String, String)], name: &str) -> String {
    back.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone()).expect("a value")
}

#[tokio::test]
async fn who_signs_in_there_is_known_here_and_a_code_is_good_once() {
    let stage = stage().await;
    let client = stage.client("a secret:with + signs");
    for persona in ["", "nameless"] {
        let begun = client.begin().await.expect("begun");
        let back = stage.visit(&begun, persona).await;
        assert_eq!(one(&back, "state"), begun.state);
        let code = one(&back, "code");
        let ada =
            Account { id: "ada".to_owned(), given_name: "Ada".to_owned(), family_name: "Example".to_owned() };
        assert_eq!(client.complete(&code, &begun.verifier, &begun.nonce).await, Ok(ada), "{persona}");
        let again = client.complete(&code, &begun.verifier, &begun.nonce).await;
        assert_eq!(again, Err(CallError::Refused(400)), "a code was good twice");
    }
}

#[tokio::test]
async fn what_is_not_of_this_sign_in_is_not_trusted() {
    let stage = stage().await;
    let client = stage.client("a secret:with + signs");
    for (persona, error) in [
        ("other_key", CallError::Unreadable),
        ("other_audience", CallError::Unreadable),
        ("other_issuer", CallError::Unreadable),
        ("other_nonce", CallError::Unreadable),
        ("expired", CallError::Unreadable),
        ("unsigned", CallError::Unreadable),
        ("anonymous", CallError::Unreadable),
        ("impostor", CallError::Unreadable),
        ("malformed", CallError::Unreadable),
        ("throttled", CallError::NotTaken),
        ("broken", CallError::Lost),
        ("dropped", CallError::Lost),
        ("slow", CallError::Lost),
    ] {
        let begun = client.begin().await.expect("begun");
        let code = one(&stage.visit(&begun, persona).await, "code");
        let completed = client.complete(&code, &begun.verifier, &begun.nonce).await;
        assert_eq!(completed, Err(error), "{persona}");
    }
    let begun = client.begin().await.expect("begun");
    assert_eq!(one(&stage.visit(&begun, "declined").await, "error"), "access_denied");
    let refused = Err(CallError::Refused(400));
    assert_eq!(client.complete("no-such-code", &begun.verifier, &begun.nonce).await, refused);
    let code = one(&stage.visit(&begun, "").await, "code");
    let other = client.begin().await.expect("begun");
    assert_eq!(
        client.complete(&code, &other.verifier, &begun.nonce).await,
        refused,
        "a stolen code was good"
    );
    let code = one(&stage.visit(&begun, "").await, "code");
    let stranger = stage.client("");
    let unknown = stranger.complete(&code, &begun.verifier, &begun.nonce).await;
    assert_eq!(unknown, Err(CallError::Refused(401)));
}
