//! The stage in process, with its sample event, on the embedded engine and a stand-in of its provider.

use edge::testing::{StandIn, event, within_budget};
use identity::{
    application::Applications,
    evidence::Verdict,
    rules::DeviceLimits,
    stage::{Outcome, Task},
    testing::file,
};
use kernel::{Secret, Timestamp};
use providers::device::Device;
use serde_json::json;
use table::testing::Engine;
use verify_device::App;

#[tokio::test]
async fn the_provider_is_asked_once_however_often_the_stage_is_run() {
    let engine = Engine::start().await;
    let provider = StandIn::start(|_| {
        (
            200,
            json!({"request_id": "1", "decision": "Real", "account_score": 0.01, "multiple_accounts": 0.1})
                .to_string(),
        )
    })
    .await;
    let store = Applications::new(engine.table.clone());
    let application = file(&store, "ada", Timestamp::UNIX_EPOCH).await;
    let client = providers::client().expect("a client");
    let app = App {
        store,
        device: Device::new(client, provider.url.clone(), Secret::new("key")),
        pseudonym_key: Secret::new("pseudonym"),
        limits: DeviceLimits { duplicate: 75, fraud: 30 },
    };
    let task = || {
        let sample = event("identity/verify-device/task").to_string();
        let sample = sample.replace("appl_01JD2V5Q0M8RZ6T3W9X4Y7B1CE", &application.id.to_string());
        serde_json::from_str::<Task>(&sample).expect("a task")
    };
    engine.calls.take();
    assert_eq!(app.handle(task()).await.expect("an outcome"), Outcome { verdict: Verdict::Pass });
    within_budget("verify-device", engine.calls.take());
    for _ in 0..2 {
        assert_eq!(app.handle(task()).await.expect("an outcome"), Outcome { verdict: Verdict::Pass });
    }
    let asked = provider.asked();
    assert_eq!(asked.len(), 1, "a paid call was made twice");
    let body = String::from_utf8_lossy(&asked[0].body).into_owned();
    assert!(!body.contains("ada"), "the vendor learns of the person: {body}");
    let kept = engine.snapshot().await.into_iter().find(|row| row.contains("EVIDENCE#")).expect("evidence");
    assert!(kept.contains("pass") && !kept.contains("Example"), "{kept}");
}
