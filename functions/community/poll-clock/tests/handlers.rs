//! The function in process, with its sample events, on the embedded engine: what it does, and that a message
//! which comes twice changes nothing twice.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use community::{
    ballots::{BallotKeys, HeadSigner},
    poll::{Poll, Polls},
};
use edge::testing::{StandIn, event, key_service};
use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use poll_clock::{App, Ring};
use table::{OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

async fn approved(store: &Polls, second: i64) -> PollId {
    let at = Timestamp::from_second(second).expect("a time");
    let options = ["Yes", "No"].map(|option| option.parse().expect("an option")).into();
    let question = "Image first?".parse().expect("a question");
    let poll = Poll::draft(PollId::at(at), MemberId::random(), question, options, at).expect("a poll");
    let once = OnceKey::new("writer", &second.to_string(), String::new(), NOW);
    store
        .create(&poll, Vec::new(), &once, &Stored { status: 201, body: "{}".to_owned() })
        .await
        .expect("kept");
    store.approve(poll.id, at).await.expect("approved");
    poll.id
}

/// The function, and the key service that it asks.
async fn function(store: &Polls) -> (App, StandIn) {
    let service = StandIn::start(key_service).await;
    let keys = BallotKeys::new(&service.aws, "ballots".to_owned());
    let signer = HeadSigner::new(&service.aws, "heads".to_owned());
    (App { store: store.clone(), keys, signer }, service)
}

fn ring(occurrence: &str) -> Ring {
    let mut sample = event("community/poll-clock/monday");
    *sample.get_mut("occurrence").expect("an occurrence") = occurrence.into();
    serde_json::from_value(sample).expect("a ring")
}

#[tokio::test]
async fn a_monday_that_rings_twice_opens_one_poll_and_the_next_monday_the_next() {
    let engine = Engine::start().await;
    let store = Polls::new(engine.table.clone());
    let (first, second) = (approved(&store, 1).await, approved(&store, 2).await);
    let (app, service) = function(&store).await;
    let rung = app.handle(ring("2026-11-23T13:00:00Z")).await.expect("rung");
    assert_eq!((rung.closed, rung.opened), (false, true));
    let asked: Vec<String> = service.asked().into_iter().map(|asked| asked.what).collect();
    assert_eq!(asked, ["GetPublicKey", "Encrypt"], "a poll gets its keys");
    let after = engine.snapshot().await;
    assert!(
        after.iter().any(|row| row.contains("HEAD#KEY#")) && after.iter().any(|row| row.contains("SEALED#"))
    );
    let again = app.handle(ring("2026-11-23T13:00:00Z")).await.expect("rung");
    assert_eq!((again.closed, again.opened), (false, false));
    assert_eq!(engine.snapshot().await, after, "the same Monday closed its own poll");
    assert_eq!(store.find(first).await.expect("a poll").status.name(), "open");
    assert_eq!(store.find(second).await.expect("a poll").status.name(), "approved");

    let next = app.handle(ring("2026-11-30T13:00:00Z")).await.expect("rung");
    assert_eq!((next.closed, next.opened), (true, true));
    assert_eq!(store.find(first).await.expect("a poll").status.name(), "counting");
    assert_eq!(store.find(second).await.expect("a poll").status.name(), "open");
    let opened = engine.outbox().await;
    assert_eq!(opened.iter().filter(|(kind, _)| kind == "community.poll_published.v1").count(), 2);
}

#[tokio::test]
async fn two_rings_at_once_for_one_monday_open_one_poll() {
    let engine = Engine::start().await;
    let store = Polls::new(engine.table.clone());
    approved(&store, 1).await;
    approved(&store, 2).await;
    let (app, _service) = function(&store).await;
    let monday = "2026-11-23T13:00:00Z";
    // The same moment, written otherwise.
    let (one, two) = tokio::join!(app.handle(ring(monday)), app.handle(ring("2026-11-23T08:00:00-05:00")));
    let opened = [one, two].into_iter().filter(|rung| rung.as_ref().is_ok_and(|rung| rung.opened)).count();
    assert_eq!(opened, 1);
    let left = |shelf: &str, rows: &std::collections::BTreeSet<String>| {
        rows.iter().filter(|row| row.contains(&format!("POLLS#{shelf}"))).count()
    };
    let rows = engine.snapshot().await;
    assert_eq!((left("open", &rows), left("approved", &rows), left("counting", &rows)), (1, 1, 0));
}
