//! The function in process, with its sample events, on the embedded engine: what it does, and that a message
//! which comes twice changes nothing twice.

use community::member::Members;
use edge::{queue::Failures, testing::batch};
use members::App;
use table::testing::Engine;

#[tokio::test]
async fn a_member_is_admitted_once_however_often_it_is_told() {
    let engine = Engine::start().await;
    let app = App { store: Members::new(engine.table.clone()) };
    let told = batch("community/members/member_activated");
    assert_eq!(app.handle(told.clone()).await.expect("handled"), Failures::default());
    let after = engine.snapshot().await;
    assert!(after.iter().any(|row| row.contains("quiet-otter")), "{after:?}");
    assert_eq!(app.handle(told).await.expect("handled"), Failures::default());
    assert_eq!(engine.snapshot().await, after);
}

#[tokio::test]
async fn a_message_of_another_kind_is_reported_and_not_lost() {
    let engine = Engine::start().await;
    let app = App { store: Members::new(engine.table.clone()) };
    let failures = app.handle(batch("community/notify/case_opened")).await.expect("handled");
    assert_eq!(failures.batch_item_failures.len(), 1);
    assert!(engine.snapshot().await.is_empty());
}
