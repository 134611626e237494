//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use edge::testing::{Asked, StandIn, call, event, key_service, saying, with, within_budget};
use identity::{
    application::{Application, Applications, Decision, Status},
    link::LinkKey,
    member::{Members, Releases},
    person::People,
    testing::{decisions, file, sample, submit},
};
use kernel::Timestamp;
use providers::cognito::UserPool;
use serde_json::{Value, json};
use sessions::{App, Signer};
use table::{Condition, Key, Transaction, testing::Engine};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// The key service, and the user pool as far as sessions need it.
fn keys(asked: &Asked) -> (u16, String) {
    if asked.what == "DeleteUser" { (200, "{}".to_owned()) } else { key_service(asked) }
}

/// The function on an engine, and the key service that it asks.
async fn function(engine: &Engine) -> (axum::Router, StandIn) {
    let service = StandIn::start(keys).await;
    let app = App {
        members: Members::new(engine.table.clone()),
        people: People::new(engine.table.clone()),
        pool: UserPool::new(providers::client().expect("a client"), service.url.clone()),
        links: LinkKey::new(&service.aws, "link".to_owned()),
        signer: Signer::load(&service.aws, "session".to_owned(), "urn:curbside:test".to_owned())
            .await
            .expect("a signer"),
        activation_delay: 0,
    };
    (sessions::api(app).into_router(), service)
}

#[tokio::test]
async fn a_verified_person_joins_once_and_gets_sessions_within_budget() {
    let engine = Engine::start().await;
    let (router, service) = function(&engine).await;
    let join = event("identity/sessions/join");
    let claims = "/requestContext/authorizer/claims";
    let join = with(&join, &format!("{claims}/cognito:groups"), "[]");
    let exchange = with(&event("identity/sessions/exchange"), &format!("{claims}/cognito:groups"), "[]");
    assert_eq!(call(&router, &join, NOW).await.0, 403, "joined without verification");
    assert_eq!(call(&router, &exchange, NOW).await.0, 403);

    let subject = join.pointer(&format!("{claims}/sub")).and_then(Value::as_str).expect("a person");
    let store = Applications::new(engine.table.clone());
    let application = file(&store, subject, NOW).await;
    decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
    assert_eq!(call(&router, &exchange, NOW).await.1["type"], "https://curbside.dev/problems/not_activated");
    engine.calls.take();
    service.asked();

    let (status, joined) = call(&router, &join, NOW).await;
    assert_eq!((status, joined["screen_name"].as_str()), (200, Some("quiet-otter")), "{joined}");
    within_budget("PUT /membership", engine.calls.take() + service.asked().len());
    let after = engine.snapshot().await;
    assert_eq!(call(&router, &join, NOW).await, (200, joined), "the same again");
    let other = saying(&join, &json!({"screen_name": "loud-otter"}));
    assert_eq!(call(&router, &other, NOW).await.1["type"], "https://curbside.dev/problems/renamed_recently");
    assert_eq!(engine.snapshot().await, after, "joining again changed something");
    for row in after {
        assert!(!(row.contains(subject) && row.contains("quiet-otter")), "{row}");
    }

    engine.calls.take();
    service.asked();
    let (status, session) = call(&router, &exchange, NOW).await;
    assert_eq!((status, session["expires_at"].as_str()), (201, Some("1970-01-01T00:15:00Z")));
    within_budget("POST /sessions", engine.calls.take() + service.asked().len());
    let (status, keys) = call(&router, &event("identity/sessions/jwks"), NOW).await;
    assert_eq!((status, keys["keys"][0]["alg"].as_str()), (200, Some("ES256")));
    within_budget("GET /.well-known/jwks.json", engine.calls.take() + service.asked().len());
}

