//! The function in process, with its sample events, on the embedded engine: what it does, and that a message
//! which comes twice changes nothing twice.

use edge::{queue::Failures, testing::batch};
use kernel::Secret;
use ledger::App;
use table::{CursorKey, testing::Engine};
use treasury::ledger::Ledger;

#[tokio::test]
async fn a_bonus_is_posted_once_and_the_member_is_told_once() {
    let engine = Engine::start().await;
    let store = Ledger::new(engine.table.clone());
    let app = App { store: store.clone() };
    let told = batch("treasury/ledger/bonus_awarded");
    assert_eq!(app.handle(told.clone()).await.expect("handled"), Failures::default());
    let after = engine.snapshot().await;
    assert_eq!(app.handle(told).await.expect("handled"), Failures::default());
    assert_eq!(engine.snapshot().await, after, "posted twice");
    let member = "mbr_3ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("a member");
    let statement =
        store.statement(member, &CursorKey::new(Secret::new("a")), None).await.expect("a statement");
    assert_eq!(statement.balance.minor, 1_500);
    assert_eq!(engine.outbox().await.len(), 1);
}
