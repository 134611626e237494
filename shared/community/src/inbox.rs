//! The inbox: a member's own notices, and broadcasts that are kept once for all whom they concern.

mod store;

pub use contracts::community::NoticeKind;
use kernel::{
    Timestamp,
    id::{CaseId, NoticeId, PollId, ReviewId},
};
use serde::{Deserialize, Serialize};

pub use store::{Inbox, Page, Reader};

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its id: it sorts by time.
    pub id: NoticeId,
    /// What it tells of.
    pub kind: NoticeKind,
    /// The case it concerns.
    #[serde(default)]
    pub case: Option<CaseId>,
    /// The poll it concerns.
    #[serde(default)]
    pub poll: Option<PollId>,
    /// The review it concerns.
    #[serde(default)]
    pub review: Option<ReviewId>,
    /// When it was made.
    pub at: Timestamp,
}
