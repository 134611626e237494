//! What a stage of verification found: codes and a verdict, never a provider's raw answer.

use kernel::Timestamp;
use providers::idology::Round;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The three stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Is this person real, and who they say?
    Identity,
    /// Do they hold the licence they claim?
    Licence,
    /// Has their device been here under another name?
    Device,
}

impl Stage {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Licence => "licence",
            Self::Device => "device",
        }
    }
}

/// What a stage concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Verified.
    Pass,
    /// Plainly not so.
    Fail,
    /// For the applicant to settle, by answering questions.
    Ask,
    /// For a person to decide.
    Refer,
    /// The provider's answer was lost; for a person to decide.
    Indeterminate,
}

/// What a provider's answer amounts to under our rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The conclusion.
    pub verdict: Verdict,
    /// The provider's transaction, to ask about it later.
    pub transaction: Option<String>,
    /// The provider's codes, or ours, that led to it.
    pub codes: Vec<String>,
}

/// The record of one stage. Without a verdict, the call was begun and its answer is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which stage.
    pub stage: Stage,
    /// Of which revision of the application.
    pub revision: i64,
    /// Which provider was asked.
    pub provider: String,
    /// The conclusion, once there is one.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// The provider's transaction.
    #[serde(default)]
    pub transaction: Option<String>,
    /// What led to the conclusion.
    #[serde(default)]
    pub codes: Vec<String>,
    /// The version of our rules.
    pub rules: String,
    /// When the call was begun: recorded before it was made.
    pub begun_at: Timestamp,
    /// When its answer was recorded.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// How far the applicant has come with the questions, once they were shown one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiz: Option<Quiz>,
}

/// How far an applicant has come with the questions. Neither questions nor answers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiz {
    /// Which round.
    pub round: Round,
    /// How often this round's questions were paid for.
    pub shown: u8,
    /// When the answers were handed over, until the provider's result is known.
    #[serde(default)]
    pub answering_at: Option<Timestamp>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn evidence(stage: Stage, verdict: Option<Verdict>) -> Evidence {
        Evidence {
            stage,
            revision: 1,
            provider: "sandbox".to_owned(),
            verdict,
            transaction: None,
            codes: vec!["id.failure".to_owned()],
            rules: "1".to_owned(),
            begun_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            quiz: None,
        }
    }
}
