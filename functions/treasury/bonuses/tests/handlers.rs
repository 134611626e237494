//! The function in process, with its sample events, on the embedded engine: what it does, and that a message
//! which comes twice changes nothing twice.

use bonuses::App;
use edge::{queue::Failures, testing::batch};
use table::testing::Engine;
use treasury::bonus::Bonuses;

#[tokio::test]
async fn a_bonus_is_awarded_once_whatever_comes_twice_and_in_any_order() {
    let samples =
        ["contribution_added", "answer_valued", "case_closed"].map(|name| format!("treasury/bonuses/{name}"));
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let engine = Engine::start().await;
        let app = App { store: Bonuses::new(engine.table.clone()) };
        let told: Vec<_> =
            order.iter().filter_map(|place| samples.get(*place)).map(|name| batch(name)).collect();
        for _ in 0..2 {
            for one in &told {
                assert_eq!(app.handle(one.clone()).await.expect("handled"), Failures::default());
            }
        }
        let awarded = engine.outbox().await;
        assert_eq!(awarded.len(), 1, "{order:?}: {awarded:?}");
        assert!(awarded.iter().all(|(kind, detail)| {
            kind == "treasury.bonus_awarded.v1" && detail.contains("1500") && detail.contains("mbr_3Z")
        }));
    }
}

#[tokio::test]
async fn what_authors_say_on_their_own_cases_is_never_paid() {
    let engine = Engine::start().await;
    let app = App { store: Bonuses::new(engine.table.clone()) };
    let mut own = batch("treasury/bonuses/contribution_added");
    for record in &mut own.records {
        record.body = record.body.replace("mbr_3Z", "mbr_7Z");
    }
    for told in [own, batch("treasury/bonuses/answer_valued"), batch("treasury/bonuses/case_closed")] {
        assert_eq!(app.handle(told).await.expect("handled"), Failures::default());
    }
    assert!(engine.outbox().await.is_empty());
}
