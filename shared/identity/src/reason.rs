//! Reasons in words that the applicant can act on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evidence::{Evidence, Stage};

/// Why an application was refused or referred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// The stage it comes from.
    pub stage: Stage,
    /// A stable code.
    #[schema(example = "identity_not_found")]
    pub code: String,
    /// What is the matter.
    pub words: String,
    /// What to do about it.
    pub remedy: String,
}

impl Reason {
    /// The code of a refusal for wrong answers to questions.
    pub const QUESTIONS_FAILED: &str = "questions_failed";

    /// The reasons that a failed stage gives, the weightiest first.
    pub fn of(evidence: &Evidence) -> Vec<Self> {
        let mut reasons: Vec<Self> =
            evidence.codes.iter().filter_map(|code| Self::known(evidence.stage, code)).collect();
        if reasons.is_empty() {
            reasons.push(match evidence.stage {
                Stage::Identity => Self::new(
                    Stage::Identity,
                    "identity_not_found",
                    "No person with this name, date of birth and address could be found.",
                    "Check the spelling of your legal name, your date of birth and your home address, and apply again.",
                ),
                Stage::Licence => Self::new(
                    Stage::Licence,
                    "licence_not_confirmed",
                    "The register does not confirm this licence.",
                    "Check the licence number and the name on your licence, and apply again.",
                ),
                Stage::Device => Self::referred(Stage::Device),
            });
        }
        reasons
    }

    fn known(stage: Stage, code: &str) -> Option<Self> {
        let (code, words, remedy) = match code {
            "licence_not_found" => (
                "licence_not_found",
                "The register has no licence with this number.",
                "Copy the number from your licence, and apply again.",
            ),
            "licence_not_active" => (
                "licence_not_active",
                "The register says that this licence is not active.",
                "Ask the register to correct its entry, and apply again when it is active.",
            ),
            "result.questions.3.incorrect"
            | "result.challenge.1.incorrect"
            | "result.challenge.2.incorrect" => (
                Self::QUESTIONS_FAILED,
                "Too many of the questions about you were answered wrong.",
                "Appeal within thirty days, and a reviewer will look at it.",
            ),
            "resultcode.dob.does.not.match" | "resultcode.yob.does.not.match" => (
                "birth_date_mismatch",
                "The date of birth is not the one on record.",
                "Correct your date of birth, and apply again.",
            ),
            "resultcode.address.does.not.match" => (
                "address_mismatch",
                "The address is not one on record for you.",
                "Give the home address that your bank or your state knows, and apply again.",
            ),
            _ => return None,
        };
        Some(Self::new(stage, code, words, remedy))
    }

    /// The reason for asking the identity provider's questions.
    pub fn questions() -> Self {
        Self::new(
            Stage::Identity,
            "questions",
            "Your particulars alone do not confirm who you are.",
            "Answer a few questions about yourself, at GET and POST /applications/{application}/questions.",
        )
    }

    /// The reason for asking for a document.
    pub fn document(stage: Stage) -> Self {
        let (words, remedy) = match stage {
            Stage::Licence => (
                "There is no register that we can ask about this licence.",
                "Upload a photograph of your licence, or of a certificate of good standing, at POST /applications/{application}/documents; it shows `licence`.",
            ),
            Stage::Identity | Stage::Device => (
                "There is no service that we can ask who you are.",
                "Upload a photograph of your passport or identity card at POST /applications/{application}/documents; it shows `identity`.",
            ),
        };
        Self::new(stage, "document", words, remedy)
    }

    /// The reason for a suspension.
    pub fn suspended() -> Self {
        Self::new(
            Stage::Licence,
            "licence_lapsed",
            "A register tells that your licence does not stand any more.",
            "Appeal within thirty days with what shows that it does, or apply again when it is renewed; once the register says so itself, you can write again.",
        )
    }

    /// The reason that sends an application to a reviewer.
    pub fn referred(stage: Stage) -> Self {
        let words = match stage {
            Stage::Identity => "Your identity could not be confirmed automatically.",
            Stage::Licence => "Your licence could not be confirmed automatically.",
            Stage::Device => "We want to make sure that you have no other account.",
        };
        Self::new(stage, "in_review", words, "A reviewer will look at it; you need not do anything.")
    }

    /// A reviewer's own reason.
    pub fn by_reviewer(stage: Stage, words: &str, remedy: &str) -> Self {
        Self::new(stage, "by_reviewer", words, remedy)
    }

    fn new(stage: Stage, code: &str, words: &str, remedy: &str) -> Self {
        Self { stage, code: code.to_owned(), words: words.to_owned(), remedy: remedy.to_owned() }
    }
}
