//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use applications::App;
use edge::testing::{StandIn, about, again, call, event, saying, with, within_budget};
use identity::{
    application::{Applications, Asked, Decision},
    code_set::CodeSets,
    evidence::Stage,
    reason::Reason,
    sign_in::{Pending, SignIn, SignIns},
    testing::decisions,
};
use kernel::{Timestamp, id::ApplicationId};
use providers::cognito::UserPool;
use serde_json::{Value, json};
use storage::Uploads;
use table::testing::Engine;

/// A moment at which the sample's birth date is an adult's.
const NOW: &str = "2026-11-22T10:00:00Z";

fn pool(asked: &str) -> (u16, String) {
    match asked {
        "GetUser" => {
            let attributes = json!([
                {"Name": "email", "Value": "ada@example.org"}, {"Name": "email_verified", "Value": "true"},
            ]);
            (200, json!({"Username": "ada", "UserAttributes": attributes}).to_string())
        }
        _ => (400, "{}".to_owned()),
    }
}

fn app(engine: &Engine, cognito: &StandIn) -> App {
    let url = "https://quarantine.example".to_owned();
    App {
        store: Applications::new(engine.table.clone()),
        code_sets: CodeSets::new(engine.table.clone()),
        sign_ins: SignIns::new(engine.table.clone()),
        uploads: Uploads::new(&cognito.aws, "quarantine".to_owned(), url).expect("uploads"),
        pool: UserPool::new(providers::client().expect("a client"), cognito.url.clone()),
    }
}

/// The function on an engine, the user pool that it asks, and its store.
async fn front(engine: &Engine) -> (axum::Router, StandIn, Applications) {
    let cognito = StandIn::start(|asked| pool(&asked.what)).await;
    let store = Applications::new(engine.table.clone());
    let app = app(engine, &cognito);
    (applications::api(app).into_router(), cognito, store)
}

#[tokio::test]
async fn an_application_is_filed_once_within_its_budget_and_seen_by_its_applicant_alone() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let (router, cognito, _) = front(&engine).await;
    let submit = event("identity/applications/submit");
    let (status, filed) = call(&router, &submit, now).await;
    assert_eq!(status, 201, "{filed}");
    within_budget("POST /applications", engine.calls.take() + cognito.asked().len());
    assert_eq!(call(&router, &submit, now).await, (201, filed.clone()), "filed twice");
    assert_eq!(engine.outbox().await.len(), 1);
    engine.calls.take();

    let id = filed["id"].as_str().expect("an id");
    let show = about(&event("identity/applications/show"), id);
    assert_eq!(call(&router, &show, now).await, (200, filed.clone()));
    within_budget("GET /applications/{application}", engine.calls.take());
    assert_eq!(filed["stages"][0], json!({"stage": "identity", "state": "pending"}));
    let stranger = with(&show, "/requestContext/authorizer/claims/sub", "somebody-else");
    assert_eq!(call(&router, &stranger, now).await.0, 404);
    engine.calls.take();
    let (status, list) = call(&router, &event("identity/applications/list"), now).await;
    assert_eq!((status, list["applications"][0]["id"].as_str()), (200, Some(id)));
    within_budget("GET /applications", engine.calls.take());
    let (status, codes) = call(&router, &event("identity/applications/specialties"), now).await;
    assert_eq!(status, 200);
    assert!(codes.to_string().contains("cardiology"));
    within_budget("GET /specialties", engine.calls.take());
}

#[tokio::test]
async fn a_sign_in_that_has_ended_files_nothing() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let cognito = StandIn::start(|_| (400, json!({"__type": "NotAuthorizedException"}).to_string())).await;
    let router = applications::api(app(&engine, &cognito)).into_router();
    let (status, problem): (u16, Value) = call(&router, &event("identity/applications/submit"), now).await;
    assert_eq!(status, 401, "{problem}");
    assert!(engine.snapshot().await.is_empty(), "a refusal left a trace");
}

