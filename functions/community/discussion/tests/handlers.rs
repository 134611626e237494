//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

use community::{
    byline::AliasKey,
    case::{Case, Cases, Content},
};
use discussion::App;
use edge::testing::{call, with, within_budget};
use kernel::{
    Timestamp,
    id::{CaseId, MemberId},
    session::Clinician,
};
use serde_json::{Value, json};
use table::{CursorKey, OnceKey, Stored, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn event(name: &str) -> Value {
    let path = format!("{}/../../../events/community/discussion/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a sample event")).expect("JSON")
}

/// A published case of somebody else's than the sample's caller.
async fn published(engine: &Engine) -> CaseId {
    let text = |text: &str| text.parse().expect("a text");
    let content = Content {
        title: "A title".parse().expect("a title"),
        history: "A history".parse().expect("a history"),
        findings: "Findings".parse().expect("findings"),
        question: text("A question?"),
        specialty: "cardiology".parse().expect("a specialty"),
    };
    let author = MemberId::random();
    let id = CaseId::at(NOW);
    let draft = Case::draft(id, author, content, NOW);
    let store = Cases::new(engine.table.clone());
    let once = |value: &str| OnceKey::new("author", value, String::new(), NOW);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    store.create(&draft, &once("1"), &stored).await.expect("a draft");
    let after = draft.clone().publish(author, &[], NOW).expect("publishable");
    let clinician: Clinician = serde_json::from_value(json!({
        "profession": "physician", "specialty": "cardiology", "country": "FR", "tier": "triple_verified",
    }))
    .expect("a clinician");
    let byline = AliasKey::new("alias").byline(author, clinician);
    store.publish(&draft, &after, byline, &once("2"), &stored).await.expect("published");
    id
}

/// The sample event, addressed to that case.
fn at(name: &str, case: CaseId) -> Value {
    let sample = event(name);
    let path = sample["path"].as_str().expect("a path").replacen(
        "case_01JD2V5Q0M8RZ6T3W9X4Y7B1CE",
        &case.to_string(),
        1,
    );
    with(&sample, "/path", path)
}

/// The same with a new idempotency key.
fn again(event: &Value, key: &str) -> Value {
    let event = with(event, "/headers/Idempotency-Key", key);
    with(&event, "/multiValueHeaders/Idempotency-Key", json!([key]))
}

#[tokio::test]
async fn every_route_does_its_work_within_its_budget() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let app = App::new(&engine.table, AliasKey::new("alias"), CursorKey::new("cursor"));
    let router = discussion::api(app).into_router();
    engine.calls.take();

    let (status, advice) = call(&router, &at("advise", case), NOW).await;
    assert_eq!(status, 201, "{advice}");
    within_budget("POST /cases/{case}/advice", engine.calls.take());

    let (status, _) = call(&router, &again(&at("ask", case), "\"2\""), NOW).await;
    assert_eq!(status, 201);
    within_budget("POST /cases/{case}/questions", engine.calls.take());

    let reply = again(&at("reply", case), "\"3\"");
    let path = format!("/cases/{case}/contributions/{}/replies", advice["id"].as_str().expect("an id"));
    let (status, body) = call(&router, &with(&reply, "/path", path), NOW).await;
    assert_eq!(status, 201, "{body}");
    within_budget("POST /cases/{case}/contributions/{contribution}/replies", engine.calls.take());

    let (status, course) = call(&router, &again(&at("propose", case), "\"4\""), NOW).await;
    assert_eq!(status, 201);
    within_budget("POST /cases/{case}/courses", engine.calls.take());

    let vote = with(&at("vote", case), "/body", json!({"course": course["id"]}).to_string());
    let (status, body) = call(&router, &vote, NOW).await;
    assert_eq!(status, 200, "{body}");
    within_budget("PUT /cases/{case}/vote", engine.calls.take());

    let (status, thread) = call(&router, &at("list", case), NOW).await;
    assert_eq!((status, thread["contributions"].as_array().map(Vec::len)), (200, Some(3)));
    within_budget("GET /cases/{case}/contributions", engine.calls.take());

    let own = format!("/cases/{case}/contributions/{}/corroboration", advice["id"].as_str().expect("an id"));
    let corroborate = with(&at("corroborate", case), "/path", own);
    assert_eq!(call(&router, &corroborate, NOW).await.0, 403);
    let session = corroborate["requestContext"]["authorizer"]["session"].as_str().expect("a session");
    let mut claims: Value = serde_json::from_str(session).expect("claims");
    claims["sub"] = json!(MemberId::random());
    let other = with(&corroborate, "/requestContext/authorizer/session", claims.to_string());
    engine.calls.take();
    assert_eq!(call(&router, &other, NOW).await.0, 204);
    within_budget("PUT /cases/{case}/contributions/{contribution}/corroboration", engine.calls.take());
    assert_eq!(call(&router, &other, NOW).await.0, 204, "doing it again changes nothing");
    let (_, thread) = call(&router, &at("list", case), NOW).await;
    let contributions = thread["contributions"].as_array().expect("contributions");
    let found = contributions.iter().find(|one| one["id"] == advice["id"]).expect("the advice");
    assert_eq!(found["corroborations"], 1);
}

#[tokio::test]
async fn a_request_that_died_after_its_commit_changes_nothing_twice() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let app = App::new(&engine.table, AliasKey::new("alias"), CursorKey::new("cursor"));
    let router = discussion::api(app).into_router();
    let first = call(&router, &at("advise", case), NOW).await;
    let second = call(&router, &at("advise", case), NOW).await;
    assert_eq!(first, second);
    let other = with(&at("advise", case), "/body", "{\"text\":\"Something else.\"}");
    assert_eq!(call(&router, &other, NOW).await.0, 422);
    let (_, thread) = call(&router, &at("list", case), NOW).await;
    assert_eq!(thread["contributions"].as_array().map(Vec::len), Some(1));
    let added =
        engine.outbox().await.into_iter().filter(|(kind, _)| kind == "community.contribution_added.v1");
    assert_eq!(added.count(), 1);
}

#[tokio::test]
async fn an_expired_session_is_refused_even_when_the_gateway_remembers_it() {
    let engine = Engine::start().await;
    let case = published(&engine).await;
    let app = App::new(&engine.table, AliasKey::new("alias"), CursorKey::new("cursor"));
    let router = discussion::api(app).into_router();
    let late = Timestamp::from_second(4_102_444_800).expect("a time");
    let (status, problem) = call(&router, &at("advise", case), late).await;
    assert_eq!((status, problem["status"].as_u64()), (401, Some(401)));
}
