//! The route in process, with its sample event, on the embedded engine: what it does and what it costs.

use earnings::App;
use edge::testing::{call, within_budget};
use kernel::Timestamp;
use serde_json::Value;
use table::{CursorKey, testing::Engine};
use treasury::ledger::Ledger;

#[tokio::test]
async fn a_statement_is_read_within_its_budget() {
    let engine = Engine::start().await;
    let app = App {
        store: Ledger::new(engine.table.clone()),
        cursors: CursorKey::new(kernel::Secret::new("cursor")),
    };
    let router = earnings::api(app).into_router();
    let sample = include_str!("../../../../events/treasury/earnings/list.json");
    let event: Value = serde_json::from_str(sample).expect("a sample event");
    let (status, page) = call(&router, &event, Timestamp::UNIX_EPOCH).await;
    within_budget("GET /earnings", engine.calls.take());
    assert_eq!((status, page["balance"]["minor"].as_i64()), (200, Some(0)));
}