#[tokio::test]
async fn a_draft_is_saved_read_and_gone_once_it_is_submitted() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let (router, _cognito, _) = front(&engine).await;
    let sample = |name: &str| event(&format!("identity/applications/{name}"));
    assert_eq!(call(&router, &sample("draft_show"), now).await.0, 404);
    engine.calls.take();
    assert_eq!(call(&router, &sample("draft_save"), now).await.0, 204);
    within_budget("PUT /applications/draft", engine.calls.take());
    let (status, draft) = call(&router, &sample("draft_show"), now).await;
    assert_eq!((status, draft), (200, json!({"person": {"given_name": "Ada"}, "country": "FR"})));
    within_budget("GET /applications/draft", engine.calls.take());
    let wrong = with(&sample("draft_save"), "/body", r#"{"person":{"given_name":""}}"#);
    let (status, problem) = call(&router, &wrong, now).await;
    assert_eq!((status, problem["field"].as_str()), (400, Some("person.given_name")), "{problem}");
    let stranger = with(&sample("draft_show"), "/requestContext/authorizer/claims/sub", "somebody-else");
    assert_eq!(call(&router, &stranger, now).await.0, 404);
    assert_eq!(call(&router, &sample("submit"), now).await.0, 201);
    assert_eq!(call(&router, &sample("draft_show"), now).await.0, 404, "the draft outlived its submission");
    call(&router, &sample("draft_save"), now).await;
    engine.calls.take();
    assert_eq!(call(&router, &sample("draft_discard"), now).await.0, 204);
    within_budget("DELETE /applications/draft", engine.calls.take());
    assert_eq!(call(&router, &sample("draft_show"), now).await.0, 404);
}

#[tokio::test]
async fn what_waits_for_a_reviewer_is_corrected_by_its_applicant_and_withdrawn_once() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let (router, _cognito, store) = front(&engine).await;
    let (_, filed) = call(&router, &event("identity/applications/submit"), now).await;
    let id = filed["id"].as_str().expect("an id");
    let sample = |name: &str| about(&event(&format!("identity/applications/{name}")), id);
    let (status, problem) = call(&router, &sample("correct"), now).await;
    assert_eq!(
        (status, problem["type"].as_str()),
        (409, Some("https://curbside.dev/problems/not_correctable"))
    );
    let waits = store.find(id.parse().expect("an id")).await.expect("a read").expect("an application");
    decisions(&engine.table).decide(&waits, Decision::Refer(Vec::new()), now).await.expect("referred");
    engine.calls.take();
    let stranger = with(&sample("correct"), "/requestContext/authorizer/claims/sub", "somebody-else");
    assert_eq!(call(&router, &stranger, now).await.0, 404);
    engine.calls.take();
    let (status, corrected) = call(&router, &sample("correct"), now).await;
    assert_eq!((status, &corrected["status"], &corrected["revision"]), (200, &json!("verifying"), &json!(2)));
    within_budget("PUT /applications/{application}", engine.calls.take());
    assert_eq!(call(&router, &sample("correct"), now).await.0, 412, "an older version was corrected");
    let stranger = with(&sample("withdraw"), "/requestContext/authorizer/claims/sub", "somebody-else");
    assert_eq!(call(&router, &stranger, now).await.0, 404);
    engine.calls.take();
    let (status, withdrawn) = call(&router, &sample("withdraw"), now).await;
    assert_eq!((status, withdrawn["status"].as_str()), (200, Some("withdrawn")));
    within_budget("POST /applications/{application}/withdraw", engine.calls.take());
    assert_eq!(call(&router, &sample("withdraw"), now).await, (200, withdrawn));
    let again = with(&event("identity/applications/submit"), "/headers/Idempotency-Key", "\"again\"");
    assert_eq!(call(&router, &again, now).await.0, 201, "who withdrew may apply again");
}

