//! The route in process, with its sample event, on the embedded engine: what it does and what it costs.

use ballot::{Bytes, Hash, SigningKey, testing};
use ballot_box::App;
use community::{
    ballots::Casting,
    poll::Polls,
    testing::{approved, keys, open},
};
use edge::testing::{about, call, event, saying, within_budget, within_rights};
use kernel::{Timestamp, id::PollId};
use serde_json::{Value, json};
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

async fn opened(engine: &Engine) -> (PollId, SigningKey) {
    let polls = Polls::new(engine.table.clone());
    let poll = approved(&polls).await;
    let (private, keys) = keys(Bytes(Vec::new()));
    open(&polls, keys).await;
    (poll, private)
}

#[tokio::test]
async fn a_ballot_is_taken_in_once_and_what_is_none_leaves_nothing() {
    let engine = Engine::start().await;
    let (poll, private) = opened(&engine).await;
    let (table, calls) = engine.apart();
    let router = ballot_box::api(App::new(Casting::new(table))).into_router();
    calls.take();
    let sample = about(&event("community/ballot-box/cast"), poll);
    let cast = async |ballot: &Value| call(&router, &saying(&sample, ballot), NOW).await;
    let ballot = testing::ballot(poll, &private, 1);
    let (status, receipt) = cast(&json!(ballot)).await;
    assert_eq!((status, &receipt), (200, &json!({"poll": poll, "ballot": ballot.hash(poll)})));
    within_budget("POST /public/polls/{poll}/ballots, once a minute", calls.take());
    let after = engine.snapshot().await;
    assert_eq!(cast(&json!(ballot)).await, (200, receipt), "the same again");
    assert_eq!(engine.snapshot().await, after);
    calls.take();
    assert_eq!(cast(&json!(testing::ballot(poll, &private, 0))).await.0, 200);
    within_budget("POST /public/polls/{poll}/ballots", calls.take());

    let rows = engine.snapshot().await;
    let stranger = SigningKey::generate().expect("a key");
    let mut forged = testing::ballot(poll, &stranger, 0);
    forged.key = ballot.key;
    let mut bent = ballot.clone();
    bent.option = 0;
    let mut renamed = ballot.clone();
    renamed.nonce = Hash::of(b"another");
    calls.take();
    for (wrong, code) in [
        (json!(testing::ballot(poll, &stranger, 0)), "unknown_ballot_key"),
        (json!(forged), "ballot_unsigned"),
        (json!(bent), "ballot_unsigned"),
        (json!(renamed), "ballot_unsigned"),
        (json!(testing::ballot(PollId::at(NOW), &private, 0)), "ballot_unsigned"),
        (json!(testing::ballot(poll, &private, 9)), "invalid_field"),
        (json!({}), "missing_field"),
    ] {
        let (status, problem) = cast(&wrong).await;
        let expected = format!("https://curbside.dev/problems/{code}");
        assert_eq!(
            (status, problem.get("type").and_then(Value::as_str)),
            (400, Some(expected.as_str())),
            "{problem}"
        );
    }
    assert_eq!(calls.take(), 0, "something was read or written for what is no ballot");
    within_rights("BallotBox", &calls.deeds());
    assert_eq!(engine.snapshot().await, rows);
    for header in ["Authorization", "Cookie"] {
        let mut signed_in = saying(&sample, &json!(ballot));
        for headers in ["headers", "multiValueHeaders"] {
            let value = if headers == "headers" { json!("a.b.c") } else { json!(["a.b.c"]) };
            let place = signed_in.get_mut(headers).and_then(Value::as_object_mut).expect("headers");
            place.insert(header.to_owned(), value);
        }
        assert_eq!(call(&router, &signed_in, NOW).await.0, 400, "{header}");
    }
    let nowhere = about(&event("community/ballot-box/cast"), PollId::at(NOW));
    assert_eq!(call(&router, &nowhere, NOW).await.0, 404);
}
