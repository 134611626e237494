//! The discussion under a poll, by screen name. It stands apart from the ballots: who says something here says nothing
//! of whether or how they voted, but for what they write.

mod store;

use kernel::{
    Timestamp,
    id::{CommentId, MemberId, PollId, ReviewId},
    session::Clinician,
    text::Passage,
};
use serde::{Deserialize, Serialize};

pub(crate) use store::key;
pub use store::{Comments, Thread};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The poll.
    pub poll: PollId,
    /// What it replies to.
    #[serde(default)]
    pub parent: Option<CommentId>,
    /// Its author.
    pub author: MemberId,
    /// What was verified of its author when they wrote it.
    pub clinician: Clinician,
    /// The text.
    pub text: Passage,
    /// When it was written.
    pub created_at: Timestamp,
    /// The review that hides it.
    #[serde(default)]
    pub hidden: Option<ReviewId>,
}
