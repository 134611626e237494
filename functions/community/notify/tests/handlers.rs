//! The function in process, with its sample events, on the embedded engine: what it does, and that a message
//! which comes twice changes nothing twice.

use community::inbox::Inbox;
use edge::{queue::Failures, testing::batch};
use notify::App;
use table::testing::Engine;

#[tokio::test]
async fn every_event_becomes_one_notice_and_one_request_for_mail() {
    let samples = [
        "bonus_credited",
        "case_opened",
        "contribution_added",
        "poll_published",
        "poll_counted",
        "poll_decided",
    ]
    .map(|name| format!("community/notify/{name}"));
    let places = [
        "INBOX#mbr_3",
        "BROADCAST#cardiology",
        "INBOX#mbr_7",
        "BROADCAST#everyone",
        "BROADCAST#everyone",
        "INBOX#mbr_7",
    ];
    for (sample, place) in samples.iter().zip(places) {
        let engine = Engine::start().await;
        let app = App { inbox: Inbox::new(engine.table.clone()) };
        let told = batch(sample);
        assert_eq!(app.handle(told.clone()).await.expect("handled"), Failures::default(), "{sample}");
        let after = engine.snapshot().await;
        assert_eq!(after.iter().filter(|row| row.contains(place)).count(), 1, "{sample}: {after:?}");
        let asked = engine.outbox().await;
        assert_eq!(asked.len(), 1, "{sample}");
        assert!(asked.iter().all(|(kind, _)| kind == "community.notice_requested.v1"), "{sample}");
        assert_eq!(app.handle(told).await.expect("handled"), Failures::default());
        assert_eq!(engine.snapshot().await, after, "{sample} came twice");
    }
}

#[tokio::test]
async fn of_what_is_hidden_its_author_and_the_moderators_hear() {
    let engine = Engine::start().await;
    let app = App { inbox: Inbox::new(engine.table.clone()) };
    let told = batch("community/notify/review_noted");
    for _ in 0..2 {
        assert_eq!(app.handle(told.clone()).await.expect("handled"), Failures::default());
    }
    let rows = engine.snapshot().await;
    for (place, kind) in [("INBOX#mbr_7", "hidden"), ("BROADCAST#moderators", "review")] {
        let found: Vec<_> = rows.iter().filter(|row| row.contains(place)).collect();
        assert_eq!(found.len(), 1, "{place}: {rows:?}");
        assert!(found.iter().all(|row| row.contains(&format!("\"kind\":\"{kind}\""))), "{found:?}");
    }
    assert_eq!(engine.outbox().await.len(), 1, "the author's mail, and none to moderators");
}
