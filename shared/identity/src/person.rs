//! What a person may ask of the zone: all that it holds of them, the correction of what is wrong, and erasure.

mod store;

use kernel::{Timestamp, id::MemberId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub use store::People;

/// All that the zone holds of a person, apart from what concerns others: who looked or decided, and the sealed
/// link, which is told by the membership beside it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Holdings {
    /// Credential, contact, draft and consents, by their names.
    #[schema(value_type = Object)]
    pub person: serde_json::Map<String, Value>,
    /// Every application, with what its stages found and when reviewers looked at it.
    #[schema(value_type = Vec<Object>)]
    pub applications: Vec<Value>,
}

/// Somebody who is to be erased.
#[derive(Debug, Clone)]
pub struct Leaver {
    /// The user pool's id of the person.
    pub subject: String,
    /// Their pseudonym, if they had one.
    pub member: Option<MemberId>,
    /// When.
    pub now: Timestamp,
    /// From when on the community may learn of it.
    pub due: Timestamp,
}

/// What an erasure took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Erased {
    /// Applications, with their evidence.
    pub applications: usize,
    /// Other rows of the person.
    pub rows: usize,
    /// Whether there was a link to a member, which is gone.
    pub link: bool,
}
