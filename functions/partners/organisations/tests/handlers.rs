//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

use edge::testing::{call, event, saying, with, within_budget};
use kernel::Timestamp;
use organisations::App;
use partners::organisation::Organisations;
use serde_json::json;
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn an_api_key_is_shown_once_and_kept_nowhere() {
    let engine = Engine::start().await;
    let router = organisations::api(App { store: Organisations::new(engine.table.clone()) }).into_router();
    let create = event("partners/organisations/create");
    let (status, made) = call(&router, &create, NOW).await;
    assert_eq!(status, 201, "{made}");
    within_budget("POST /organisations", engine.calls.take());
    let key = made["api_key"].as_str().expect("a key");
    assert!(!engine.snapshot().await.iter().any(|row| row.contains(key)), "the key is kept");
    let (status, again) = call(&router, &create, NOW).await;
    assert_eq!((status, &again["contract"], again.get("api_key")), (201, &made["contract"], None));
    let member = r#"{"iss":"i","aud":"curbside","sub":"mbr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ","iat":1,"exp":4102444800,
        "clinician":null,"roles":["moderator"]}"#;
    let stranger = with(&create, "/requestContext/authorizer/session", member);
    assert_eq!(call(&router, &stranger, NOW).await.0, 403);
    let ended = saying(
        &create,
        &json!({"name": "A", "specialties": ["cardiology"], "ends_at": "1969-01-01T00:00:00Z"}),
    );
    assert_eq!(call(&router, &ended, NOW).await.1["field"], "ends_at");
}
