//! What American registers tell after the approval, in process, on the embedded engine and a stand-in of them.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::{Asked, StandIn, event};
use identity::{
    application::{Application, Applications, Decision, Status},
    evidence::{Finding, Stage, Verdict},
    monitor::Told,
    stage::{self, Task},
    testing::{decisions, sample, submit},
    unique::Number,
};
use kernel::{Secret, Timestamp};
use monitor::{App, Call, Done};
use providers::{
    ama::{Ama, Credentials},
    nppes::Deactivations,
};
use table::testing::Engine;

const NPI: &str = "1234567893";
const LIST: &str = "NPI,NPPES Deactivation Date\n";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

fn daily() -> Call {
    serde_json::from_value(event("identity/monitor/daily")).expect("a call")
}

fn profile(status: &str) -> String {
    format!(
        "<full_profile><demographics><firstName>Ada</firstName><lastName>Example</lastName>\
        <birthDate>19700102</birthDate></demographics><licenses><licenseStatusDescription>{status}\
        </licenseStatusDescription></licenses><npi><npiCode>{NPI}</npiCode></npi></full_profile>"
    )
}

/// The function, and the registers that answer it.
async fn app(
    engine: &Engine,
    answer: impl Fn(&Asked) -> (u16, String) + Clone + Send + Sync + 'static,
) -> (App, StandIn) {
    let registers = StandIn::start(move |asked: &Asked| match asked.what.as_str() {
        what if what.ends_with("/token") => (200, r#"{"access_token": "t"}"#.to_owned()),
        _ => answer(asked),
    })
    .await;
    let credentials = Credentials {
        client_id: "id".to_owned(),
        client_secret: Secret::new("secret"),
        source_system: "curbside".to_owned(),
    };
    let client = providers::client().expect("a client");
    let app = App {
        decisions: decisions(&engine.table),
        ama: Ama::new(client.clone(), registers.url.clone(), credentials),
        deactivations: Deactivations::new(client, format!("{}/deactivated.csv", registers.url)),
    };
    (app, registers)
}

/// A member with an American licence, whom the association knows as entity 77.
async fn member(engine: &Engine) -> Application {
    let store = Applications::new(engine.table.clone());
    let mut application = sample("bea", at(0));
    application.claim.country = "US".parse().expect("a country");
    application.claim.licence.npi = Some(NPI.parse().expect("a number"));
    submit(&store, &application).await;
    let found = Finding { verdict: Verdict::Pass, transaction: Some("77".to_owned()), codes: Vec::new() };
    let task = Task { application: application.id };
    let call = async |_| Ok(found);
    stage::run(&store, &task, Stage::Licence, |_| "ama", at(0), call).await.expect("a stage");
    decisions(&engine.table).decide(&application, Decision::Approve, at(1)).await.expect("approved");
    application
}

async fn status(engine: &Engine, application: &Application) -> Status {
    let store = Applications::new(engine.table.clone());
    store.find(application.id).await.expect("a read").expect("an application").status
}

#[tokio::test]
async fn a_notification_suspends_reinstates_and_is_acknowledged() {
    let engine = Engine::start().await;
    let application = member(&engine).await;
    for (licence, expected, suspended, reinstated) in [
        ("Expired", Status::Suspended, 1, 0),
        ("Expired", Status::Suspended, 0, 0),
        ("Active", Status::Approved, 0, 1),
        ("Active", Status::Approved, 0, 0),
    ] {
        let (app, registers) = app(&engine, move |asked| match asked.what.as_str() {
            "GET /profiles/monitor/notifications" => (
                200,
                "<monitorNotificationList xmlns=\"http://eprofiles.myama.com/core/\"><notifications>\
                <notificationId>9</notificationId><entityId>77</entityId></notifications></monitorNotificationList>"
                    .to_owned(),
            ),
            "GET /profiles/monitor/update/9" => (200, profile(licence)),
            "GET /deactivated.csv" => (200, LIST.to_owned()),
            _ => (204, String::new()),
        })
        .await;
        let done = app.handle(daily(), at(10)).await.expect("heard");
        assert_eq!((done.notifications, done.suspended, done.reinstated), (1, suspended, reinstated));
        assert_eq!(status(&engine, &application).await, expected, "{licence}");
        let asked: Vec<String> = registers.asked().into_iter().map(|one| one.what).collect();
        assert!(asked.contains(&"DELETE /profiles/monitor/notifications/9".to_owned()), "{asked:?}");
    }
}

#[tokio::test]
async fn the_association_watches_a_member_once_and_a_deactivated_number_suspends() {
    let engine = Engine::start().await;
    let application = member(&engine).await;
    let (app, registers) = app(&engine, |asked| match asked.what.as_str() {
        "GET /deactivated.csv" => (200, format!("{LIST}1000000004,11/20/2026\n{NPI},11/20/2026\n")),
        _ => (204, String::new()),
    })
    .await;
    let first = app.handle(daily(), at(10)).await.expect("heard");
    assert_eq!(first, Done { watched: 1, notifications: 0, suspended: 1, reinstated: 0 });
    let asked: Vec<String> = registers.asked().into_iter().map(|one| one.what).collect();
    assert!(asked.contains(&"PUT /profiles/monitor/entities/77".to_owned()), "{asked:?}");
    assert_eq!(status(&engine, &application).await, Status::Suspended);
    let again = app.handle(daily(), at(20)).await.expect("heard");
    assert_eq!(again, Done { watched: 0, notifications: 0, suspended: 0, reinstated: 0 });
}

#[tokio::test]
async fn a_lapse_that_reviewers_have_weighed_is_news_again_once_the_licence_has_stood() {
    let engine = Engine::start().await;
    let application = member(&engine).await;
    let (store, decisions) = (Applications::new(engine.table.clone()), decisions(&engine.table));
    let hear = async |lapsed: Vec<&'static str>, now: i64| {
        let told = Told { numbers: vec![Number::Npi(NPI.to_owned())], lapsed, reference: None };
        let heard = decisions.hear("ama_monitor", &[told], at(now)).await.expect("heard");
        (heard.suspended, heard.reinstated)
    };
    assert_eq!(hear(vec!["licence_not_active"], 10).await, (1, 0));
    let before = store.find(application.id).await.expect("a read").expect("an application");
    let after = before.appeal("It is another's.".parse().expect("words"), at(11)).expect("an appeal");
    store.appeal(&before, &after).await.expect("appealed");
    for reviewer in ["rita", "sam"] {
        let file = store.file(application.id).await.expect("a read").expect("a file");
        decisions.approve(&file, reviewer, at(12)).await.expect("approved");
    }
    assert_eq!(status(&engine, &application).await, Status::Approved);
    assert_eq!(hear(vec!["licence_not_active"], 13).await, (0, 0), "an upheld appeal was undone");
    assert_eq!(hear(Vec::new(), 14).await, (0, 0));
    assert_eq!(hear(vec!["licence_not_active"], 15).await, (1, 0), "a new lapse was taken for the old one");
}

#[tokio::test]
async fn a_source_that_fails_is_an_error_and_keeps_the_others_from_nothing() {
    let engine = Engine::start().await;
    let application = member(&engine).await;
    let (app, _registers) = app(&engine, |asked| match asked.what.as_str() {
        "GET /deactivated.csv" => (200, format!("{LIST}{NPI},11/20/2026\n")),
        _ => (500, String::new()),
    })
    .await;
    assert!(app.handle(daily(), at(10)).await.is_err());
    assert_eq!(status(&engine, &application).await, Status::Suspended);
}
