//! From a verified person to a member: a screen name, a random id, and a sealed link.

mod persona;
mod release;
mod store;

use kernel::{
    Timestamp,
    id::{ApplicationId, MemberId},
    session::Clinician,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::reason::Reason;

pub use persona::{Persona, REAL_NAME_CONSENT};
pub(crate) use release::left as release_left;
pub use release::{Releases, due};
pub use store::{Counted, Members, Standing};

/// What was verified of a person. It can expire; the persona cannot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CredentialRow {
    /// The application by which it was verified.
    pub(crate) application: ApplicationId,
    pub(crate) clinician: Clinician,
    /// The legal name, given name first.
    pub(crate) name: String,
    pub(crate) since: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) suspended: Option<Suspension>,
    /// Where its licence and person are held.
    #[serde(default)]
    pub(crate) unique: Vec<String>,
}

/// Why a member may read and not write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suspension {
    /// The application to appeal for, at `POST /applications/{application}/appeal`.
    pub application: ApplicationId,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Since when.
    pub since: Timestamp,
    /// Until when an appeal is taken. Afterwards the verification has expired, and it takes a new one.
    pub until: Timestamp,
}

/// A member about to be made.
#[derive(Debug, Clone)]
pub struct Activation {
    /// The user pool's id of the person.
    pub subject: String,
    /// The pseudonym.
    pub member: MemberId,
    /// The link, sealed; nothing for staff who were linked at their first session.
    pub link: Option<Link>,
    /// When.
    pub now: Timestamp,
    /// From when on the community may learn of it.
    pub due: Timestamp,
}

/// Both ends of a link between a person and a member.
#[derive(Debug, Clone)]
pub struct Link {
    /// The member id, sealed for the person.
    pub to_member: String,
    /// The person, sealed for the member id.
    pub to_person: String,
}
