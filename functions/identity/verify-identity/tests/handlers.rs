//! The stage and its questions in process, with sample events, on the embedded engine and a stand-in of the
//! provider.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::{StandIn, about, call, event, with, within_budget};
use identity::{
    application::{Application, Applications, Claim, File, Status},
    evidence::{Stage, Verdict},
    rules::expectid::DecidedBy,
    sign_in::SignIn,
    stage::{Outcome, Task},
    testing::{decisions, sample, submit},
};
use kernel::{Country, Secret, Timestamp};
use providers::idology::Idology;
use serde_json::{Value, json};
use table::testing::Engine;
use verify_identity::App;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn app(engine: &Engine, provider: &StandIn) -> App {
    let client = providers::client().expect("a client");
    App {
        store: Applications::new(engine.table.clone()),
        idology: Idology::new(client, provider.url.clone(), "user".to_owned(), Secret::new("password")),
        decided_by: DecidedBy::Both,
    }
}

/// Files the sample's application, of a country that the provider knows.
async fn american(store: &Applications, subject: &str) -> Application {
    let french = sample(subject, NOW);
    let application = Application { claim: Claim { country: Country::US, ..french.claim.clone() }, ..french };
    submit(store, &application).await;
    application
}

fn task(application: &Application) -> Task {
    let sample = event("identity/verify-identity/task").to_string();
    let sample = sample.replace("appl_01JD2V5Q0M8RZ6T3W9X4Y7B1CE", &application.id.to_string());
    serde_json::from_str(&sample).expect("a task")
}

#[tokio::test]
async fn the_provider_is_asked_once_however_often_the_stage_is_run() {
    let engine = Engine::start().await;
    let answer = json!({"response": {"id-number": 5, "summary-result": {"key": "id.success"}, "results": {"key": "result.match"}}});
    let provider = StandIn::start(move |_| (200, answer.to_string())).await;
    let app = app(&engine, &provider);
    let application = american(&app.store, "ada").await;
    engine.calls.take();
    app.handle(task(&application)).await.expect("an outcome");
    within_budget("verify-identity", engine.calls.take());
    for _ in 0..2 {
        let outcome = app.handle(task(&application)).await.expect("an outcome");
        assert_eq!(outcome, Outcome { verdict: Verdict::Pass });
    }
    let asked = provider.asked();
    assert_eq!(asked.len(), 1, "a paid call was made twice");
    let kept = engine.snapshot().await.into_iter().find(|row| row.contains("EVIDENCE#")).expect("evidence");
    assert!(kept.contains("pass") && !kept.contains("Example"), "{kept}");
}

#[tokio::test]
async fn who_is_of_another_country_or_signed_in_elsewhere_is_not_paid_for() {
    let signed_in = |family_name: &str| SignIn {
        network: "a network".to_owned(),
        account: "1".to_owned(),
        given_name: "Ada".to_owned(),
        family_name: family_name.to_owned(),
        at: NOW,
    };
    for (country, sign_in, provider, verdict) in [
        ("FR", None, "document", Verdict::Refer),
        ("FR", Some(signed_in("Example")), "a network", Verdict::Pass),
        ("US", Some(signed_in("Example")), "a network", Verdict::Pass),
        ("US", Some(signed_in("Other")), "a network", Verdict::Refer),
    ] {
        let engine = Engine::start().await;
        let idology = StandIn::start(|_| (200, "")).await;
        let app = app(&engine, &idology);
        let plain = sample("ada", NOW);
        let country = country.parse().expect("a country");
        let application = Application { claim: Claim { country, sign_in, ..plain.claim.clone() }, ..plain };
        submit(&app.store, &application).await;
        assert_eq!(app.handle(task(&application)).await.expect("an outcome").verdict, verdict);
        assert_eq!(read(&app, &application).await.evidence[0].provider, provider);
        assert!(idology.asked().is_empty(), "a paid call was made");
    }
}

