//! What identity tells: that somebody may take part. Never who.

use kernel::{
    id::{ApplicationId, MemberId},
    session::Clinician,
};
use serde::{Deserialize, Serialize};

use crate::messages;

/// A verified clinician took a screen name and joined, or was verified as something else than before: the later one holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberActivated {
    /// The pseudonym.
    pub member: MemberId,
    /// The name that others see.
    pub screen_name: String,
    /// What was verified.
    pub clinician: Clinician,
    /// Which of these of the member it is, from 1.
    #[serde(default)]
    pub revision: i64,
}

/// A member is shown under another name from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberShown {
    /// The pseudonym.
    pub member: MemberId,
    /// The screen name.
    pub screen_name: String,
    /// The legal name, as long as the member consents to appear under it.
    pub real_name: Option<String>,
    /// Which of the member's appearances this is: a later one holds, in whatever order they arrive.
    pub revision: i64,
}

/// A member left for good: their link to a person is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLeft {
    /// The pseudonym.
    pub member: MemberId,
}

/// An application was submitted. It starts the zone's own workflow and concerns nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationSubmitted {
    /// The application.
    pub application: ApplicationId,
}

/// An application stands elsewhere than before: something is asked of the applicant, it was decided, suspended,
/// withdrawn, erased. Whoever acts upon it reads where it stands. It concerns nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationMoved {
    /// The application.
    pub application: ApplicationId,
}

messages!("curbside.identity":
    MemberActivated = "identity.member_activated.v1",
    MemberLeft = "identity.member_left.v1",
    MemberShown = "identity.member_shown.v1",
    ApplicationSubmitted = "identity.application_submitted.v1",
    ApplicationMoved = "identity.application_moved.v1",
);
