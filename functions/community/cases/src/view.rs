//! Cases as lists and writers see them.

use community::{
    case::{Case, Content, Status},
    member::Names,
    review::Overridden,
};
use edge::Problem;
use kernel::{
    Specialty, Timestamp,
    id::{CaseId, ContributionId},
    text::{Line, Narrative, Passage},
};
use screening::{Override, Screen};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an author writes. Nothing in it may identify the patient.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentInput {
    /// The title.
    title: Line,
    /// The patient's history.
    history: Narrative,
    /// Findings and test results.
    findings: Narrative,
    /// What you want to know.
    question: Passage,
    /// Whose advice is sought.
    specialty: Specialty,
    /// What was found in an earlier attempt and says nothing of the patient.
    #[serde(default)]
    overrides: Vec<Override>,
}

impl ContentInput {
    /// What the author wrote, and what they overrode in it.
    ///
    /// # Errors
    /// When identifiers are found.
    pub(crate) fn screened(self, screen: &Screen) -> Result<(Content, Vec<Overridden>), Problem> {
        let Self { title, history, findings, question, specialty, overrides } = self;
        let texts = [
            ("title", title.as_str()),
            ("history", history.as_str()),
            ("findings", findings.as_str()),
            ("question", question.as_str()),
        ];
        let overridden = screen.check(texts, overrides)?;
        Ok((Content { title, history, findings, question, specialty }, overridden))
    }
}

/// A case in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseLine {
    id: CaseId,
    title: Line,
    specialty: Specialty,
    status: Status,
    /// The author's screen name.
    author: String,
    created_at: Timestamp,
    published_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseList {
    pub(crate) cases: Vec<CaseLine>,
}

impl CaseLine {
    pub(crate) fn new(case: Case, names: &Names) -> Self {
        Self {
            id: case.id,
            title: case.content.title,
            specialty: case.content.specialty,
            status: case.status,
            author: names.of(case.author),
            created_at: case.created_at,
            published_at: case.published_at,
            closed_at: case.closed_at,
        }
    }
}

/// A case after its author changed it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseState {
    id: CaseId,
    status: Status,
    /// The version to send in If-Match with the next edit, as `"v<version>"`.
    version: i64,
    published_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    accepted: Option<ContributionId>,
    /// Seconds from publication to the first advice of a colleague.
    seconds_to_first_answer: Option<i64>,
    /// Seconds from publication to the closing.
    seconds_to_close: Option<i64>,
}

impl From<&Case> for CaseState {
    fn from(case: &Case) -> Self {
        Self {
            id: case.id,
            status: case.status,
            version: case.version,
            published_at: case.published_at,
            closed_at: case.closed_at,
            accepted: case.accepted,
            seconds_to_first_answer: case.seconds_to_first_answer(),
            seconds_to_close: case.seconds_to_close(),
        }
    }
}
