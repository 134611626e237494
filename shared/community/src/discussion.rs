//! The discussion of a case: follow-up questions, advice, replies, and corroborations of advice.

mod store;

pub use contracts::community::ContributionKind;
use kernel::{
    Timestamp,
    id::{CaseId, ContributionId, MemberId, MessageId, ReviewId},
    session::Clinician,
    text::Passage,
};
use serde::{Deserialize, Serialize};

use crate::{CommunityError, case::Case};
pub(crate) use store::key;
pub use store::{Discussion, Thread};

/// A contribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Its id.
    pub id: ContributionId,
    /// The case.
    pub case: CaseId,
    /// What it replies to.
    #[serde(default)]
    pub parent: Option<ContributionId>,
    /// Its kind.
    pub kind: ContributionKind,
    /// Its author.
    pub author: MemberId,
    /// What was verified of its author when they wrote it.
    pub clinician: Clinician,
    /// The text.
    pub text: Passage,
    /// How many colleagues corroborated it.
    #[serde(default)]
    pub corroborations: u64,
    /// When it was written.
    pub created_at: Timestamp,
    /// The review that hides it.
    #[serde(default)]
    pub hidden: Option<ReviewId>,
    /// The message that carried its text.
    #[serde(default)]
    pub published_as: Option<MessageId>,
}

impl Contribution {
    /// Whether this is the first advice that a colleague gives on the case.
    pub fn is_first_answer(&self, case: &Case) -> bool {
        self.kind == ContributionKind::Advice && case.first_answer_at.is_none() && self.author != case.author
    }

    /// Checks that it may be added to a case: authors do not advise themselves.
    ///
    /// # Errors
    /// When it is the author's advice on their own case.
    pub fn may_be_added_to(&self, case: &Case) -> Result<(), CommunityError> {
        if self.kind == ContributionKind::Advice && self.author == case.author {
            Err(CommunityError::OwnCase)
        } else {
            Ok(())
        }
    }

    /// Checks that `by` may corroborate it.
    ///
    /// # Errors
    /// When it is their own.
    pub fn may_be_corroborated(&self, by: MemberId) -> Result<(), CommunityError> {
        if self.author == by { Err(CommunityError::OwnContribution) } else { Ok(()) }
    }
}
