//! The function in process, on the embedded engine: what is ended, when, and once.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::event;
use identity::{
    application::{Application, Applications, Asked, Decision, Status},
    testing::{decisions, file},
};
use kernel::Timestamp;
use sweep::{App, Call, Done};
use table::testing::Engine;

fn day(day: i64) -> Timestamp {
    Timestamp::from_second(day * 24 * 3600).expect("a time")
}

fn call() -> Call {
    serde_json::from_value(event("identity/sweep/daily")).expect("a call")
}

#[tokio::test]
async fn an_answer_that_does_not_come_withdraws_and_a_refusal_is_forgotten_after_a_year() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let app = App { store: store.clone() };
    let asked = file(&store, "ada", day(0)).await;
    let ask = Decision::Ask(Asked::Documents, Vec::new());
    decisions(&engine.table).decide(&asked, ask, day(0)).await.expect("asked");
    let refused = file(&store, "bea", day(0)).await;
    decisions(&engine.table).decide(&refused, Decision::Refuse(Vec::new()), day(0)).await.expect("refused");
    let waits = file(&store, "cyd", day(0)).await;
    decisions(&engine.table).decide(&waits, Decision::Refer(Vec::new()), day(0)).await.expect("referred");
    let appealed = file(&store, "dee", day(0)).await;
    decisions(&engine.table).decide(&appealed, Decision::Refuse(Vec::new()), day(0)).await.expect("refused");
    let before = store.find(appealed.id).await.expect("a read").expect("an application");
    let after = before.appeal("No.".parse().expect("words"), day(1)).expect("appealed");
    store.appeal(&before, &after).await.expect("appealed");

    let rows = engine.snapshot().await;
    assert_eq!(app.handle(call(), day(29)).await.expect("swept"), Done::default());
    assert_eq!(engine.snapshot().await, rows, "ended too early");
    let swept = app.handle(call(), day(31)).await.expect("swept");
    assert_eq!(swept, Done { withdrawn: 1, ..Done::default() });
    let status = async |id| store.find(id).await.expect("a read").map(|one| one.status);
    assert_eq!(status(asked.id).await, Some(Status::Withdrawn));
    file(&store, "ada", day(31)).await;
    let swept = app.handle(call(), day(366)).await.expect("swept");
    assert_eq!(swept, Done { forgotten: 1, ..Done::default() });
    assert_eq!(app.handle(call(), day(367)).await.expect("swept"), Done::default(), "ended twice");
    for waiting in [waits.id, appealed.id] {
        assert_eq!(status(waiting).await, Some(Status::InReview));
    }
    let kept = engine.snapshot().await;
    let forgotten = |row: &&String| row.contains(&refused.id.to_string()) && row.contains("APPLICATION#");
    assert!(kept.iter().filter(forgotten).any(|row| row.contains("expires_at")), "{kept:?}");
}

#[tokio::test]
async fn a_suspended_member_who_does_not_answer_is_a_reviewers_again() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let filed = file(&store, "ada", day(0)).await;
    let appealed = Application {
        status: Status::AwaitingApplicant,
        asked: Some(Asked::Words),
        asked_at: Some(day(0)),
        suspended_at: Some(day(0)),
        ..filed.clone()
    };
    store.replace(&filed, &appealed).await.expect("asked");
    let app = App { store: store.clone() };
    let swept = app.handle(call(), day(31)).await.expect("swept");
    assert_eq!(swept, Done { reviewed: 1, ..Done::default() });
    let after = store.find(filed.id).await.expect("a read").expect("an application");
    assert_eq!((after.status, after.asked, after.suspended_at), (Status::InReview, None, Some(day(0))));
    assert_eq!(app.handle(call(), day(32)).await.expect("swept"), Done::default(), "ended twice");
}
