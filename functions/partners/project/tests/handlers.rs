//! The function in process, with its sample events, on the embedded engine: what it does, and that a message
//! which comes twice changes nothing twice.

use contracts::{
    Envelope,
    community::{ContentHidden, Visibility},
};
use edge::{queue::Failures, testing::batch};
use kernel::{
    Timestamp,
    id::{CaseId, ContributionId},
};
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

#[tokio::test]
async fn what_is_hidden_is_not_shown_and_what_was_removed_is_nowhere_whatever_comes_first() {
    let case: CaseId = "case_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("a case");
    let contribution: ContributionId = "ctb_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("a contribution");
    let engine = Engine::start().await;
    let app = App { store: Projection::new(engine.table.clone()) };
    let publish = async || {
        for name in ["case_published", "contribution_published", "case_closed"] {
            let told = batch(&format!("partners/project/{name}"));
            assert_eq!(app.handle(told).await.expect("handled"), Failures::default());
        }
    };
    let tell = async |seconds: i64, contribution: Option<ContributionId>, visibility: Visibility| {
        let at = Timestamp::from_second(seconds).expect("a time");
        let body = ContentHidden { case, contribution, visibility };
        app.store.content_hidden(&Envelope::new(at, body)).await.expect("told");
    };
    let hidden = batch("partners/project/content_hidden");
    assert_eq!(app.handle(hidden).await.expect("handled"), Failures::default());
    publish().await;
    assert!(app.store.conversation(case).await.is_err(), "hidden before it was published");
    tell(4_102_444_800, None, Visibility::Shown).await;
    let shown = app.store.conversation(case).await.expect("shown again");
    assert_eq!((shown.contributions.len(), shown.ending.is_some()), (1, true));
    tell(1, None, Visibility::Hidden).await;
    assert!(app.store.conversation(case).await.is_ok(), "an older message undid a newer one");
    tell(2, Some(contribution), Visibility::Hidden).await;
    assert_eq!(app.store.conversation(case).await.expect("a case").contributions.len(), 0);
    tell(3, Some(contribution), Visibility::Removed).await;
    tell(4, Some(contribution), Visibility::Shown).await;
    tell(5, None, Visibility::Removed).await;
    publish().await;
    assert!(app.store.conversation(case).await.is_err());
    let rows = engine.snapshot().await;
    assert!(rows.iter().all(|row| row.contains("HIDDEN#")), "a text is left: {rows:?}");
}
