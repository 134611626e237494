//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

use edge::testing::{about, call, event, with, within_budget};
use identity::{
    application::{Applications, Decision},
    testing::{decisions, file},
};
use kernel::{Secret, Timestamp};
use review::App;
use table::{CursorKey, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn a_reviewer_decides_within_budget_and_never_on_their_own_application() {
    let engine = Engine::start().await;
    let store = Applications::new(engine.table.clone());
    let app = App {
        store: store.clone(),
        decisions: decisions(&engine.table),
        cursors: CursorKey::new(Secret::new("cursor")),
    };
    let router = review::api(app).into_router();
    let sample = |name: &str, id| about(&event(&format!("identity/review/{name}")), id);
    let reviewer = event("identity/review/approve")["requestContext"]["authorizer"]["claims"]["sub"].clone();
    let reviewer = reviewer.as_str().expect("a person");
    let mut waiting = Vec::new();
    for subject in ["ada", "bea", reviewer] {
        let application = file(&store, subject, NOW).await;
        decisions(&engine.table)
            .decide(&application, Decision::Refer(Vec::new()), NOW)
            .await
            .expect("referred");
        waiting.push(application.id);
    }
    engine.calls.take();
    let (status, queue) = call(&router, &event("identity/review/queue"), NOW).await;
    assert_eq!((status, queue["waiting"].as_array().map(Vec::len)), (200, Some(3)), "{queue}");
    within_budget("GET /reviews", engine.calls.take());
    assert_eq!(call(&router, &sample("show", waiting[0]), NOW).await.0, 200);
    within_budget("GET /reviews/{application}", engine.calls.take());
    let (status, decided) = call(&router, &sample("approve", waiting[0]), NOW).await;
    assert_eq!((status, decided["status"].as_str()), (200, Some("approved")));
    within_budget("POST /reviews/{application}/approve", engine.calls.take());
    let (status, decided) = call(&router, &sample("refuse", waiting[1]), NOW).await;
    assert_eq!((status, decided["status"].as_str()), (200, Some("refused")), "{decided}");
    within_budget("POST /reviews/{application}/refuse", engine.calls.take());
    assert_eq!(call(&router, &sample("approve", waiting[1]), NOW).await.0, 409, "decided twice");
    for name in ["approve", "refuse"] {
        let (status, problem) = call(&router, &sample(name, waiting[2]), NOW).await;
        assert_eq!(
            (status, problem["type"].as_str()),
            (403, Some("https://curbside.dev/problems/own_application"))
        );
    }
    let nobody = with(&sample("show", waiting[2]), "/requestContext/authorizer/claims/cognito:groups", "[]");
    assert_eq!(call(&router, &nobody, NOW).await.0, 403);
}