/// A provider that finds somebody in part, and answers the questions' services as told.
async fn quizmaster(questions: Value, result: Value) -> StandIn {
    StandIn::start(move |request| {
        let fields = String::from_utf8_lossy(&request.body).into_owned();
        let response = if request.what.contains("answers") {
            result.clone()
        } else if fields.contains("idNumber") {
            questions.clone()
        } else {
            json!({"id-number": 5, "summary-result": {"key": "id.partial"}, "results": {"key": "result.match"},
                "eligible-for-questions": "true"})
        };
        match response.as_u64() {
            Some(status) => (u16::try_from(status).expect("a status"), String::new()),
            None => (200, json!({"response": response}).to_string()),
        }
    })
    .await
}

fn three() -> Value {
    let question = json!({"prompt": "On which street?", "type": "street.name", "answer": ["Elm Street", "None of the above"]});
    json!({"questions": {"question": [question, question, question]}})
}

/// An application that waits for answers, whose owner is the samples'.
async fn asked(engine: &Engine, app: &App) -> Application {
    let sample = event("identity/verify-identity/show_questions");
    let subject = sample.pointer("/requestContext/authorizer/claims/sub").and_then(Value::as_str);
    let subject = subject.expect("a person").to_owned();
    let application = american(&app.store, &subject).await;
    assert_eq!(app.handle(task(&application)).await.expect("an outcome").verdict, Verdict::Ask);
    let decision = read(app, &application).await.decision();
    let status = decisions(&engine.table).decide(&application, decision, NOW).await.expect("a decision");
    assert_eq!(status, Status::AwaitingApplicant);
    engine.calls.take();
    application
}

async fn read(app: &App, application: &Application) -> File {
    app.store.file(application.id).await.expect("a read").expect("a file")
}

async fn send(app: &App, name: &str, application: &Application, now: Timestamp) -> (u16, Value) {
    let router = verify_identity::api(app.clone()).into_router();
    call(&router, &about(&event(&format!("identity/verify-identity/{name}")), application.id), now).await
}

fn problem(body: &Value) -> &str {
    body["type"].as_str().expect("a problem").rsplit('/').next().expect("a code")
}

#[tokio::test]
async fn questions_are_seen_answered_once_and_kept_nowhere() {
    let engine = Engine::start().await;
    let passed = json!({"idliveq-result": {"key": "result.questions.1.incorrect"}});
    let provider = quizmaster(three(), passed).await;
    let app = app(&engine, &provider);
    let application = asked(&engine, &app).await;
    let (status, early) = send(&app, "answer_questions", &application, NOW).await;
    assert_eq!((status, problem(&early)), (409, "questions_unseen"));
    engine.calls.take();
    let (status, round) = send(&app, "show_questions", &application, NOW).await;
    assert_eq!((status, round["questions"].as_array().map(Vec::len)), (200, Some(3)), "{round}");
    within_budget("GET /applications/{application}/questions", engine.calls.take());
    let (status, judged) = send(&app, "answer_questions", &application, NOW).await;
    assert_eq!((status, judged["status"].as_str()), (200, Some("verifying")), "{judged}");
    within_budget("POST /applications/{application}/questions", engine.calls.take());
    let (status, again) = send(&app, "answer_questions", &application, NOW).await;
    assert_eq!((status, problem(&again)), (409, "not_asked"));
    let file = read(&app, &application).await;
    let stage = file.evidence.iter().find(|one| one.stage == Stage::Identity).expect("evidence");
    assert_eq!((stage.verdict, stage.quiz), (Some(Verdict::Pass), None));
    assert_eq!(app.handle(task(&application)).await.expect("an outcome").verdict, Verdict::Pass);
    assert_eq!(provider.asked().len(), 3, "a paid call was made twice");
    let rows = engine.snapshot().await;
    assert!(!rows.iter().any(|row| row.contains("Elm Street") || row.contains("street.name")), "{rows:?}");
}

