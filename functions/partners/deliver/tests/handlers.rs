//! The function in process, with sample events, on the embedded engine: who is told, how often, and when.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

use aws_sdk_sqs::Client;
use deliver::{App, Poster};
use edge::{
    queue::{Batch, Failures},
    testing::{Asked, StandIn, batch},
};
use kernel::{Timestamp, id::EndpointId};
use partners::{
    address::Reach,
    organisation::{ApiKey, Contract, Organisations},
    webhook::{Endpoint, Event, Webhooks},
};
use serde_json::json;
use table::{OnceKey, Stored, testing::Engine};

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

async fn endpoint(engine: &Engine, contract: &Contract, url: &str, number: i64) -> EndpointId {
    let at = Timestamp::from_second(number).expect("a time");
    let endpoint = Endpoint {
        id: EndpointId::at(at),
        organisation: contract.organisation,
        contract: contract.id,
        url: format!("{url}/hook-{number}"),
        secret: Endpoint::random_secret(),
        events: vec![Event::CaseClosed, Event::PollPublished],
        disabled: false,
        created_at: at,
    };
    let once = OnceKey::new("partner", &number.to_string(), String::new(), NOW);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    Webhooks::new(engine.table.clone()).register(&endpoint, &once, &stored).await.expect("registered");
    endpoint.id
}

/// Queue and endpoints in one; endpoints answer that status.
async fn app(engine: &Engine, status: u16) -> (App, StandIn) {
    let service = StandIn::start(move |asked: &Asked| match asked.what.as_str() {
        "SendMessage" => (200, json!({"MessageId": "1"}).to_string()),
        _ => (status, String::new()),
    })
    .await;
    let app = App {
        store: Webhooks::new(engine.table.clone()),
        organisations: Organisations::new(engine.table.clone()),
        queue: Client::new(&service.aws),
        queue_url: format!("{}/queue", service.url),
        poster: Poster::new(Reach::Anywhere).expect("a poster"),
        schedule: "0 0 0".parse().expect("a schedule"),
    };
    (app, service)
}

fn queued(asked: &[Asked]) -> Vec<Batch> {
    let sent = asked.iter().filter(|one| one.what == "SendMessage");
    sent.map(|one| json!({"Records": [{"messageId": "1", "body": one.json()["MessageBody"]}]}))
        .map(|batch| serde_json::from_value(batch).expect("a batch"))
        .collect()
}

/// Hands a message over as often as `times` says, and all that follows from it once. How often an endpoint was
/// called.
async fn run(app: &App, service: &StandIn, told: Batch, times: usize) -> usize {
    let (mut waiting, mut posts, mut handled) = (vec![told; times], 0, 0);
    while !waiting.is_empty() {
        for batch in std::mem::take(&mut waiting) {
            assert_eq!(app.handle(batch).await.expect("handled"), Failures::default());
            handled += 1;
        }
        let asked = service.asked();
        posts += asked.iter().filter(|one| one.what.starts_with("POST /hook")).count();
        waiting = queued(&asked);
        assert!(handled < 50, "messages multiply");
    }
    posts
}

#[tokio::test]
async fn an_event_is_posted_once_to_each_endpoint_whose_contract_covers_it() {
    for (ends_at, sample, posts) in [
        ("2199-01-01T00:00:00Z", "case_closed", 2),
        ("2199-01-01T00:00:00Z", "poll_published", 2),
        ("2020-01-01T00:00:00Z", "case_closed", 0),
        ("2020-01-01T00:00:00Z", "poll_published", 0),
    ] {
        let engine = Engine::start().await;
        let (app, service) = app(&engine, 204).await;
        let contract = contract(&engine, ends_at).await;
        for number in 1..3 {
            endpoint(&engine, &contract, &service.url, number).await;
        }
        let told = batch(&format!("partners/deliver/{sample}"));
        assert_eq!(run(&app, &service, told.clone(), 2).await, posts, "{sample} {ends_at}");
        assert_eq!(run(&app, &service, told, 1).await, 0, "{sample} came again");
    }
}

#[tokio::test]
async fn an_event_outside_the_contracts_specialties_is_not_told() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, 204).await;
    let contract = contract(&engine, "2199-01-01T00:00:00Z").await;
    endpoint(&engine, &contract, &service.url, 1).await;
    let mut told = batch("partners/deliver/case_closed");
    for record in &mut told.records {
        record.body = record.body.replace("cardiology", "neurology");
    }
    assert_eq!(run(&app, &service, told, 1).await, 0);
}

