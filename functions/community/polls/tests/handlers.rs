//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

use community::poll::Polls;
use edge::testing::{call, with, within_budget};
use kernel::{Timestamp, id::MemberId};
use polls::App;
use serde_json::{Value, json};
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn event(name: &str) -> Value {
    let path = format!("{}/../../../events/community/polls/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a sample event")).expect("JSON")
}

fn at(name: &str, poll: &str) -> Value {
    let sample = event(name);
    let path = sample["path"].as_str().expect("a path").replacen("poll_01JD2V5Q0M8RZ6T3W9X4Y7B1CE", poll, 1);
    with(&sample, "/path", path)
}

/// The same event of another member.
fn by_another(event: &Value) -> Value {
    let session = event["requestContext"]["authorizer"]["session"].as_str().expect("a session");
    let mut claims: Value = serde_json::from_str(session).expect("claims");
    claims["sub"] = json!(MemberId::random());
    with(event, "/requestContext/authorizer/session", claims.to_string())
}

#[tokio::test]
async fn a_poll_runs_its_course_within_its_budget() {
    let engine = Engine::start().await;
    let store = Polls::new(engine.table.clone());
    let router = polls::api(App { store: store.clone() }).into_router();

    let (status, made) = call(&router, &event("create"), NOW).await;
    assert_eq!(status, 201, "{made}");
    within_budget("POST /polls", engine.calls.take());
    let poll = made["id"].as_str().expect("an id").to_owned();

    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/approve", engine.calls.take());
    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 409, "approved twice");

    assert!(store.tick(NOW).await.expect("a tick").opened.is_some());
    assert_eq!(store.tick(NOW).await.expect("a tick"), community::poll::Tick::default(), "a tick repeated");
    engine.calls.take();
    assert_eq!(call(&router, &at("ballot", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/ballots", engine.calls.take());
    assert_eq!(call(&router, &at("ballot", &poll), NOW).await.0, 409, "voted twice");
    assert_eq!(call(&router, &by_another(&at("ballot", &poll)), NOW).await.0, 204);

    engine.calls.take();
    let (_, live) = call(&router, &at("show", &poll), NOW).await;
    within_budget("GET /polls/{poll}", engine.calls.take());
    assert_eq!((live["votes"].as_u64(), live["voted"].as_bool()), (Some(2), Some(true)));
    assert_eq!(call(&router, &at("public_show", &poll), NOW).await.0, 404, "public before it is final");

    let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
    assert!(store.tick(week).await.expect("a tick").closed.is_some());
    engine.calls.take();
    let (status, last) = call(&router, &at("public_show", &poll), NOW).await;
    within_budget("GET /public/polls/{poll}", engine.calls.take());
    assert_eq!((status, last["votes"].as_u64()), (200, Some(2)));
}

#[tokio::test]
async fn no_stored_item_joins_a_voter_and_a_choice() {
    let engine = Engine::start().await;
    let store = Polls::new(engine.table.clone());
    let router = polls::api(App { store: store.clone() }).into_router();
    let (_, made) = call(&router, &event("create"), NOW).await;
    let poll = made["id"].as_str().expect("an id").to_owned();
    call(&router, &at("approve", &poll), NOW).await;
    store.tick(NOW).await.expect("a tick");
    let ballot = by_another(&at("ballot", &poll));
    assert_eq!(call(&router, &ballot, NOW).await.0, 204);
    let session = ballot["requestContext"]["authorizer"]["session"].as_str().expect("a session");
    let claims: Value = serde_json::from_str(session).expect("claims");
    let voter = claims["sub"].as_str().expect("a member");
    let mut counted = 0;
    for item in engine.everything().await {
        let counts = item.keys().any(|name| name.starts_with("votes:"));
        let names = format!("{item:?}").contains(voter);
        assert!(!(counts && names), "{item:?}");
        if names {
            assert_eq!(item.len(), 2, "the voter's row holds more than its key: {item:?}");
        }
        counted += usize::from(counts);
    }
    assert_eq!(counted, 1);
}
