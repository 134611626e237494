//! The function in process, with sample events, on the embedded engine: who is written to, and what a mail
//! service that refuses changes.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use contact::{App, Mailer, Segments};
use edge::{
    queue::{Batch, Failures, Record},
    testing::{Asked, StandIn, batch},
};
use identity::{
    application::{Application, Applications, Decision, Status},
    contact::{Contacts, Morning},
    link::LinkKey,
    member::{Activation, Link, Members},
    testing::{decisions, file},
};
use kernel::{
    Secret, Timestamp,
    id::{ApplicationId, MemberId},
};
use serde_json::json;
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// The member of the sample events.
fn author() -> MemberId {
    "mbr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("a member")
}

/// Key, queue and mail service in one; the first mails are answered with these statuses.
fn services(mails: &'static [u16]) -> impl Fn(&Asked) -> (u16, String) + Clone + Send + Sync + 'static {
    let sent = Arc::new(AtomicUsize::new(0));
    move |asked| match asked.what.as_str() {
        // The seal of this test is the plain text: what it leads to is all that matters here.
        "Decrypt" => (200, json!({"Plaintext": asked.json()["CiphertextBlob"]}).to_string()),
        "SendMessage" => (200, json!({"MessageId": "1"}).to_string()),
        _ => match mails.get(sent.fetch_add(1, Ordering::SeqCst)).copied().unwrap_or(200) {
            200 => (200, json!({"MessageId": "1"}).to_string()),
            429 => (429, json!({"__type": "TooManyRequestsException"}).to_string()),
            500 => (500, json!({"__type": "InternalFailure"}).to_string()),
            status => (status, json!({"__type": "MessageRejected"}).to_string()),
        },
    }
}

async fn app(engine: &Engine, mails: &'static [u16]) -> (App, StandIn) {
    let service = StandIn::start(services(mails)).await;
    let store = Applications::new(engine.table.clone());
    let members = Members::new(engine.table.clone());
    for (number, subject) in ["ada", "bea", "cyd"].into_iter().enumerate() {
        let application = file(&store, subject, NOW).await;
        decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
        let activation = Activation {
            subject: subject.to_owned(),
            member: if number == 0 { author() } else { MemberId::random() },
            // The base64 of the person: what the stand-in opens it to.
            link: Some(Link {
                to_member: "sealed".to_owned(),
                to_person: ["YWRh", "YmVh", "Y3lk"][number].to_owned(),
            }),
            now: NOW,
            due: NOW,
        };
        let name = format!("name-{subject}").parse().expect("a name");
        members.activate(&activation, &name, application.claim.clinician()).await.expect("a member");
    }
    let app = App {
        applications: Applications::new(engine.table.clone()),
        contacts: Contacts::new(engine.table.clone(), Secret::new("claims")),
        members,
        links: LinkKey::new(&service.aws, "link".to_owned()),
        mailer: Mailer::new(&service.aws, "notices@curbside.example".to_owned()),
        segments: Segments::new(&service.aws, format!("{}/queue", service.url)),
        morning: Morning { from: 8, to: 18 },
    };
    (app, service)
}

/// Whom the mail service was asked to write to.
fn written_to(asked: &[Asked]) -> Vec<String> {
    let mails = asked.iter().filter(|one| one.what.ends_with("/outbound-emails"));
    mails
        .map(|mail| mail.json()["Destination"]["ToAddresses"][0].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// The queue's messages as the batches they come back in.
fn queued(asked: &[Asked]) -> Vec<Batch> {
    let sent = asked.iter().filter(|one| one.what == "SendMessage");
    sent.map(|one| json!({"Records": [{"messageId": "1", "body": one.json()["MessageBody"]}]}))
        .map(|batch| serde_json::from_value(batch).expect("a batch"))
        .collect()
}

#[tokio::test]
async fn a_notice_for_one_member_is_mailed_once_without_a_word_of_what() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, &[]).await;
    let told = batch("identity/contact/notice_requested");
    for _ in 0..2 {
        assert_eq!(app.handle(told.clone(), NOW).await.expect("handled"), Failures::default());
    }
    let asked = service.asked();
    assert_eq!(written_to(&asked), ["ada@example.org"]);
    assert!(!asked.iter().any(|one| String::from_utf8_lossy(&one.body).contains("case_")));
}

#[tokio::test]
async fn a_broadcast_reaches_all_but_the_author_and_its_queue_names_no_person() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, &[]).await;
    let mut told = batch("identity/contact/notice_requested");
    let audience = json!({"to": "specialty", "specialty": "cardiology", "except": author()}).to_string();
    for record in &mut told.records {
        let mut event: serde_json::Value = serde_json::from_str(&record.body).expect("an event");
        *event.pointer_mut("/detail/body/audience").expect("an audience") =
            serde_json::from_str(&audience).expect("JSON");
        record.body = event.to_string();
    }
    assert_eq!(app.handle(told, NOW).await.expect("handled"), Failures::default());
    let segments = queued(&service.asked());
    assert_eq!(segments.len(), 16);
    assert!(!format!("{segments:?}").contains("ada"), "the queue names the author");
    for segment in segments.iter().chain(&segments) {
        assert_eq!(app.handle(segment.clone(), NOW).await.expect("handled"), Failures::default());
    }
    let mut reached = written_to(&service.asked());
    reached.sort();
    assert_eq!(reached, ["bea@example.org", "cyd@example.org"]);
}