#[tokio::test]
async fn a_failing_endpoint_is_tried_as_the_schedule_says_however_often_messages_come_and_then_replayed() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, 500).await;
    let contract = contract(&engine, "2199-01-01T00:00:00Z").await;
    endpoint(&engine, &contract, &service.url, 1).await;
    assert_eq!(run(&app, &service, batch("partners/deliver/case_closed"), 2).await, 3);
    let parked = engine.snapshot().await;
    let delivery = parked.iter().find(|row| row.contains("DELIVERY#")).expect("a delivery");
    assert!(delivery.contains("parked") && delivery.contains("answered 500"), "{delivery}");
    assert_eq!(replayed(&app, &service, &engine).await, 3);
}

/// Replays the only delivery, of which two messages tell. How often the endpoint was called.
async fn replayed(app: &App, service: &StandIn, engine: &Engine) -> usize {
    let rows = engine.everything().await;
    let row = rows.iter().find(|row| table::sort_key(row).starts_with("DELIVERY#")).expect("a delivery");
    let endpoint = table::partition_key(row).trim_start_matches("ENDPOINT#").parse().expect("an id");
    let delivery = table::sort_key(row).trim_start_matches("DELIVERY#").parse().expect("an id");
    app.store.unpark(endpoint, delivery, NOW).await.expect("replayed");
    let mut replayed = batch("partners/deliver/delivery_replayed");
    for record in &mut replayed.records {
        let mut event: serde_json::Value = serde_json::from_str(&record.body).expect("an event");
        *event.pointer_mut("/detail/body").expect("a body") =
            json!({"endpoint": endpoint, "delivery": delivery});
        record.body = event.to_string();
    }
    run(app, service, replayed, 2).await
}

/// The sample message that a poll was removed, saying that of the one that a message published.
fn hidden(published: &Batch, visibility: &str, at: &str) -> Batch {
    let told: serde_json::Value = serde_json::from_str(&published.records[0].body).expect("an event");
    let mut hidden = batch("partners/deliver/poll_hidden");
    for record in &mut hidden.records {
        let mut event: serde_json::Value = serde_json::from_str(&record.body).expect("an event");
        *event.pointer_mut("/detail/body/published_as").expect("a message") = told["detail"]["id"].clone();
        *event.pointer_mut("/detail/body/visibility").expect("a visibility") = visibility.into();
        *event.pointer_mut("/detail/at").expect("a time") = at.into();
        record.body = event.to_string();
    }
    hidden
}

#[tokio::test]
async fn a_poll_that_was_removed_is_posted_to_nobody_and_nothing_of_it_is_kept() {
    for removed_first in [true, false] {
        let engine = Engine::start().await;
        let (app, service) = app(&engine, 500).await;
        let contract = contract(&engine, "2199-01-01T00:00:00Z").await;
        endpoint(&engine, &contract, &service.url, 1).await;
        let published = batch("partners/deliver/poll_published");
        let removed = hidden(&published, "removed", "2026-11-23T14:00:00Z");
        let shown = hidden(&published, "shown", "2026-11-23T15:00:00Z");
        let steps = if removed_first { [removed, published] } else { [published, removed] };
        let [first, second] = steps;
        let before = run(&app, &service, first, 1).await;
        assert_eq!(before, if removed_first { 0 } else { 3 });
        assert_eq!(run(&app, &service, second, 1).await, 0);
        assert_eq!(run(&app, &service, shown, 1).await, 0, "what was removed stays so");
        let rows = engine.snapshot().await;
        assert!(!rows.iter().any(|row| row.contains("Image first?")), "{rows:?}");
        let parked = rows.iter().find(|row| row.contains("DELIVERY#")).expect("a delivery");
        assert!(parked.contains("parked"), "{parked}");
        assert_eq!(replayed(&app, &service, &engine).await, 0);
    }
}

#[tokio::test]
async fn a_hidden_poll_is_posted_once_it_is_shown_again_and_replayed() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, 204).await;
    let contract = contract(&engine, "2199-01-01T00:00:00Z").await;
    endpoint(&engine, &contract, &service.url, 1).await;
    let published = batch("partners/deliver/poll_published");
    let first = hidden(&published, "hidden", "2026-11-23T14:00:00Z");
    assert_eq!(run(&app, &service, first, 1).await, 0);
    assert_eq!(run(&app, &service, published.clone(), 1).await, 0);
    assert_eq!(replayed(&app, &service, &engine).await, 0);
    for (visibility, at) in [("shown", "2026-11-23T14:00:02Z"), ("hidden", "2026-11-23T14:00:01Z")] {
        assert_eq!(run(&app, &service, hidden(&published, visibility, at), 2).await, 0);
    }
    assert_eq!(replayed(&app, &service, &engine).await, 1);
}

#[tokio::test]
async fn an_attempt_of_an_endpoint_that_is_not_there_is_dropped() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, 204).await;
    assert_eq!(run(&app, &service, batch("partners/deliver/attempt"), 1).await, 0);
}
