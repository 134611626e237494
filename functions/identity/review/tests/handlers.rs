//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::{StandIn, about, call, event, with, within_budget};
use identity::{
    application::{Applications, Decision, Field},
    document::{Document, Inspected, Shows},
    evidence::{Evidence, Stage, Verdict},
    testing::{decisions, file},
};
use kernel::{MediaType, Secret, Timestamp, id::DocumentId};
use review::App;
use serde_json::json;
use storage::Bucket;
use table::{CursorKey, OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// The function on an engine, and its store.
async fn desk(engine: &Engine) -> (axum::Router, Applications) {
    let service = StandIn::start(|_| (404, "")).await;
    let store = Applications::new(engine.table.clone());
    let app = App {
        store: store.clone(),
        decisions: decisions(&engine.table),
        documents: Bucket::new(&service.aws, "documents".to_owned(), true),
        cursors: CursorKey::new(Secret::new("cursor")),
    };
    (review::api(app).into_router(), store)
}

#[tokio::test]
async fn a_reviewer_decides_within_budget_and_never_on_their_own_application() {
    let engine = Engine::start().await;
    let (router, store) = desk(&engine).await;
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

fn evidence(verdict: Verdict) -> Evidence {
    Evidence {
        stage: Stage::Licence,
        revision: 1,
        provider: "gmc".to_owned(),
        verdict: Some(verdict),
        transaction: None,
        codes: vec!["licence_not_active".to_owned()],
        rules: "1".to_owned(),
        begun_at: NOW,
        ended_at: Some(NOW),
        quiz: None,
    }
}

fn later(days: i64) -> Timestamp {
    Timestamp::from_second(days * 24 * 3600).expect("a time")
}

#[tokio::test]
async fn an_appeal_is_decided_by_two_other_reviewers_and_every_look_is_recorded() {
    let engine = Engine::start().await;
    let (router, store) = desk(&engine).await;
    let application = file(&store, "ada", NOW).await;
    store.begin(application.id, &evidence(Verdict::Fail)).await.expect("evidence");
    decisions(&engine.table).decide(&application, Decision::Refer(Vec::new()), NOW).await.expect("referred");
    let by = |name: &str, reviewer: &str| {
        let sample = about(&event(&format!("identity/review/{name}")), application.id);
        with(&sample, "/requestContext/authorizer/claims/sub", reviewer)
    };
    assert_eq!(call(&router, &by("refuse", "rex"), later(1)).await.0, 200);
    let refused = store.find(application.id).await.expect("a read").expect("an application");
    let words = || "The register has my maiden name.".parse().expect("words");
    assert!(refused.appeal(words(), later(32)).is_err(), "thirty days are over");
    let appealed = refused.appeal(words(), later(31)).expect("an appeal");
    store.appeal(&refused, &appealed).await.expect("appealed");
    assert!(appealed.appeal(words(), later(31)).is_err(), "appealed twice");

    let (status, problem) = call(&router, &by("approve", "rex"), later(31)).await;
    assert_eq!((status, problem["type"].as_str()), (403, Some("https://curbside.dev/problems/own_refusal")));
    let filters = |name: &str, value: &str| {
        let sample = event("identity/review/queue");
        let sample = with(&sample, "/queryStringParameters", json!({name: value}));
        with(&sample, "/multiValueQueryStringParameters", json!({name: [value]}))
    };
    for (name, value, found) in [
        ("country", "FR", 1),
        ("country", "DE", 0),
        ("older_than_hours", "24", 1),
        ("older_than_hours", "9999", 0),
        ("stage", "device", 0),
    ] {
        let (status, queue) = call(&router, &filters(name, value), later(31)).await;
        assert_eq!(
            (status, queue["waiting"].as_array().map(Vec::len)),
            (200, Some(found)),
            "{name}={value}: {queue}"
        );
    }
    assert_eq!(call(&router, &filters("stage", "nonsense"), later(31)).await.0, 400);
    engine.calls.take();
    let (_, shown) = call(&router, &by("show", "rita"), later(31)).await;
    within_budget("GET /reviews/{application}", engine.calls.take());
    assert_eq!((&shown["takes_two"], &shown["approved_once"]), (&json!(true), &json!(false)), "{shown}");
    assert_eq!(shown["appeal"], "The register has my maiden name.");
    assert_eq!(shown["looks"][0]["reviewer"], "rita");

    let (status, first) = call(&router, &by("approve", "rita"), later(31)).await;
    assert_eq!((status, first["status"].as_str()), (200, Some("in_review")), "one reviewer overrode a stage");
    let (status, again) = call(&router, &by("approve", "rita"), later(31)).await;
    assert_eq!(
        (status, again["type"].as_str()),
        (409, Some("https://curbside.dev/problems/second_reviewer"))
    );
    let (status, second) = call(&router, &by("approve", "ruth"), later(31)).await;
    assert_eq!((status, second["status"].as_str()), (200, Some("approved")), "{second}");
}

#[tokio::test]
async fn a_reviewer_asks_for_more_and_the_application_leaves_the_queue_until_it_is_answered() {
    let engine = Engine::start().await;
    let (router, store) = desk(&engine).await;
    let application = file(&store, "ada", NOW).await;
    decisions(&engine.table).decide(&application, Decision::Refer(Vec::new()), NOW).await.expect("referred");
    let ask = about(&event("identity/review/ask"), application.id);
    let waiting = async || call(&router, &event("identity/review/queue"), NOW).await.1["waiting"].clone();
    assert_eq!(waiting().await.as_array().map(Vec::len), Some(1));
    engine.calls.take();
    let (status, asked) = call(&router, &ask, NOW).await;
    assert_eq!((status, asked["status"].as_str()), (200, Some("awaiting_applicant")), "{asked}");
    within_budget("POST /reviews/{application}/ask", engine.calls.take());
    assert_eq!(waiting().await, json!([]));
    assert_eq!(call(&router, &ask, NOW).await.0, 409, "asked twice");
    let approve = about(&event("identity/review/approve"), application.id);
    assert_eq!(call(&router, &approve, NOW).await.0, 409, "decided while the applicant has the word");
    let before = store.find(application.id).await.expect("a read").expect("an application");
    let after = before.answer("In Vermont.".parse().expect("words"), NOW).expect("an answer");
    let (one, two) = tokio::join!(store.replace(&before, &after), store.replace(&before, &after));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "answered twice");
    assert_eq!(waiting().await.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_correction_is_made_by_a_reviewer_within_budget_and_once() {
    let engine = Engine::start().await;
    let (router, store) = desk(&engine).await;
    let before = file(&store, "ada", NOW).await;
    decisions(&engine.table).decide(&before, Decision::Approve, NOW).await.expect("approved");
    let approved = store.find(before.id).await.expect("a read").expect("an application");
    let value = (Field::FamilyName, "Married".parse().expect("a name"));
    let source = "Certificate 17".parse().expect("a source");
    let today = "2026-11-22".parse().expect("a day");
    let asked = approved.ask_correction(value, source, today, NOW).expect("asked");
    store.replace(&approved, &asked).await.expect("kept");
    let (_, queue) = call(&router, &event("identity/review/queue"), NOW).await;
    assert_eq!(queue["waiting"][0]["correction"], true, "{queue}");
    engine.calls.take();
    let decide = about(&event("identity/review/decide_correction"), before.id);
    let (status, decided) = call(&router, &decide, NOW).await;
    assert_eq!((status, decided["status"].as_str()), (200, Some("approved")), "{decided}");
    within_budget("POST /reviews/{application}/correction", engine.calls.take());
    assert_eq!(call(&router, &decide, NOW).await.0, 409, "decided twice");
    let rows = engine.snapshot().await;
    let credential = rows.iter().find(|row| row.contains("CREDENTIAL")).expect("a credential");
    assert!(credential.contains("Married"), "{credential}");
    let (_, queue) = call(&router, &event("identity/review/queue"), NOW).await;
    assert_eq!(queue["waiting"], json!([]));
}

#[tokio::test]
async fn a_document_is_opened_by_reviewers_for_a_minute_and_every_look_is_recorded() {
    let engine = Engine::start().await;
    let (router, store) = desk(&engine).await;
    let application = file(&store, "ada", NOW).await;
    let document: DocumentId = "doc_01JD2V5Q0M8RZ6T3W9X4Y7B1CE".parse().expect("an id");
    let whole = store.file(application.id).await.expect("a read").expect("a file");
    let offered = Document::offered(document, Shows::Licence, MediaType::Jpeg, NOW);
    let once = OnceKey::new("ada", "document", String::new(), NOW);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    store.offer_document(&whole, &offered, &once, &stored).await.expect("offered");
    let sample = about(&event("identity/review/show_document"), application.id);
    assert_eq!(call(&router, &sample, NOW).await.0, 404, "it is not there yet");
    let received = Inspected::Received("a/b/c.jpg".to_owned());
    assert!(store.settle_document(application.id, document, &received).await.expect("settled"));
    engine.calls.take();
    let (status, address) = call(&router, &sample, NOW).await;
    assert_eq!(status, 200, "{address}");
    within_budget("GET /reviews/{application}/documents/{document}", engine.calls.take());
    let url = address["url"].as_str().expect("an address");
    assert!(url.contains("/documents/a/b/c.jpg") && url.contains("X-Amz-Expires=60"), "{url}");
    assert_eq!(address["until"], "1970-01-01T00:01:00Z");
    let show = about(&event("identity/review/show"), application.id);
    let (_, seen) = call(&router, &show, NOW).await;
    assert_eq!(seen["documents"][0]["state"], "received", "{seen}");
    assert_eq!(seen["looks"][0]["document"], document.to_string(), "{seen}");
    let place = "/requestContext/authorizer/claims/cognito:groups";
    assert_eq!(call(&router, &with(&sample, place, "[]"), NOW).await.0, 403);
    let own = with(&sample, "/requestContext/authorizer/claims/sub", "ada");
    assert_eq!(call(&router, &own, NOW).await.0, 403);
}
