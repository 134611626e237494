//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::{about, again, call, event, saying, within_budget};
use kernel::{
    Secret, Timestamp,
    id::{EndpointId, MessageId},
};
use partners::{
    address::Reach,
    organisation::{ApiKey, Contract, Organisations},
    webhook::{Delivery, Event, Outcome, Schedule, Webhooks},
};
use serde_json::json;
use table::{CursorKey, OnceKey, Stored, testing::Engine};
use webhooks::App;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// The contract of the sample events, over cardiology, until a moment.
async fn contract(engine: &Engine, ends_at: &str) -> Contract {
    let contract = Contract {
        id: "ctr_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id"),
        organisation: "org_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id"),
        name: "Northwind".parse().expect("a name"),
        specialties: vec!["cardiology".parse().expect("a specialty")],
        ends_at: ends_at.parse().expect("a time"),
    };
    let stored = Stored { status: 201, body: "{}".to_owned() };
    let once = OnceKey::new("operator", "1", String::new(), NOW);
    let store = Organisations::new(engine.table.clone());
    store.create(&contract, &ApiKey::random(), &once, &stored).await.expect("a contract");
    contract
}

#[tokio::test]
async fn endpoints_are_registered_seen_replayed_and_removed_within_budget() {
    let engine = Engine::start().await;
    contract(&engine, "2199-01-01T00:00:00Z").await;
    let store = Webhooks::new(engine.table.clone());
    let app =
        App { store: store.clone(), reach: Reach::Public, cursors: CursorKey::new(Secret::new("cursor")) };
    let router = webhooks::api(app).into_router();
    engine.calls.take();
    let register = event("partners/webhooks/register");
    let (status, made) = call(&router, &register, NOW).await;
    assert_eq!(status, 201, "{made}");
    within_budget("POST /webhooks", engine.calls.take());
    assert!(made["secret"].as_str().expect("a secret").starts_with("whsec_"));
    let (_, same) = call(&router, &register, NOW).await;
    assert_eq!((&same["id"], same.get("secret")), (&made["id"], None), "the secret was shown twice");
    for url in ["http://hooks.example.org", "https://127.0.0.1/x", "https://169.254.169.254/", "nonsense"] {
        let wrong = again(&saying(&register, &json!({"url": url, "events": ["case.closed"]})), "wrong");
        assert_eq!(call(&router, &wrong, NOW).await.1["field"], "url", "{url}");
    }
    let endpoint: EndpointId = made["id"].as_str().expect("an id").parse().expect("an id");
    engine.calls.take();
    let (_, list) = call(&router, &event("partners/webhooks/list"), NOW).await;
    assert_eq!(list["endpoints"].as_array().map(Vec::len), Some(1));
    within_budget("GET /webhooks", engine.calls.take());

    let delivery = Delivery::new(MessageId::at(NOW), Event::CaseClosed, NOW);
    store.add(endpoint, &delivery).await.expect("added");
    let first = delivery.first(endpoint, NOW);
    let none: Schedule = "0".parse().expect("a schedule");
    let failed = Outcome::failed("500");
    let (parked, _) = delivery.clone().after(&first, failed.clone(), &none, NOW);
    assert!(store.record(endpoint, 0, &parked, &failed).await.expect("recorded"));
    assert!(!store.record(endpoint, 0, &parked, &failed).await.expect("recorded"), "recorded twice");
    engine.calls.take();
    let sample = |name: &str| about(&event(&format!("partners/webhooks/{name}")), endpoint);
    let (_, deliveries) = call(&router, &sample("deliveries"), NOW).await;
    assert_eq!(deliveries["deliveries"][0]["state"], "parked");
    within_budget("GET /webhooks/{endpoint}/deliveries", engine.calls.take());
    let replay = about(&sample("replay"), delivery.message);
    assert_eq!(call(&router, &replay, NOW).await.0, 202);
    within_budget("POST /webhooks/{endpoint}/deliveries/{delivery}/replay", engine.calls.take());
    assert_eq!(call(&router, &replay, NOW).await.0, 409, "replayed twice");

    for number in 1..11 {
        let (status, problem) = call(&router, &again(&register, &number.to_string()), NOW).await;
        assert_eq!(status, if number < 10 { 201 } else { 409 }, "{problem}");
    }
    engine.calls.take();
    assert_eq!(call(&router, &sample("remove"), NOW).await.0, 204);
    within_budget("DELETE /webhooks/{endpoint}", engine.calls.take());
    assert_eq!(call(&router, &sample("remove"), NOW).await.0, 404);
    assert_eq!(call(&router, &again(&register, "room"), NOW).await.0, 201);
}
