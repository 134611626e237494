//! The loading of the register in process, with its sample event, on the embedded engine and a stand-in of the
//! place where the files are.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::{Asked, StandIn, event};
use identity::{
    application::{Applications, Decision, Status},
    member::Members,
    person::{Leaver, People},
    register::Register,
    testing::{decisions, sample, submit},
};
use jiff::civil::Date;
use kernel::{Secret, Timestamp};
use providers::gmc::Gmc;
use registers::{App, Call, Done};
use table::testing::Engine;

const HEADER: &str = "GMC Ref No,Surname,Given Name,Year Of Qualification,PR Date,FR Date,Registration Status,\
    FtP Conditions Exist,FtP Undertakings Exist,FtP Warnings Exist";

fn line(number: u32, status: &str) -> String {
    format!("{number},Example,Ada,1995,,05071996,{status},N,N,N")
}

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn at(day: &str) -> Timestamp {
    format!("{day}T05:00:00Z").parse().expect("a time")
}

async fn app(
    engine: &Engine,
    files: impl Fn(&Asked) -> (u16, String) + Clone + Send + Sync + 'static,
) -> App {
    let place = StandIn::start(files).await;
    let client = providers::patient_client().expect("a client");
    let gmc = Gmc::new(client, place.url.clone(), Secret::new("key"));
    App { store: Register::new(engine.table.clone()), decisions: decisions(&engine.table), gmc }
}

fn daily() -> Call {
    serde_json::from_value(event("identity/registers/daily")).expect("a call")
}

fn files(asked: &Asked) -> (u16, String) {
    match asked.what.as_str() {
        "GET /full.csv" => {
            let all: String =
                (0..250).map(|one| line(1_000_000 + one, "Registered with Licence") + "\n").collect();
            (200, format!("{HEADER}\n{all}"))
        }
        "GET /delta-2026-11-21.csv" => (200, format!("{HEADER}\n{}\nbroken\n", line(1_000_001, "Suspended"))),
        "GET /delta-2026-11-22.csv" => {
            (200, format!("{HEADER}\n{}\n", line(2_000_000, "Registered with Licence")))
        }
        _ => (404, String::new()),
    }
}

#[tokio::test]
async fn the_full_file_is_loaded_first_and_then_the_deltas_of_every_day() {
    let engine = Engine::start().await;
    let app = app(&engine, files).await;
    assert!(
        !app.store.find("1000000", day("2026-11-20")).await.expect("an entry").fresh,
        "nothing was loaded"
    );
    let first = app.handle(daily(), at("2026-11-20")).await.expect("loaded");
    assert_eq!(first, Done { doctors: 250, ..Done::default() });
    let entry = app.store.find("1000249", day("2026-11-20")).await.expect("an entry");
    assert!(entry.fresh && entry.doctor.expect("a doctor").record(day("2026-11-20")).active);

    let third = app.handle(daily(), at("2026-11-22")).await.expect("loaded");
    assert_eq!(third, Done { doctors: 2, unreadable: 1, ..Done::default() });
    let status = async |number: &str| {
        let entry = app.store.find(number, day("2026-11-22")).await.expect("an entry");
        entry.doctor.map(|doctor| doctor.status)
    };
    assert_eq!(status("1000001").await.as_deref(), Some("Suspended"));
    assert_eq!(status("2000000").await.as_deref(), Some("Registered with Licence"));
    assert_eq!(status("3000000").await, None);
    let before = engine.snapshot().await;
    app.handle(daily(), at("2026-11-22")).await.expect("loaded again");
    assert_eq!(engine.snapshot().await, before, "the same day twice changed something");

    app.handle(daily(), at("2026-11-30")).await.expect("nothing new");
    let stale = app.store.find("1000000", day("2026-11-30")).await.expect("an entry");
    assert!(!stale.fresh, "eight days without a file, however often it was asked for");
    let again = Call { full: true };
    app.handle(again, at("2026-12-01")).await.expect("loaded");
    assert_eq!(status("1000001").await.as_deref(), Some("Suspended"), "an older full file undid a delta");
    app.handle(Call { full: true }, at("2027-02-01")).await.expect("loaded");
    assert_eq!(status("2000000").await, None, "who is not in the full file any more");
}

#[tokio::test]
async fn a_long_gap_loads_the_full_file_and_a_file_that_cannot_be_read_is_an_error() {
    let engine = Engine::start().await;
    let app = app(&engine, files).await;
    app.handle(daily(), at("2026-01-01")).await.expect("loaded");
    assert_eq!(app.handle(daily(), at("2026-11-20")).await.expect("loaded").doctors, 250);

    let other = Engine::start().await;
    let changed = self::app(&other, |_| (200, "Nummer,Name\n1,2\n".to_owned())).await;
    assert!(changed.handle(daily(), at("2026-11-20")).await.is_err());
    let missing = self::app(&other, |_| (404, String::new())).await;
    assert!(missing.handle(daily(), at("2026-11-20")).await.is_err());
    assert!(other.snapshot().await.is_empty());
}

#[tokio::test]
async fn a_member_whose_registration_lapses_is_suspended_once_and_back_when_it_is_renewed() {
    let engine = Engine::start().await;
    let app = app(&engine, |asked| {
        let status = match asked.what.as_str() {
            "GET /delta-2026-11-21.csv" => "Suspended",
            "GET /delta-2026-11-22.csv" | "GET /full.csv" => "Registered with Licence",
            _ => return (404, String::new()),
        };
        (200, format!("{HEADER}\n{}\n", line(7_000_000, status)))
    })
    .await;
    let applications = Applications::new(engine.table.clone());
    let mut application = sample("bea", at("2026-11-19"));
    application.claim.country = "GB".parse().expect("a country");
    application.claim.licence.number = "7000000".parse().expect("a number");
    submit(&applications, &application).await;
    app.decisions.decide(&application, Decision::Approve, at("2026-11-19")).await.expect("approved");
    let status = async || applications.find(application.id).await.expect("a read").expect("one").status;
    let members = Members::new(engine.table.clone());
    let suspension = async |day: &str| members.standing("bea", at(day)).await.expect("a read").suspension;

    app.handle(daily(), at("2026-11-20")).await.expect("loaded");
    assert_eq!(status().await, Status::Approved);
    let lapsed = app.handle(daily(), at("2026-11-21")).await.expect("loaded");
    assert_eq!((lapsed.suspended, lapsed.reinstated), (1, 0));
    assert_eq!(status().await, Status::Suspended);
    assert!(suspension("2026-11-21").await.is_some());
    let verified = async |day: &str| members.standing("bea", at(day)).await.expect("a read").clinician;
    assert!(verified("2026-12-20").await.is_some() && verified("2026-12-25").await.is_none());
    let again = app.handle(daily(), at("2026-11-21")).await.expect("loaded");
    assert_eq!((again.suspended, again.reinstated), (0, 0), "told again");
    let renewed = app.handle(daily(), at("2026-11-22")).await.expect("loaded");
    assert_eq!((renewed.suspended, renewed.reinstated), (0, 1));
    assert_eq!((status().await, suspension("2026-11-22").await), (Status::Approved, None));

    let leaver =
        Leaver { subject: "bea".to_owned(), member: None, now: at("2026-11-22"), due: at("2026-11-22") };
    let erased = People::new(engine.table.clone()).erase(&leaver).await.expect("erased");
    assert_eq!(erased.applications, 1);
    let deaf =
        app.handle(daily(), at("2026-11-22")).await.expect("who was erased keeps nobody from being heard");
    assert_eq!((deaf.suspended, deaf.reinstated), (0, 0));
}
