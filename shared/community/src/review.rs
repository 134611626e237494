//! What a moderator is to look at: that a member sees an identifier, that an author says that what was found is none,
//! that an author says that a place was filled wrongly. Each has a trail of who did what, and when.

mod decision;
mod store;

use kernel::{
    Timestamp,
    id::{CaseId, CommentId, ContributionId, CourseId, ImageId, MemberId, NoticeId, PollId, ReviewId},
    text::Text,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CommunityError, case::image::Rectangle};
pub(crate) use store::opened;
pub use store::{Page, Reviews, Seen};

/// What stands in the place of a text that was removed.
pub const REMOVED: &str = "[removed]";

/// A few words of a reason.
pub type Reason = Text<500>;

/// What a review is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Subject {
    /// The text of a case, its outcome included.
    Case {
        /// The case.
        case: CaseId,
    },
    /// An image of a case.
    Image {
        /// The case.
        case: CaseId,
        /// The image.
        image: ImageId,
    },
    /// A contribution to a case.
    Contribution {
        /// The case.
        case: CaseId,
        /// The contribution.
        contribution: ContributionId,
    },
    /// A course of action that was proposed for a case.
    Course {
        /// The case.
        case: CaseId,
        /// The course.
        course: CourseId,
    },
    /// A poll.
    Poll {
        /// The poll.
        poll: PollId,
    },
    /// A comment under a poll.
    Comment {
        /// The poll.
        poll: PollId,
        /// The comment.
        comment: CommentId,
    },
}

/// A place in a text of which its author says that it is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Overridden {
    /// The field that it stands in.
    pub field: String,
    /// What was found.
    pub kind: String,
    /// Where it begins, in characters.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Why it is none.
    pub reason: Reason,
}

/// Why a review was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "cause")]
pub enum Cause {
    /// A member sees an identifier: the subject is hidden until it is decided.
    Identifier {
        /// What they say about it, which is shown to moderators alone.
        note: Option<Reason>,
    },
    /// A member sees an identifier in a poll in which a moderator found none before: it stays meanwhile.
    Repeat {
        /// What they say about it, which is shown to moderators alone.
        note: Option<Reason>,
    },
    /// Its author says that what was found in a text is no identifier.
    Override {
        /// What was found, and why it is none.
        places: Vec<Overridden>,
    },
    /// Its author says that places of an image were filled wrongly.
    Objection {
        /// The places.
        places: Vec<Rectangle>,
        /// Why they say nothing of the patient.
        reason: Reason,
    },
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Waits for a moderator.
    Open,
    /// It is an identifier: every copy was removed. Or an objection holds.
    Confirmed,
    /// It is none: what was hidden is shown again. Or an objection does not hold.
    Dismissed,
}

impl ReviewState {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// What it is of.
    pub subject: Subject,
    /// Whose text or image that is.
    pub author: MemberId,
    /// Why it was opened.
    #[serde(flatten)]
    pub cause: Cause,
    /// Where it stands.
    pub state: ReviewState,
    /// Who opened it.
    pub opened_by: MemberId,
    /// When.
    pub opened_at: Timestamp,
}

impl Review {
    /// A new one.
    pub fn of(subject: Subject, author: MemberId, cause: Cause, by: MemberId, now: Timestamp) -> Self {
        let (id, state) = (ReviewId::at(now), ReviewState::Open);
        Self { id, subject, author, cause, state, opened_by: by, opened_at: now }
    }

    /// One of what an author overrode in a text, if they did.
    pub fn of_overrides(
        subject: Subject,
        author: MemberId,
        places: Vec<Overridden>,
        now: Timestamp,
    ) -> Option<Self> {
        (!places.is_empty()).then(|| Self::of(subject, author, Cause::Override { places }, author, now))
    }

    /// Checks that it waits for a decision.
    ///
    /// # Errors
    /// When it was decided before.
    pub const fn open(&self) -> Result<(), CommunityError> {
        match self.state {
            ReviewState::Open => Ok(()),
            ReviewState::Confirmed | ReviewState::Dismissed => Err(CommunityError::ReviewDecided),
        }
    }
}

/// What was done, for the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Opened, and with it hidden, if it says that there is an identifier.
    Opened,
    /// Reported by somebody else, while it was hidden already.
    Reported,
    /// Looked at by a moderator.
    Looked,
    /// Confirmed.
    Confirmed,
    /// Dismissed.
    Dismissed,
}

/// A line of a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Its id.
    pub id: NoticeId,
    /// What was done.
    pub act: Act,
    /// Who did it.
    pub by: MemberId,
    /// When.
    pub at: Timestamp,
    /// What they say about it, if they reported it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Reason>,
}

impl Trace {
    /// One that says no more.
    pub fn of(act: Act, by: MemberId, at: Timestamp) -> Self {
        Self { id: NoticeId::at(at), act, by, at, note: None }
    }

    /// Whether it is of a report by that member.
    pub fn is_report_by(&self, member: MemberId) -> bool {
        self.by == member && matches!(self.act, Act::Opened | Act::Reported)
    }
}
