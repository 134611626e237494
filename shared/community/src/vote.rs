//! Courses of action, and the members' votes for them: one vote a member, changeable until the case
//! is closed.

mod store;

use kernel::{
    Timestamp,
    id::{CourseId, MemberId, ReviewId},
    text::Passage,
};
use serde::{Deserialize, Serialize};

pub(crate) use store::key;
pub use store::{Context, Mine, Votes};

/// The most courses of action that a case may have.
pub const MOST_COURSES: u32 = 20;

/// The most courses of action that one member proposes for a case.
pub const MOST_OWN_COURSES: i64 = 3;

/// A course of action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Its id.
    pub id: CourseId,
    /// Who proposed it.
    pub proposer: MemberId,
    /// What to do.
    pub text: Passage,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// The review that hides it.
    #[serde(default)]
    pub hidden: Option<ReviewId>,
}
