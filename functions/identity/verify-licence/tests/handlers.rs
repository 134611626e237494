//! The stage in process, with its sample event, on the embedded engine and a stand-in of its provider.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::{Asked, StandIn, event, within_budget};
use identity::{
    application::Applications,
    evidence::Verdict,
    register::{Loaded, Register},
    stage::{Outcome, Task},
    testing::file,
};
use kernel::{Secret, Timestamp};
use providers::{
    ama::{Ama, Credentials},
    gmc::Doctor,
    nppes::Nppes,
    rpps::Rpps,
};
use serde_json::json;
use table::testing::Engine;
use verify_licence::App;

#[tokio::test]
async fn the_provider_is_asked_once_however_often_the_stage_is_run() {
    let engine = Engine::start().await;
    let practitioner = json!({
        "id": "003-1", "active": true, "identifier": [{"value": "10001234567"}],
        "name": [{"family": "EXAMPLE", "given": ["ADA"]}],
    });
    let bundle = json!({"resourceType": "Bundle", "entry": [{"resource": practitioner}]}).to_string();
    let provider = StandIn::start(move |_| (200, bundle.clone())).await;
    let store = Applications::new(engine.table.clone());
    let application = file(&store, "ada", Timestamp::UNIX_EPOCH).await;
    let client = providers::client().expect("a client");
    let app = App {
        store,
        ama: Ama::new(
            client.clone(),
            provider.url.clone(),
            Credentials {
                client_id: "id".to_owned(),
                client_secret: Secret::new("secret"),
                source_system: "curbside".to_owned(),
            },
        ),
        nppes: Nppes::new(client.clone(), provider.url.clone()),
        register: Register::new(engine.table.clone()),
        rpps: Rpps::new(client, provider.url.clone(), Secret::new("key")),
    };
    let task = || {
        let sample = event("identity/verify-licence/task").to_string();
        let sample = sample.replace("appl_01JD2V5Q0M8RZ6T3W9X4Y7B1CE", &application.id.to_string());
        serde_json::from_str::<Task>(&sample).expect("a task")
    };
    for _ in 0..2 {
        // The directory knows neither the year of birth nor that of graduation.
        assert_eq!(app.handle(task()).await.expect("an outcome"), Outcome { verdict: Verdict::Refer });
    }
    let asked = provider.asked();
    assert_eq!(asked.len(), 1, "a paid call was made twice");
    let kept = engine.snapshot().await.into_iter().find(|row| row.contains("EVIDENCE#")).expect("evidence");
    assert!(kept.contains("year_unconfirmed") && !kept.contains("EXAMPLE"), "{kept}");
}

const NPI: &str = "1234567893";

/// The sample's applicant as one of another country, and what providers answer about her.
async fn applicant(
    engine: &Engine,
    (country, number, npi): (&str, &str, Option<&str>),
    answer: impl Fn(&Asked) -> (u16, String) + Clone + Send + Sync + 'static,
) -> (App, Task, StandIn) {
    let provider = StandIn::start(answer).await;
    let store = Applications::new(engine.table.clone());
    let before = file(&store, "ada", Timestamp::UNIX_EPOCH).await;
    let mut after = before.clone();
    after.claim.country = country.parse().expect("a country");
    after.claim.licence.number = number.parse().expect("a number");
    after.claim.licence.npi = npi.map(|npi| npi.parse().expect("a line"));
    store.correct(&before, &after, &[], Timestamp::UNIX_EPOCH).await.expect("corrected");
    let client = providers::client().expect("a client");
    let credentials = Credentials {
        client_id: "id".to_owned(),
        client_secret: Secret::new("secret"),
        source_system: "curbside".to_owned(),
    };
    let app = App {
        store,
        ama: Ama::new(client.clone(), provider.url.clone(), credentials),
        nppes: Nppes::new(client.clone(), provider.url.clone()),
        register: Register::new(engine.table.clone()),
        rpps: Rpps::new(client, provider.url.clone(), Secret::new("key")),
    };
    (app, Task { application: before.id }, provider)
}

/// A physician of the United States.
async fn american(
    engine: &Engine,
    answer: impl Fn(&Asked) -> (u16, String) + Clone + Send + Sync + 'static,
) -> (App, Task, StandIn) {
    applicant(engine, ("US", "123456", Some(NPI)), answer).await
}

#[tokio::test]
async fn a_doctor_of_the_united_kingdom_is_looked_up_in_the_loaded_register_if_it_is_fresh() {
    let doctor = Doctor {
        number: "1234567".to_owned(),
        family_name: "Example".to_owned(),
        given_name: "Ada".to_owned(),
        qualified: Some(1995),
        registered_on: Some("1996-07-05".parse().expect("a day")),
        status: "Registered with Licence".to_owned(),
        findings: Vec::new(),
    };
    let today = edge::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let long_ago = "2020-01-01".parse().expect("a day");
    for (listed, loaded, verdict) in [
        (Some(&doctor), today, Verdict::Pass),
        (None, today, Verdict::Fail),
        (Some(&doctor), long_ago, Verdict::Refer),
    ] {
        let engine = Engine::start().await;
        let nobody = |_: &Asked| (500, String::new());
        let (app, task, provider) = applicant(&engine, ("GB", "1234567", None), nobody).await;
        app.register.write(listed.cloned().as_slice(), loaded).await.expect("written");
        app.register.note(Loaded { full: loaded, read: loaded }).await.expect("noted");
        engine.calls.take();
        assert_eq!(app.handle(task).await.expect("an outcome").verdict, verdict, "{listed:?}");
        within_budget("verify-licence, of a loaded register", engine.calls.take());
        assert!(provider.asked().is_empty());
    }
}

