//! An application as its applicant sees it.

use identity::{
    application::{Application, Status},
    reason::Reason,
};
use kernel::{Timestamp, id::ApplicationId};
use serde::Serialize;
use utoipa::ToSchema;

/// Where an application stands, and what the applicant can do next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationView {
    /// Its id.
    pub id: ApplicationId,
    /// Where it stands.
    pub status: Status,
    /// Why, where there is something to explain.
    pub reasons: Vec<Reason>,
    /// What to do next.
    pub next: &'static str,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

impl From<Application> for ApplicationView {
    fn from(application: Application) -> Self {
        Self {
            id: application.id,
            status: application.status,
            reasons: application.reasons,
            next: match application.status {
                Status::Verifying => "Wait a minute: the checks are running.",
                Status::InReview => "Wait for a reviewer; you will find the decision here.",
                Status::Approved => {
                    "Take a screen name at PUT /membership, then get a session at POST /sessions."
                }
                Status::Refused => "Correct what the reasons name and apply again at POST /applications.",
            },
            submitted_at: application.submitted_at,
            decided_at: application.decided_at,
        }
    }
}