#[tokio::test]
async fn who_is_verified_in_another_country_is_counted_and_written_to_there_from_the_next_session_on() {
    let engine = Engine::start().await;
    let (router, service) = function(&engine).await;
    let (join, exchange) = (event("identity/sessions/join"), event("identity/sessions/exchange"));
    let subject = join["requestContext"]["authorizer"]["claims"]["sub"].as_str().expect("a person");
    let store = Applications::new(engine.table.clone());
    let application = file(&store, subject, NOW).await;
    decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
    assert_eq!(call(&router, &join, NOW).await.0, 200);
    let releases = Releases::new(engine.table.clone());
    assert_eq!(releases.release(NOW).await.expect("released"), 1);
    let settled = engine.snapshot().await;
    assert_eq!(call(&router, &exchange, NOW).await.0, 201);
    assert_eq!(engine.snapshot().await, settled, "a session changed something");

    // Their licence was suspended, which lets them apply anew.
    let may = Transaction::new().delete(
        "open",
        Key::new(format!("PERSON#{subject}"), "OPEN"),
        Condition::present(),
    );
    engine.table.commit(may).await.expect("suspended");
    let mut anew = sample(subject, Timestamp::from_second(60).expect("a time"));
    anew.claim.country = "DE".parse().expect("a country");
    submit(&store, &anew).await;
    decisions(&engine.table).decide(&anew, Decision::Approve, NOW).await.expect("approved");
    engine.calls.take();
    service.asked();
    assert_eq!(call(&router, &exchange, NOW).await.0, 201);
    let calls = engine.calls.take() + service.asked().len();
    within_budget("POST /sessions, by a member who was verified as something else", calls);
    let rows = engine.snapshot().await;
    let has = |key: &str, word: &str| rows.iter().any(|row| row.contains(key) && row.contains(word));
    assert!(has("CONTACT\"", "CONTACTS#DE#") && !has("CONTACT\"", "CONTACTS#FR#"), "{rows:?}");
    assert!(has("REACH", "DE#") && has("RELEASE", "quiet-otter"), "{rows:?}");
    assert_eq!(call(&router, &exchange, NOW).await.0, 201);
    assert_eq!(engine.snapshot().await, rows, "it is told once");
    assert_eq!(releases.release(NOW).await.expect("released"), 1);
    let told =
        engine.snapshot().await.into_iter().any(|row| row.contains("OUTBOX") && row.contains("\\\"DE"));
    assert!(told, "the community is not told");
}

#[tokio::test]
async fn staff_who_are_verified_later_take_a_name_and_keep_their_pseudonym() {
    let engine = Engine::start().await;
    let (router, _service) = function(&engine).await;
    let groups = "/requestContext/authorizer/claims/cognito:groups";
    let exchange = with(&event("identity/sessions/exchange"), groups, "[moderators]");
    let join = event("identity/sessions/join");
    let claims = async || {
        let session = call(&router, &exchange, NOW).await.1;
        let body = session["token"].as_str().expect("a token").split('.').nth(1).expect("claims").to_owned();
        let body = URL_SAFE_NO_PAD.decode(body).expect("base64");
        serde_json::from_slice::<Value>(&body).expect("JSON")
    };
    let before = claims().await;
    assert_eq!((&before["clinician"], before["roles"][0].as_str()), (&Value::Null, Some("moderator")));
    let subject = join["requestContext"]["authorizer"]["claims"]["sub"].as_str().expect("a person");
    let store = Applications::new(engine.table.clone());
    let application = file(&store, subject, NOW).await;
    decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
    assert_eq!(claims().await["clinician"], Value::Null, "a clinician without a screen name");
    assert_eq!(call(&router, &join, NOW).await.0, 200);
    let after = claims().await;
    assert_eq!((&after["sub"], after["clinician"]["country"].as_str()), (&before["sub"], Some("FR")));
    let waiting = engine.snapshot().await.into_iter().filter(|row| row.contains("RELEASE"));
    assert_eq!(waiting.count(), 1, "the community is not told, or twice");
}