#[tokio::test]
async fn an_applicant_answers_what_was_asked_and_appeals_once() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let (router, _cognito, store) = front(&engine).await;
    let (_, filed) = call(&router, &event("identity/applications/submit"), now).await;
    let id = filed["id"].as_str().expect("an id").to_owned();
    let sample = |name: &str| about(&event(&format!("identity/applications/{name}")), &id);
    let stored =
        async || store.find(id.parse().expect("an id")).await.expect("a read").expect("an application");
    let decisions = decisions(&engine.table);
    decisions.decide(&stored().await, Decision::Refer(Vec::new()), now).await.expect("referred");
    assert_eq!(call(&router, &sample("answer"), now).await.0, 409, "nothing was asked");
    let before = stored().await;
    let asked = before.ask("reviewer", "Which state?".parse().expect("words"), now).expect("asked");
    store.replace(&before, &asked).await.expect("asked");
    let stranger = with(&sample("answer"), "/requestContext/authorizer/claims/sub", "somebody-else");
    assert_eq!(call(&router, &stranger, now).await.0, 404);
    let (_, view) = call(&router, &sample("show"), now).await;
    assert_eq!(
        (&view["status"], &view["next"][0]["action"]),
        (&json!("awaiting_applicant"), &json!("answer"))
    );
    assert_eq!(view["notes"][0]["words"], "Which state?");
    assert!(!view.to_string().contains("\"reviewer\":"), "the applicant learns who asked");
    engine.calls.take();
    let (status, answered) = call(&router, &sample("answer"), now).await;
    assert_eq!((status, answered["status"].as_str()), (200, Some("in_review")), "{answered}");
    within_budget("POST /applications/{application}/answer", engine.calls.take());

    assert_eq!(call(&router, &sample("appeal"), now).await.0, 409, "nothing was refused");
    decisions.refuse(&stored().await, Vec::new(), "reviewer", now).await.expect("refused");
    let (_, view) = call(&router, &sample("show"), now).await;
    let appeal = view["next"].as_array().and_then(|next| next.iter().find(|one| one["action"] == "appeal"));
    assert_eq!(appeal.expect("an appeal")["until"], "2026-12-22T10:00:00Z");
    engine.calls.take();
    let (status, appealed) = call(&router, &sample("appeal"), now).await;
    assert_eq!((status, appealed["status"].as_str()), (200, Some("in_review")), "{appealed}");
    within_budget("POST /applications/{application}/appeal", engine.calls.take());
    let again = with(&event("identity/applications/submit"), "/headers/Idempotency-Key", "\"again\"");
    assert_eq!(call(&router, &again, now).await.0, 409, "applied anew beside an appeal");
    decisions.refuse(&stored().await, Vec::new(), "another", now).await.expect("refused");
    let (status, problem) = call(&router, &sample("appeal"), now).await;
    assert_eq!(
        (status, problem["type"].as_str()),
        (409, Some("https://curbside.dev/problems/not_appealable"))
    );
    assert_eq!(call(&router, &again, now).await.0, 201);
}

#[tokio::test]
async fn a_verified_person_asks_for_a_correction_within_budget() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let (router, _cognito, store) = front(&engine).await;
    let (_, filed) = call(&router, &event("identity/applications/submit"), now).await;
    let id = filed["id"].as_str().expect("an id");
    let ask = about(&event("identity/applications/ask_correction"), id);
    let (status, problem) = call(&router, &ask, now).await;
    assert_eq!((status, problem["type"].as_str()), (403, Some("https://curbside.dev/problems/not_verified")));
    let application = store.find(id.parse().expect("an id")).await.expect("a read").expect("an application");
    decisions(&engine.table).decide(&application, Decision::Approve, now).await.expect("approved");
    engine.calls.take();
    let (status, view) = call(&router, &ask, now).await;
    assert_eq!((status, view["corrections"][0]["before"].as_str()), (200, Some("Example")), "{view}");
    within_budget("POST /applications/{application}/corrections", engine.calls.take());
    let (status, problem) = call(&router, &ask, now).await;
    assert_eq!(
        (status, problem["type"].as_str()),
        (409, Some("https://curbside.dev/problems/correction_pending"))
    );
}

