//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

use axum::Router;
use community::poll::{Polls, Status};
use edge::testing::{about, again, by, call, event, within_budget};
use kernel::{Secret, Timestamp, id::MemberId};
use polls::App;
use screening::Screen;
use serde_json::{Value, json};
use table::{CursorKey, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn router(engine: &Engine) -> (Router, Polls) {
    let store = Polls::new(engine.table.clone());
    let cursors = CursorKey::new(Secret::new("cursor"));
    let app = App { store: store.clone(), screen: Screen::load(NOW), cursors };
    (polls::api(app).into_router(), store)
}

fn at(name: &str, poll: &str) -> Value {
    about(&event(&format!("community/polls/{name}")), poll)
}

#[tokio::test]
async fn a_poll_runs_its_course_within_its_budget() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);

    let (status, made) = call(&router, &event("community/polls/create"), NOW).await;
    assert_eq!(status, 201, "{made}");
    within_budget("POST /polls", engine.calls.take());
    let poll = made["id"].as_str().expect("an id").to_owned();

    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/approve", engine.calls.take());
    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 409, "approved twice");

    assert!(store.tick(NOW, NOW).await.expect("a tick").opened.is_some());
    assert_eq!(
        store.tick(NOW, NOW).await.expect("a tick"),
        community::poll::Tick::default(),
        "a tick repeated"
    );
    engine.calls.take();
    assert_eq!(call(&router, &at("ballot", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/ballots", engine.calls.take());
    assert_eq!(call(&router, &at("ballot", &poll), NOW).await.0, 409, "voted twice");
    assert_eq!(call(&router, &by(&at("ballot", &poll), MemberId::random()), NOW).await.0, 204);

    engine.calls.take();
    let (_, live) = call(&router, &at("show", &poll), NOW).await;
    within_budget("GET /polls/{poll}", engine.calls.take());
    assert_eq!((live["votes"].as_u64(), live["voted"].as_bool()), (Some(2), Some(true)));
    assert_eq!(call(&router, &at("public_show", &poll), NOW).await.0, 404, "public before it is final");

    let week = Timestamp::from_second(7 * 24 * 3600).expect("a time");
    assert!(store.tick(week, week).await.expect("a tick").closed.is_some());
    engine.calls.take();
    let (status, last) = call(&router, &at("public_show", &poll), NOW).await;
    within_budget("GET /public/polls/{poll}", engine.calls.take());
    assert_eq!((status, last["votes"].as_u64()), (200, Some(2)));
    for (name, path) in [("list", "GET /polls"), ("public_list", "GET /public/polls")] {
        engine.calls.take();
        let (status, page) = call(&router, &event(&format!("community/polls/{name}")), NOW).await;
        within_budget(path, engine.calls.take());
        assert_eq!((status, page["polls"].is_array()), (200, true), "{page}");
    }
}

#[tokio::test]
async fn every_closed_poll_can_be_reached() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);
    for week in 0..31 {
        let now = Timestamp::from_second(week * 7 * 24 * 3600).expect("a time");
        let create = again(&event("community/polls/create"), &format!("{week}"));
        let (status, made) = call(&router, &create, now).await;
        assert_eq!(status, 201, "{made}");
        let poll = made["id"].as_str().expect("an id").parse().expect("an id");
        store.approve(poll, now).await.expect("approved");
        store.tick(now, now).await.expect("a tick");
    }
    let cursors = CursorKey::new(Secret::new("cursor"));
    let first = store.of_status(Status::Closed, &cursors, None).await.expect("a page");
    let second = store.of_status(Status::Closed, &cursors, first.next.as_deref()).await.expect("a page");
    assert_eq!((first.polls.len(), second.polls.len(), second.next), (25, 5, None));
}

#[tokio::test]
async fn no_stored_item_joins_a_voter_and_a_choice() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);
    let (_, made) = call(&router, &event("community/polls/create"), NOW).await;
    let poll = made["id"].as_str().expect("an id").to_owned();
    call(&router, &at("approve", &poll), NOW).await;
    store.tick(NOW, NOW).await.expect("a tick");
    let ballot = by(&at("ballot", &poll), MemberId::random());
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

#[tokio::test]
async fn a_poll_with_identifiers_is_answered_without_them_and_leaves_nothing() {
    let engine = Engine::start().await;
    let store = Polls::new(engine.table.clone());
    let cursors = CursorKey::new(Secret::new("cursor"));
    let router = polls::api(App { store, screen: Screen::load(NOW), cursors }).into_router();
    let create = event("community/polls/create");
    for (body, field) in [
        (json!({"question": "Would you treat Mr. Okafor?", "options": ["Yes", "No"]}), "question"),
        (json!({"question": "Would you?", "options": ["Yes", "Ask Mr. Okafor"]}), "options[1]"),
    ] {
        let (status, problem) = call(&router, &edge::testing::saying(&create, &body), NOW).await;
        assert_eq!((status, problem["field"].as_str()), (422, Some(field)), "{problem}");
        assert!(engine.snapshot().await.is_empty(), "something was kept");
    }
    let body = json!({"question": "Would you follow Mr. Okafor's rule?", "options": ["Yes", "No"]});
    let (_, problem) = call(&router, &edge::testing::saying(&create, &body), NOW).await;
    let change = &problem["texts"][0]["changes"][0];
    let excuse = json!({"field": "question", "start": change["start"], "end": change["end"], "reason": "a published rule"});
    let body = json!({"question": body["question"], "options": body["options"], "overrides": [excuse]});
    let (status, made) = call(&router, &edge::testing::saying(&create, &body), NOW).await;
    assert_eq!(status, 201, "{made}");
    let reviews = engine.snapshot().await.into_iter().filter(|row| row.contains("REVIEWS#open"));
    assert_eq!(reviews.count(), 1, "no moderator sees what was overridden");
}