#[tokio::test]
async fn a_member_is_shown_under_another_name_after_ninety_days_or_with_consent_under_their_own() {
    let engine = Engine::start().await;
    let (router, service) = function(&engine).await;
    let sample = |name: &str| event(&format!("identity/sessions/{name}"));
    let join = sample("join");
    let subject = join["requestContext"]["authorizer"]["claims"]["sub"].as_str().expect("a person");
    assert_eq!(call(&router, &sample("membership"), NOW).await.0, 403);
    let store = Applications::new(engine.table.clone());
    let application = file(&store, subject, NOW).await;
    decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
    assert_eq!(call(&router, &sample("membership"), NOW).await.0, 403, "shown without a screen name");
    assert_eq!(call(&router, &join, NOW).await.0, 200);
    let taken = || (engine.calls.take(), service.asked().len());
    taken();
    let (status, membership) = call(&router, &sample("membership"), NOW).await;
    assert_eq!((status, membership["real_name"].as_bool()), (200, Some(false)), "{membership}");
    let (table, keys) = taken();
    within_budget("GET /membership", table + keys);
    assert_eq!(membership["changeable_from"], "1970-04-01T00:00:00Z");

    let other = saying(&join, &json!({"screen_name": "loud-otter"}));
    let later: Timestamp = "1970-04-01T00:00:00Z".parse().expect("a time");
    let (status, problem) = call(&router, &other, NOW).await;
    assert_eq!((status, problem["field"].as_str()), (409, Some("screen_name")));
    assert!(problem["remedy"].as_str().is_some_and(|text| text.contains("1970-04-01")), "{problem}");
    taken();
    let (status, renamed) = call(&router, &other, later).await;
    assert_eq!((status, renamed["screen_name"].as_str()), (200, Some("loud-otter")), "{renamed}");
    let (table, keys) = taken();
    within_budget("PUT /membership, by a member", table + keys);
    let (status, back) = call(&router, &join, "1971-04-01T00:00:00Z".parse().expect("a time")).await;
    assert_eq!(
        (status, back["type"].as_str()),
        (409, Some("https://curbside.dev/problems/screen_name_taken"))
    );

    let old = saying(&sample("show_real_name"), &json!({"consent_version": "2001-01"}));
    assert_eq!(call(&router, &old, later).await.1["field"], "consent_version");
    taken();
    for _ in 0..2 {
        assert_eq!(call(&router, &sample("show_real_name"), later).await.0, 204);
    }
    let (table, keys) = taken();
    // The second request changes nothing and saves the transaction.
    within_budget("PUT /membership/real-name", (table + keys).div_ceil(2));
    let told = async || {
        let told = engine.outbox().await.into_iter().filter(|(kind, _)| kind == "identity.member_shown.v1");
        let mut all: Vec<Value> = told.map(|(_, text)| serde_json::from_str(&text).expect("JSON")).collect();
        all.sort_by_key(|one| one["body"]["revision"].as_i64());
        all.into_iter().map(|one| one["body"].clone()).collect::<Vec<_>>()
    };
    let name = application.claim.person.name();
    let last = told().await.pop().expect("a message");
    assert_eq!((last["real_name"].as_str(), last["revision"].as_i64()), (Some(name.as_str()), Some(3)));
    taken();
    for _ in 0..2 {
        assert_eq!(call(&router, &sample("hide_real_name"), later).await.0, 204);
    }
    let (table, keys) = taken();
    within_budget("DELETE /membership/real-name", (table + keys).div_ceil(2));
    let all = told().await;
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!((&all[2]["real_name"], all[2]["screen_name"].as_str()), (&Value::Null, Some("loud-otter")));
    let consent = engine.snapshot().await.into_iter().find(|row| row.contains("CONSENT#real_name"));
    assert!(consent.is_some_and(|row| row.contains("withdrawn_at") && row.contains("2026-11")));
}

#[tokio::test]
async fn a_member_takes_all_that_is_held_along_and_is_erased_with_a_receipt() {
    let engine = Engine::start().await;
    let (router, service) = function(&engine).await;
    let join = event("identity/sessions/join");
    let subject = join["requestContext"]["authorizer"]["claims"]["sub"].as_str().expect("a person");
    let store = Applications::new(engine.table.clone());
    let application = file(&store, subject, NOW).await;
    decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
    assert_eq!(call(&router, &join, NOW).await.0, 200);
    let taken = || engine.calls.take() + service.asked().len();
    taken();
    let (status, export) = call(&router, &event("identity/sessions/export"), NOW).await;
    assert_eq!(status, 200, "{export}");
    within_budget("GET /person", taken());
    assert_eq!(export["applications"][0]["application"]["claim"]["person"]["family_name"], "Example");
    assert_eq!(export["person"]["credential"]["clinician"]["country"], "FR");
    assert_eq!(export["membership"]["screen_name"], "quiet-otter", "{export}");
    assert!(export["person"]["contact"]["email"].is_string() && !export.to_string().contains("sealed"));

    let erase = event("identity/sessions/erase");
    let (status, problem) = call(&router, &saying(&erase, &json!({"confirm": "yes"})), NOW).await;
    assert_eq!((status, problem["field"].as_str()), (400, Some("confirm")));
    taken();
    let (status, receipt) = call(&router, &erase, NOW).await;
    assert_eq!(status, 200, "{receipt}");
    within_budget("POST /person/erase", taken());
    assert_eq!(receipt["erased"], json!({"applications": 1, "rows": 5, "link": true}));
    let signed =
        receipt["signed"].as_str().expect("a signature").split('.').nth(1).expect("claims").to_owned();
    let signed: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed).expect("base64")).expect("JSON");
    assert_eq!(signed["receipt"]["erased"], receipt["erased"]);
    let left = engine.snapshot().await;
    for trace in [subject, "Example", "1970-01-31", "APPLICATION\"", "sealed"] {
        let kept =
            left.iter().find(|row| row.contains(trace) && !row.contains("ONCE#") && !row.contains("OUTBOX#"));
        assert_eq!(kept, None, "{trace} is kept");
    }
    assert!(
        left.iter().any(|row| row.contains("RELEASE") && row.contains("left")),
        "the community is not told"
    );
    assert_eq!(call(&router, &event("identity/sessions/exchange"), NOW).await.0, 403);
    assert_eq!(call(&router, &erase, NOW).await.0, 200, "an erasure that was cut off cannot go on");

    let twin = file(&store, "somebody-else", NOW).await;
    let twin = Application { claim: application.claim, ..twin };
    let status = decisions(&engine.table).decide(&twin, Decision::Approve, NOW).await.expect("decided");
    assert_eq!(status, Status::InReview, "an erased licence made another member at once");
}