#[tokio::test]
async fn an_operator_loads_another_list_of_specialties_and_everybody_reads_it() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let (router, _cognito, _) = front(&engine).await;
    let (load, read) =
        (event("identity/applications/load_code_set"), event("identity/applications/code_set"));
    assert_eq!(call(&router, &read, now).await.0, 404);
    let groups = "/requestContext/authorizer/claims/cognito:groups";
    assert_eq!(call(&router, &with(&load, groups, "[reviewers]"), now).await.0, 403);
    engine.calls.take();
    assert_eq!(call(&router, &load, now).await.0, 204);
    within_budget("PUT /specialties/{code_set}", engine.calls.take());
    let (status, list) = call(&router, &read, now).await;
    within_budget("GET /specialties/{code_set}", engine.calls.take());
    let mapping = json!({"specialty": "cardiology", "code": "207RC0000X"});
    assert_eq!((status, &list["mappings"][0]), (200, &mapping));
    let wrong = saying(&load, &json!({"csv": "specialty,code\nalchemy,1\n"}));
    let (status, problem) = call(&router, &wrong, now).await;
    assert_eq!((status, problem["field"].as_str()), (400, Some("csv")), "{problem}");
}

#[tokio::test]
async fn a_document_is_offered_once_and_to_its_applicant_alone_and_twenty_are_enough() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let (router, cognito, store) = front(&engine).await;
    let (_, filed) = call(&router, &event("identity/applications/submit"), now).await;
    let id: ApplicationId = filed["id"].as_str().expect("an id").parse().expect("an id");
    cognito.asked();
    engine.calls.take();
    let sample = about(&event("identity/applications/offer_document"), id);
    let (status, offer) = call(&router, &sample, now).await;
    assert_eq!(status, 201, "{offer}");
    within_budget("POST /applications/{application}/documents", engine.calls.take());
    let document = offer["document"].as_str().expect("an id");
    assert_eq!(offer["upload"]["fields"]["key"], format!("{id}/{document}"));
    assert_eq!(call(&router, &sample, now).await.1["document"], offer["document"], "offered twice");
    let rows = engine.snapshot().await;
    assert!(!rows.iter().any(|row| row.contains("x-amz-signature")), "the form's credentials are kept");
    let stranger = with(&again(&sample, "2"), "/requestContext/authorizer/claims/sub", "somebody-else");
    assert_eq!(call(&router, &stranger, now).await.0, 404);
    for (body, field) in [
        (json!({"shows": "identity", "media_type": "application/pdf"}), "media_type"),
        (json!({"shows": "face", "media_type": "image/png"}), "shows"),
    ] {
        let (status, problem) = call(&router, &saying(&again(&sample, "3"), &body), now).await;
        assert_eq!((status, problem["field"].as_str()), (400, Some(field)), "{problem}");
    }
    assert_eq!(engine.snapshot().await, rows, "a refusal left a trace");
    let show = about(&event("identity/applications/show"), id);
    let (_, seen) = call(&router, &show, now).await;
    assert_eq!(seen["documents"][0]["state"], "awaiting", "{seen}");
    for number in 1..20 {
        let more = again(&sample, &format!("more-{number}"));
        assert_eq!(call(&router, &more, now).await.0, 201, "{number}");
    }
    let (status, problem) = call(&router, &again(&sample, "more-20"), now).await;
    assert_eq!(
        (status, problem["type"].as_str().map(|kind| kind.ends_with("too_many_documents"))),
        (409, Some(true))
    );
    let stored = async || store.find(id).await.expect("a read").expect("an application");
    let decline = about(&event("identity/applications/decline_documents"), id);
    assert_eq!(call(&router, &decline, now).await.0, 409, "nothing is asked");
    let ask = Decision::Ask(Asked::Documents, vec![Reason::document(Stage::Licence)]);
    decisions(&engine.table).decide(&stored().await, ask, now).await.expect("asked");
    let (_, seen) = call(&router, &show, now).await;
    assert_eq!(
        (&seen["next"][0]["action"], &seen["next"][1]["action"]),
        (&json!("show_documents"), &json!("decline_documents"))
    );
    engine.calls.take();
    let (status, declined) = call(&router, &decline, now).await;
    assert_eq!((status, declined["status"].as_str()), (200, Some("in_review")), "{declined}");
    within_budget("POST /applications/{application}/documents/decline", engine.calls.take());
    assert_eq!(declined["reasons"][0]["code"], "in_review");
    decisions(&engine.table).decide(&stored().await, Decision::Approve, now).await.expect("approved");
    assert_eq!(call(&router, &sample, now).await.0, 409, "an old key gives a form after the decision");
    let (status, problem) = call(&router, &again(&sample, "late"), now).await;
    assert_eq!(
        (status, problem["type"].as_str().map(|kind| kind.ends_with("already_decided"))),
        (409, Some(true))
    );
}

