//! An application as tests need one.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use kernel::{
    Secret, Timestamp,
    id::{ApplicationId, MemberId},
};
use table::{OnceKey, Stored, Table};

use crate::{
    application::{Application, Applications, Claim, Decisions, Status},
    member::{Activation, Link},
    unique::UniqueKey,
};

/// The claim of the sample request.
const SUBMITTED: &str = include_str!("../../../events/identity/applications/submit.json");

/// Files the sample's application for a person. `ada` is who the sample says; anybody else has a name and a
/// licence of their own.
///
/// # Panics
/// When the sample is no application, or the person has one.
pub async fn file(store: &Applications, subject: &str, now: Timestamp) -> Application {
    let application = sample(subject, now);
    submit(store, &application).await;
    application
}

/// Files an application.
///
/// # Panics
/// When the person has one.
pub async fn submit(store: &Applications, application: &Application) {
    let Application { id, subject, submitted_at, .. } = application;
    let once = OnceKey::new(subject, &id.to_string(), String::new(), *submitted_at);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    let tries = store.tries(subject).await.expect("a read");
    store.submit(application, &tries, &once, &stored).await.expect("filed");
}

/// The sample's application as that of a person.
///
/// # Panics
/// When the sample is no application.
pub fn sample(subject: &str, now: Timestamp) -> Application {
    let sample: serde_json::Value = serde_json::from_str(SUBMITTED).expect("a sample event");
    let body = sample.get("body").and_then(serde_json::Value::as_str).expect("a body");
    let mut body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let agreements = body.get_mut("consents").and_then(serde_json::Value::as_array_mut).expect("consents");
    for agreement in agreements {
        agreement.as_object_mut().expect("an agreement").insert("at".to_owned(), now.to_string().into());
    }
    let mut claim: Claim = serde_json::from_value(body).expect("a claim");
    if subject != "ada" {
        claim.person.given_name = subject.parse().expect("a name");
        claim.licence.number = format!("L{subject}").parse().expect("a number");
    }
    Application {
        id: ApplicationId::at(now),
        subject: subject.to_owned(),
        email: format!("{subject}@example.org"),
        claim,
        revision: 1,
        status: Status::Verifying,
        reasons: Vec::new(),
        notes: Vec::new(),
        asked: None,
        asked_at: None,
        approved_by: None,
        appeal: None,
        corrections: Vec::new(),
        returns: Vec::new(),
        suspended_at: None,
        held: None,
        submitted_at: now,
        decided_at: None,
        decided_by: None,
    }
}

/// The store of decisions, with a key of its own.
#[must_use]
pub fn decisions(table: &Table) -> Decisions {
    Decisions::new(table.clone(), UniqueKey::new(Secret::new("unique")))
}

/// What activates a person as a new member.
pub fn activation(subject: &str, now: Timestamp) -> Activation {
    let link = Link { to_member: "sealed one way".to_owned(), to_person: "sealed the other".to_owned() };
    let (subject, member) = (subject.to_owned(), MemberId::random());
    Activation { subject, member, link: Some(link), now, due: now }
}