#[tokio::test]
async fn a_broadcast_that_can_wait_comes_in_the_morning_of_where_somebody_lives() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, &[]).await;
    let told = |audience: &serde_json::Value| {
        let mut told = batch("identity/contact/notice_requested");
        for record in &mut told.records {
            let mut event: serde_json::Value = serde_json::from_str(&record.body).expect("an event");
            event["detail"]["body"] = json!({"kind": "poll", "audience": {"to": "members", "of": audience}});
            record.body = event.to_string();
        }
        told
    };
    // Of the waves, the one that has France: there all three live.
    let french = |asked: &[Asked]| -> Vec<(Batch, serde_json::Value, i64)> {
        asked
            .iter()
            .filter(|one| one.what == "SendMessage" && String::from_utf8_lossy(&one.body).contains("FR"))
            .map(|one| {
                let body = one.json();
                let wave =
                    serde_json::from_str(body["MessageBody"].as_str().expect("a message")).expect("JSON");
                let batch = json!({"Records": [{"messageId": "1", "body": body["MessageBody"]}]});
                (
                    serde_json::from_value(batch).expect("a batch"),
                    wave,
                    body["DelaySeconds"].as_i64().unwrap_or(0),
                )
            })
            .collect()
    };
    let night: Timestamp = "2026-11-30T03:00:00Z".parse().expect("a time");
    service.asked();
    let everyone = json!({"to": "everyone"});
    assert_eq!(app.handle(told(&everyone), night).await.expect("handled"), Failures::default());
    let asked = service.asked();
    assert!(written_to(&asked).is_empty(), "a mail in the night");
    let waves = french(&asked);
    let [(wave, sent, delay)] = waves.as_slice() else { panic!("{waves:?}") };
    assert_eq!((&sent["due"], *delay), (&json!("2026-11-30T07:00:00Z"), 900));
    let hours = queued(&asked).len();
    assert!((8..30).contains(&hours), "{hours} waves and segments");
    // It comes back until it is due, and then reaches each once.
    let early: Timestamp = "2026-11-30T06:55:00Z".parse().expect("a time");
    app.handle(wave.clone(), early).await.expect("handled");
    let again = french(&service.asked());
    assert_eq!((again.len(), again[0].2), (1, 300));
    let morning: Timestamp = "2026-11-30T07:00:00Z".parse().expect("a time");
    app.handle(again[0].0.clone(), morning).await.expect("handled");
    let segments = french(&service.asked());
    assert!((1..=3).contains(&segments.len()), "one for each shard that has somebody: {}", segments.len());
    for (segment, _, _) in segments.iter().chain(&segments) {
        assert_eq!(app.handle(segment.clone(), morning).await.expect("handled"), Failures::default());
    }
    assert_eq!(written_to(&service.asked()).len(), 3);

    // By day it comes at once, to its audience alone.
    let day: Timestamp = "2026-11-30T10:00:00Z".parse().expect("a time");
    for (audience, expected) in [
        (json!({"to": "countries", "countries": ["FR"]}), true),
        (json!({"to": "countries", "countries": ["DE"]}), false),
        (json!({"to": "professions", "professions": ["nurse"]}), false),
        (json!({"to": "professions", "professions": ["nurse", "physician"]}), true),
    ] {
        app.handle(told(&audience), day).await.expect("handled");
        for (segment, _, _) in french(&service.asked()) {
            app.handle(segment, day).await.expect("handled");
        }
        assert_eq!(written_to(&service.asked()).len(), if expected { 3 } else { 0 }, "{audience}");
    }
}

