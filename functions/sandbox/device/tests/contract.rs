//! The client of the scoring service against its stand-in, over HTTP: what the one sends, the other understands.

use edge::testing::serving;
use kernel::Secret;
use providers::{CallError, device::Device};

#[tokio::test]
async fn every_persona_plays_its_part() {
    let url = serving(device::router()).await;
    let client = Device::new(providers::client().expect("a client"), url.clone(), Secret::new("key"));
    for (session, decision, fraud, several) in [
        ("session-1", "Real", false, false),
        ("duplicate-1", "Real", false, true),
        ("fraud-1", "Real", true, false),
        ("fake-1", "Fake", false, false),
    ] {
        let score = client.score("pseudonym", session).await.expect("a score");
        assert_eq!(
            (score.decision.as_str(), score.account_score >= 0.3, score.multiple_accounts >= 0.75),
            (decision, fraud, several),
            "{session}"
        );
    }
    for (session, error) in [
        ("malformed-1", CallError::Unreadable),
        ("throttled-1", CallError::NotTaken),
        ("unavailable-1", CallError::NotTaken),
        ("broken-1", CallError::Lost),
        ("dropped-1", CallError::Lost),
        ("slow-1", CallError::Lost),
    ] {
        assert_eq!(client.score("pseudonym", session).await, Err(error), "{session}");
    }
    let stranger = Device::new(providers::client().expect("a client"), url, Secret::new(""));
    assert_eq!(stranger.score("pseudonym", "session-1").await, Err(CallError::Refused(401)));
}