#[tokio::test]
async fn questions_are_paid_for_three_times_at_most_and_can_be_declined() {
    let engine = Engine::start().await;
    let provider = quizmaster(three(), json!({})).await;
    let app = app(&engine, &provider);
    let application = asked(&engine, &app).await;
    for _ in 0..3 {
        assert_eq!(send(&app, "show_questions", &application, NOW).await.0, 200);
    }
    let (status, spent) = send(&app, "show_questions", &application, NOW).await;
    assert_eq!((status, problem(&spent)), (409, "questions_spent"));
    let sample = about(&event("identity/verify-identity/show_questions"), application.id);
    let stranger = with(&sample, "/requestContext/authorizer/claims/sub", "stranger");
    let router = verify_identity::api(app.clone()).into_router();
    assert_eq!(call(&router, &stranger, NOW).await.0, 404);
    engine.calls.take();
    assert_eq!(send(&app, "decline_questions", &application, NOW).await.0, 200);
    within_budget("POST /applications/{application}/questions/decline", engine.calls.take());
    let file = read(&app, &application).await;
    assert_eq!(file.application.status, Status::Verifying);
    let codes = &file.evidence.first().expect("evidence").codes;
    assert!(codes.contains(&"questions_declined".to_owned()), "{codes:?}");
}

#[tokio::test]
async fn what_the_provider_does_with_answers_decides_what_becomes_of_them() {
    let result = |key: &str| json!({"idliveq-result": {"key": key}});
    for (questions, result, statuses, verdict) in [
        (three(), result("result.questions.3.incorrect"), (200, 200), Verdict::Fail),
        (three(), result("result.timeout"), (200, 200), Verdict::Refer),
        (three(), result("result.questions.2.incorrect"), (200, 200), Verdict::Ask),
        (three(), json!({"idliveq-error": {"key": "x"}}), (200, 200), Verdict::Indeterminate),
        (three(), json!(500), (200, 200), Verdict::Indeterminate),
        (three(), json!(429), (200, 503), Verdict::Ask),
        (json!({"idliveq-error": {"key": "x"}}), json!({}), (409, 409), Verdict::Refer),
        (json!(503), json!({}), (503, 409), Verdict::Ask),
    ] {
        let engine = Engine::start().await;
        let provider = quizmaster(questions, result.clone()).await;
        let app = app(&engine, &provider);
        let application = asked(&engine, &app).await;
        let shown = send(&app, "show_questions", &application, NOW).await.0;
        let judged = send(&app, "answer_questions", &application, NOW).await;
        assert_eq!((shown, judged.0), statuses, "{result} {judged:?}");
        let file = read(&app, &application).await;
        assert_eq!(file.evidence.first().and_then(|one| one.verdict), Some(verdict), "{result}");
        let another = result["idliveq-result"]["key"] == "result.questions.2.incorrect";
        assert_eq!(judged.1["another_round"].as_bool().unwrap_or_default(), another);
    }
}

#[tokio::test]
async fn answers_whose_handing_over_was_cut_off_are_not_handed_over_again() {
    let engine = Engine::start().await;
    let provider =
        quizmaster(three(), json!({"idliveq-result": {"key": "result.questions.0.incorrect"}})).await;
    let app = app(&engine, &provider);
    let application = asked(&engine, &app).await;
    assert_eq!(send(&app, "show_questions", &application, NOW).await.0, 200);
    let open = app.store.asked(application.id, &application.subject).await.expect("asked");
    let cut = identity::questions::answer(&app.store, open, NOW, async |_, _| std::future::pending().await);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), cut).await.is_err());
    let (status, soon) = send(&app, "answer_questions", &application, at(30)).await;
    assert_eq!((status, problem(&soon)), (409, "answers_running"));
    let (status, declined) = send(&app, "decline_questions", &application, at(30)).await;
    assert_eq!((status, problem(&declined)), (409, "answers_running"), "a failing answer is thrown away");
    assert_eq!(send(&app, "answer_questions", &application, at(61)).await.0, 200);
    let file = read(&app, &application).await;
    assert_eq!(file.evidence.first().and_then(|one| one.verdict), Some(Verdict::Indeterminate));
    assert_eq!(provider.asked().len(), 2, "the answers were handed over again");
}