#[tokio::test]
async fn a_country_without_a_source_is_a_reviewers_and_costs_no_call() {
    let engine = Engine::start().await;
    let nobody = |_: &Asked| (500, String::new());
    let (app, task, provider) = applicant(&engine, ("DE", "anything", None), nobody).await;
    engine.calls.take();
    assert_eq!(app.handle(task).await.expect("an outcome").verdict, Verdict::Refer);
    within_budget("verify-licence", engine.calls.take());
    assert!(provider.asked().is_empty());
    let kept = engine.snapshot().await.into_iter().find(|row| row.contains("EVIDENCE#")).expect("evidence");
    assert!(kept.contains("no_register") && kept.contains("document"), "{kept}");
}

fn registry() -> (u16, String) {
    let basic = json!({"first_name": "ADA", "last_name": "EXAMPLE", "status": "A"});
    let hit = json!({"number": NPI, "enumeration_type": "NPI-1", "basic": basic});
    (200, json!({"result_count": 1, "results": [hit]}).to_string())
}

fn profile() -> (u16, String) {
    let xml = "<full_profile><demographics><firstName>Ada</firstName><lastName>Example</lastName>\
        <birthDate>19700131</birthDate></demographics><licenses><licenseStatusDescription>Active\
        </licenseStatusDescription></licenses><npi><npiCode>1234567893</npiCode></npi></full_profile>";
    (200, xml.to_owned())
}

fn association(asked: &Asked, search: impl Fn(&serde_json::Value) -> bool) -> (u16, String) {
    match asked.what.as_str() {
        what if what.contains("/api/") => registry(),
        what if what.ends_with("/token") => (200, json!({"access_token": "t"}).to_string()),
        what if what.ends_with("/search") => {
            if search(&asked.json()) {
                (200, json!({"entity_id": 7}).to_string())
            } else {
                (204, String::new())
            }
        }
        _ => profile(),
    }
}

#[tokio::test]
async fn a_slip_in_the_number_is_found_by_name_and_is_a_persons_decision() {
    let engine = Engine::start().await;
    let (app, task, provider) = american(&engine, |asked| {
        let (status, body) = association(asked, |search| search["last_name"] == "Example");
        (status, body.replace("<npiCode>1234567893", "<npiCode>1000000004"))
    })
    .await;
    assert_eq!(app.handle(task).await.expect("an outcome").verdict, Verdict::Refer);
    let kept = engine.snapshot().await.into_iter().find(|row| row.contains("EVIDENCE#")).expect("evidence");
    assert!(kept.contains("number_mismatch"), "{kept}");
    let asked: Vec<String> = provider.asked().into_iter().map(|one| one.what).collect();
    let (registry, searches) = (&asked[0], asked.iter().filter(|what| what.ends_with("/search")).count());
    assert!(registry.contains("/api/") && searches == 2, "{asked:?}");
}

#[tokio::test]
async fn an_unknown_physician_fails_and_a_busy_provider_costs_no_paid_call() {
    let engine = Engine::start().await;
    let (app, task, _) = american(&engine, |asked| association(asked, |_| false)).await;
    assert_eq!(app.handle(task).await.expect("an outcome").verdict, Verdict::Fail);

    let engine = Engine::start().await;
    let (app, task, provider) = american(&engine, |_| (429, String::new())).await;
    assert!(app.handle(task).await.is_err(), "the workflow comes back");
    assert!(!provider.asked().iter().any(|one| one.what.ends_with("/search")), "the paid source was asked");

    let engine = Engine::start().await;
    let (app, task, _) = american(&engine, |asked| {
        if asked.what.contains("/api/") { (503, String::new()) } else { association(asked, |_| true) }
    })
    .await;
    assert_eq!(app.handle(task).await.expect("an outcome").verdict, Verdict::Refer, "unchecked is a doubt");
}

#[tokio::test]
async fn a_profile_that_is_not_given_out_at_once_is_asked_for_again_and_its_search_paid_once() {
    let engine = Engine::start().await;
    let busy = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = busy.clone();
    let (app, task, provider) = american(&engine, move |asked| {
        let full = asked.what.contains("/full/");
        if full && counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            return (429, String::new());
        }
        association(asked, |_| true)
    })
    .await;
    assert_eq!(app.handle(task).await.expect("an outcome").verdict, Verdict::Pass);
    let searches = provider.asked().iter().filter(|one| one.what.ends_with("/search")).count();
    assert_eq!(searches, 1, "the search was paid twice");

    let engine = Engine::start().await;
    let (app, task, _) = american(&engine, |asked| {
        if asked.what.contains("/full/") { (503, String::new()) } else { association(asked, |_| true) }
    })
    .await;
    assert_eq!(app.handle(task).await.expect("an outcome").verdict, Verdict::Indeterminate);
}