#[tokio::test]
async fn an_application_by_sign_in_needs_one_and_its_corrections_keep_it() {
    let now: Timestamp = NOW.parse().expect("a time");
    let engine = Engine::start().await;
    let (router, cognito, store) = front(&engine).await;
    let plain = event("identity/applications/submit");
    let mut body: Value = serde_json::from_str(plain["body"].as_str().expect("a body")).expect("JSON");
    body["sign_in"] = json!(true);
    let submit = saying(&plain, &body);
    let (status, problem) = call(&router, &submit, now).await;
    assert_eq!((status, problem["field"].as_str()), (404, Some("sign_in")), "{problem}");
    assert!(engine.snapshot().await.is_empty(), "a refusal left a trace");
    let subject = plain.pointer("/requestContext/authorizer/claims/sub").and_then(Value::as_str);
    let subject = subject.expect("a person");
    let pending =
        Pending { state: "s".to_owned(), nonce: "n".to_owned(), verifier: "v".to_owned(), begun_at: now };
    let done = SignIn {
        network: "a network".to_owned(),
        account: "1".to_owned(),
        given_name: "Ada".to_owned(),
        family_name: "Example".to_owned(),
        at: now,
    };
    let sign_ins = SignIns::new(engine.table.clone());
    sign_ins.begin(subject, &pending).await.expect("begun");
    sign_ins.complete(subject, &pending, &done).await.expect("completed");
    engine.calls.take();
    cognito.asked();
    let (status, filed) = call(&router, &again(&submit, "2"), now).await;
    assert_eq!(status, 201, "{filed}");
    within_budget("POST /applications, by sign-in", engine.calls.take() + cognito.asked().len());
    let id: ApplicationId = filed["id"].as_str().expect("an id").parse().expect("an id");
    let read = async || store.find(id).await.expect("a read").expect("an application");
    assert_eq!(read().await.claim.sign_in, Some(done.clone()));
    sign_ins.forget(subject).await.expect("forgotten");
    let ask = Decision::Refer(Vec::new());
    decisions(&engine.table).decide(&read().await, ask.clone(), now).await.expect("referred");
    let correct = about(&event("identity/applications/correct"), id);
    engine.calls.take();
    assert_eq!(call(&router, &saying(&correct, &body), now).await.0, 200);
    within_budget("PUT /applications/{application}, by sign-in", engine.calls.take());
    assert_eq!(read().await.claim.sign_in, Some(done));
    decisions(&engine.table).decide(&read().await, ask, now).await.expect("referred");
    body["sign_in"] = json!(false);
    let second = with(&saying(&correct, &body), "/headers/If-Match", "\"v2\"");
    let second = with(&second, "/multiValueHeaders/If-Match", json!(["\"v2\""]));
    assert_eq!(call(&router, &second, now).await.0, 200);
    assert_eq!(read().await.claim.sign_in, None, "it stands for the stage though it is not to");
}