#[tokio::test]
async fn a_mail_that_was_not_taken_is_sent_later_and_a_refused_one_holds_nobody_up() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, &[429]).await;
    let told = batch("identity/contact/notice_requested");
    let failures = app.handle(told.clone(), NOW).await.expect("handled");
    assert_eq!(failures.batch_item_failures.len(), 1, "the throttled mail was given up");
    service.asked();
    assert_eq!(app.handle(told, NOW).await.expect("handled"), Failures::default());
    assert_eq!(written_to(&service.asked()), ["ada@example.org"]);

    // An answer that is lost: the mail may have been sent, so it is not sent again.
    let engine = Engine::start().await;
    let (app, service) = self::app(&engine, &[500]).await;
    let told = batch("identity/contact/notice_requested");
    assert_eq!(app.handle(told.clone(), NOW).await.expect("handled").batch_item_failures.len(), 1);
    service.asked();
    assert_eq!(app.handle(told, NOW).await.expect("handled"), Failures::default());
    assert!(written_to(&service.asked()).is_empty(), "a second mail");

    let engine = Engine::start().await;
    let (app, service) = self::app(&engine, &[400]).await;
    for shard in 0..16 {
        let mut told = batch("identity/contact/segment");
        for record in &mut told.records {
            record.body = record.body.replace("\"shard\": 3", &format!("\"shard\": {shard}"));
        }
        assert_eq!(app.handle(told, NOW).await.expect("handled"), Failures::default());
    }
    assert_eq!(written_to(&service.asked()).len(), 3, "one was refused, and two more were written to");
}

#[tokio::test]
async fn applicants_are_told_of_news_once_and_of_a_lapse_in_other_words() {
    let engine = Engine::start().await;
    let (app, service) = app(&engine, &[]).await;
    let store = Applications::new(engine.table.clone());
    let told = |id: ApplicationId| {
        let sample = batch("identity/contact/application_moved");
        let text = serde_json::to_string(&sample.records[0].body).expect("JSON");
        let text = text.replace("appl_01JD2V5Q0M8RZ6T3W9X4Y7B1CE", &id.to_string());
        let body = serde_json::from_str(&text).expect("a body");
        Batch { records: vec![Record { body, ..sample.records[0].clone() }] }
    };
    let subjects = |asked: Vec<Asked>| {
        let subject = |one: Asked| one.json().pointer("/Content/Simple/Subject/Data").cloned();
        asked.into_iter().filter_map(subject).collect::<Vec<_>>()
    };
    let dee = file(&store, "dee", NOW).await;
    service.asked();
    assert_eq!(app.handle(told(dee.id), NOW).await.expect("handled"), Failures::default());
    assert!(subjects(service.asked()).is_empty(), "there is no news while it is verified");
    decisions(&engine.table).decide(&dee, Decision::Refuse(Vec::new()), NOW).await.expect("refused");
    let news = told(dee.id);
    for _ in 0..2 {
        assert_eq!(app.handle(news.clone(), NOW).await.expect("handled"), Failures::default());
    }
    assert_eq!(subjects(service.asked()), ["There is news of your application"]);
    let eve = file(&store, "eve", NOW).await;
    let suspended = Application { status: Status::Suspended, ..eve.clone() };
    store.replace(&eve, &suspended).await.expect("suspended");
    app.handle(told(eve.id), NOW).await.expect("handled");
    assert_eq!(subjects(service.asked()), ["There is news of your membership"]);
}
