//! What observers may read: published cases and discussions, without members.

mod store;

use contracts::community::{Byline, ContributionKind};
use kernel::{
    Specialty, Timestamp,
    id::{CaseId, ContributionId},
};
use serde::{Deserialize, Serialize};

pub use store::{Act, Conversation, Page, Projection};

/// A published case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedCase {
    /// The case.
    pub id: CaseId,
    /// The specialty it is addressed to.
    pub specialty: Specialty,
    /// Who wrote it.
    pub byline: Byline,
    /// The title.
    pub title: String,
    /// The history.
    pub history: String,
    /// The findings.
    pub findings: String,
    /// The question.
    pub question: String,
    /// When it was published.
    pub published_at: Timestamp,
}

/// A published contribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedContribution {
    /// The contribution.
    pub id: ContributionId,
    /// What it replies to.
    #[serde(default)]
    pub parent: Option<ContributionId>,
    /// Its kind.
    pub kind: ContributionKind,
    /// Who wrote it.
    pub byline: Byline,
    /// The text.
    pub text: String,
    /// When it was published.
    pub published_at: Timestamp,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The outcome.
    pub outcome: String,
    /// What was accepted.
    #[serde(default)]
    pub accepted: Option<ContributionId>,
    /// When.
    pub closed_at: Timestamp,
}
