//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

mod calendar;
mod proposals;
mod results;

use axum::Router;
use community::{
    ballots::{Board, HeadSigner},
    calendar::{Opened, Rhythm},
    poll::Polls,
    testing::tick,
};
use edge::testing::{
    StandIn, about, again, by, call, event, fetch, key_service, plain, saying, within_budget,
};
use kernel::{Secret, Timestamp};
use polls::App;
use screening::Screen;
use serde_json::{Value, json};
use table::{CursorKey, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

const MEMBER: &str = "mbr_3ZZZZZZZZZZZZZZZZZZZZZZZZZ";

const OTHER: &str = "mbr_5ZZZZZZZZZZZZZZZZZZZZZZZZZ";

fn router(engine: &Engine) -> (Router, Polls) {
    let cursors = CursorKey::new(Secret::new("cursor"));
    let rhythm = Rhythm { zone: "UTC".parse().expect("a zone"), hour: 8, minute: 0 };
    let app = App::new(engine.table.clone(), Screen::load(NOW), (rhythm, 2), cursors);
    (polls::api(app).into_router(), Polls::new(engine.table.clone()))
}

fn at(name: &str, poll: &str) -> Value {
    about(&event(&format!("community/polls/{name}")), poll)
}

/// The same request by another member, who keeps no queues.
fn of(event: &Value, member: &str) -> Value {
    by(&plain(event), member.parse().expect("a member"))
}

/// Proposes a poll as a member: its id.
async fn proposed(router: &Router, body: &Value, key: &str) -> String {
    let create = again(&saying(&of(&event("community/polls/create"), MEMBER), body), key);
    let (status, made) = call(router, &create, NOW).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_poll_runs_its_course_within_its_budget() {
    let engine = Engine::start().await;
    let (router, store) = router(&engine);

    let (status, made) = call(&router, &event("community/polls/create"), NOW).await;
    assert_eq!(status, 201, "{made}");
    within_budget("POST /polls, for the community team", engine.calls.take());
    let poll = made["id"].as_str().expect("an id").to_owned();

    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 204);
    within_budget("POST /polls/{poll}/approve", engine.calls.take());
    assert_eq!(call(&router, &at("approve", &poll), NOW).await.0, 409, "approved twice");

    let later = Timestamp::from_second(1).expect("a time");
    assert!(tick(&store, later, later).await.expect("a tick").opened.is_some());
    assert_eq!(tick(&store, later, later).await.expect("a tick"), Opened::default(), "a tick repeated");
    engine.calls.take();
    let (_, live) = call(&router, &at("show", &poll), NOW).await;
    within_budget("GET /polls/{poll}", engine.calls.take());
    assert_eq!((live["votes"].as_u64(), live["ballot_signed"].as_bool()), (Some(0), Some(false)));
    assert_eq!(live["keys"].as_array().map(Vec::len), Some(1), "{live}");
    assert_eq!(call(&router, &at("public_show", &poll), NOW).await.0, 404, "public before it is final");
    // Many watch, and the table is asked twice a minute.
    engine.calls.take();
    let (status, headers, counts) = fetch(&router, &at("live", &poll), NOW).await;
    within_budget("GET /polls/{poll}/live, twice a minute", engine.calls.take());
    assert_eq!((status, counts.contains("\"options\":[0,0]")), (200, true), "{counts}");
    let tag = headers["etag"].to_str().expect("a tag").to_owned();
    let mut again = at("live", &poll);
    again["headers"]["If-None-Match"] = tag.as_str().into();
    again["multiValueHeaders"]["If-None-Match"] = json!([tag]);
    let half = Timestamp::from_second(29).expect("a time");
    assert_eq!(fetch(&router, &again, half).await.0, 304);
    within_budget("GET /polls/{poll}/live", engine.calls.take());
    let later = Timestamp::from_second(31).expect("a time");
    assert_eq!((fetch(&router, &again, later).await.0, engine.calls.take()), (304, 1));

    let week = Timestamp::from_second(7 * 24 * 3600 + 1).expect("a time");
    assert!(tick(&store, week, week).await.expect("a tick").closed.is_some());
    assert_eq!(call(&router, &at("public_show", &poll), NOW).await.0, 404, "public before it is counted");
    let service = StandIn::start(key_service).await;
    let signer = HeadSigner::new(&service.aws, "heads".to_owned());
    Board::new(engine.table.clone())
        .publish(poll.parse().expect("an id"), &signer, (week, 0))
        .await
        .expect("counted");
    engine.calls.take();
    let (status, last) = call(&router, &at("public_show", &poll), NOW).await;
    within_budget("GET /public/polls/{poll}", engine.calls.take());
    assert_eq!((status, last["votes"].as_u64()), (200, Some(0)));
    for (name, path) in [
        ("list", "GET /polls"),
        ("public_list", "GET /public/polls"),
        ("public_atom", "GET /public/feeds/polls.atom"),
        ("public_json", "GET /public/feeds/polls.json"),
    ] {
        engine.calls.take();
        let (status, _, page) = fetch(&router, &event(&format!("community/polls/{name}")), NOW).await;
        within_budget(path, engine.calls.take());
        assert!(status == 200 && (name == "list" || page.contains(&poll)), "{page}");
    }
}
