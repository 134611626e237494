//! The function in process, with its sample events, on the embedded engine: what it does, and that a message
//! which comes twice changes nothing twice.

use edge::{queue::Failures, testing::batch};
use partners::projection::Projection;
use project::App;
use table::testing::Engine;

#[tokio::test]
async fn the_projection_is_the_same_whatever_comes_twice_and_in_any_order() {
    let samples = ["case_published", "contribution_published", "case_closed"]
        .map(|name| format!("partners/project/{name}"));
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0]] {
        let engine = Engine::start().await;
        let app = App { store: Projection::new(engine.table.clone()) };
        for _ in 0..2 {
            for name in order.iter().filter_map(|place| samples.get(*place)) {
                assert_eq!(app.handle(batch(name)).await.expect("handled"), Failures::default(), "{name}");
            }
        }
        seen.push(engine.snapshot().await);
    }
    assert_eq!(seen.first().map(|rows| rows.len()), Some(3));
    assert_eq!(seen.first(), seen.last());
}
