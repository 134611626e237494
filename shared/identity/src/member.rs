//! From a verified person to a member: a screen name, a random id, and a sealed link.

mod persona;
mod store;

use kernel::{Timestamp, id::MemberId, session::Clinician};
use serde::{Deserialize, Serialize};

pub use persona::{Persona, REAL_NAME_CONSENT};
pub use store::{Members, Standing};

/// What was verified of a person. It can expire; the persona cannot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CredentialRow {
    pub(crate) clinician: Clinician,
    /// The legal name, given name first.
    pub(crate) name: String,
    pub(crate) since: Timestamp,
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
}

/// Both ends of a link between a person and a member.
#[derive(Debug, Clone)]
pub struct Link {
    /// The member id, sealed for the person.
    pub to_member: String,
    /// The person, sealed for the member id.
    pub to_person: String,
}
