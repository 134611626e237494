//! An application as tests need one.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use kernel::{Timestamp, id::ApplicationId};
use table::{OnceKey, Stored};

use crate::application::{Application, Applications, Status};

/// The claim of the sample request.
const SUBMITTED: &str = include_str!("../../../events/identity/applications/submit.json");

/// Files the sample's application for a person.
///
/// # Panics
/// When the sample is no application, or the person has one.
pub async fn file(store: &Applications, subject: &str, now: Timestamp) -> Application {
    let sample: serde_json::Value = serde_json::from_str(SUBMITTED).expect("a sample event");
    let body = sample.get("body").and_then(serde_json::Value::as_str).expect("a body");
    let application = Application {
        id: ApplicationId::at(now),
        subject: subject.to_owned(),
        email: format!("{subject}@example.org"),
        claim: serde_json::from_str(body).expect("a claim"),
        status: Status::Verifying,
        reasons: Vec::new(),
        submitted_at: now,
        decided_at: None,
        decided_by: None,
    };
    let once = OnceKey::new(subject, &application.id.to_string(), String::new(), now);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    store.submit(&application, &once, &stored).await.expect("filed");
    application
}
