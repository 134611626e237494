//! The client of the directory against its stand-in, over HTTP: what the one sends, the other understands.

use edge::testing::serving;
use kernel::Secret;
use providers::{CallError, rpps::Rpps};
use serde_json::{Value, json};
use table::testing::Engine;

const NUMBER: &str = "10001234567";

#[tokio::test]
async fn what_was_written_is_found_and_every_part_is_played() {
    let engine = Engine::start().await;
    let url = serving(rpps::router(engine.table.clone())).await;
    let http = providers::client().expect("a client");
    let client = Rpps::new(http.clone(), format!("{url}/fhir/v2"), Secret::new("key"));
    let write = async |more: Value| {
        let mut entry = json!({"family_name": "EXAMPLE", "given_name": "ADA", "active": true});
        entry.as_object_mut().expect("an entry").extend(more.as_object().expect("fields").clone());
        let address = format!("{url}/fhir/v2/practitioners/{NUMBER}");
        let sent = http.put(address).json(&entry).send().await.expect("an answer");
        assert_eq!(sent.status(), 204);
    };
    assert_eq!(client.find(NUMBER).await, Ok(None));
    write(json!({})).await;
    let found = client.find(NUMBER).await.expect("an answer").expect("a hit");
    assert!(found.active && found.numbers.contains(&NUMBER.to_owned()), "{found:?}");
    assert_eq!((found.family_name.as_str(), found.given_name.as_str()), ("EXAMPLE", "ADA"));
    write(json!({"active": false})).await;
    assert!(!client.find(NUMBER).await.expect("an answer").expect("a hit").active);
    for (persona, error) in [
        ("throttled", CallError::NotTaken),
        ("unavailable", CallError::NotTaken),
        ("broken", CallError::NotTaken),
        ("dropped", CallError::NotTaken),
        ("slow", CallError::NotTaken),
        ("malformed", CallError::Unreadable),
        ("twins", CallError::Unreadable),
    ] {
        write(json!({"persona": persona})).await;
        assert_eq!(client.find(NUMBER).await, Err(error), "{persona}");
    }
}
