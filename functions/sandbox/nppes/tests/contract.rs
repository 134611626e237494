//! The client of the registry against its stand-in, over HTTP: what the one sends, the other understands.

use edge::testing::serving;
use providers::{CallError, nppes::Nppes};
use serde_json::{Value, json};
use table::testing::Engine;

const NUMBER: &str = "1234567893";

#[tokio::test]
async fn what_was_written_is_found_and_every_part_is_played() {
    let engine = Engine::start().await;
    let url = serving(nppes::router(engine.table.clone())).await;
    let http = providers::client().expect("a client");
    let client = Nppes::new(http.clone(), url.clone());
    let write = async |more: Value| {
        let mut entry = json!({"family_name": "EXAMPLE", "given_name": "ADA"});
        entry.as_object_mut().expect("an entry").extend(more.as_object().expect("fields").clone());
        let sent = http.put(format!("{url}/npi/{NUMBER}")).json(&entry).send().await.expect("an answer");
        assert_eq!(sent.status(), 204);
    };
    assert_eq!(client.find(NUMBER).await, Ok(None));
    assert_eq!(client.find("123").await, Err(CallError::Refused(200)));
    write(json!({})).await;
    let found = client.find(NUMBER).await.expect("an answer").expect("a hit");
    assert!(found.individual && found.active, "{found:?}");
    assert_eq!((found.family_name.as_str(), found.given_name.as_str()), ("EXAMPLE", "ADA"));
    write(json!({"deactivated": true})).await;
    assert!(!client.find(NUMBER).await.expect("an answer").expect("a hit").active);
    write(json!({"organisation": true})).await;
    assert!(!client.find(NUMBER).await.expect("an answer").expect("a hit").individual);
    write(json!({"persona": "digits"})).await;
    assert!(client.find(NUMBER).await.expect("an answer").is_some());
    for (persona, error) in [
        ("throttled", CallError::NotTaken),
        ("unavailable", CallError::NotTaken),
        ("broken", CallError::NotTaken),
        ("dropped", CallError::NotTaken),
        ("slow", CallError::NotTaken),
        ("malformed", CallError::Unreadable),
    ] {
        write(json!({"persona": persona})).await;
        assert_eq!(client.find(NUMBER).await, Err(error), "{persona}");
    }
}
