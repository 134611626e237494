//! A document that shows what no register can be asked: uploaded into quarantine, rebuilt from its pixels, seen
//! by reviewers alone, and deleted after the decision.

mod store;

use kernel::{MediaType, Timestamp, id::DocumentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    application::{Application, File, Status},
    evidence::{Stage, Verdict},
    source,
};
pub use store::Inspected;
pub(crate) use store::{OFFERED, OfferedRow, PLACE, count_key, key};

/// The largest upload, in bytes.
pub const LARGEST: u64 = 10 * 1024 * 1024;

/// How many uploads an application may be offered.
pub(crate) const MOST: i64 = 20;

/// What a document shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// Who the applicant is: a passport or an identity card.
    Identity,
    /// That they are licensed: a licence, or a certificate of good standing.
    Licence,
    /// Something that a reviewer asked for, or the source of a correction.
    Other,
}

impl Shows {
    /// The stage that it speaks for, if it does for one.
    const fn stage(self) -> Option<Stage> {
        match self {
            Self::Identity => Some(Stage::Identity),
            Self::Licence => Some(Stage::Licence),
            Self::Other => None,
        }
    }
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentState {
    /// Not uploaded, or not inspected yet.
    Awaiting,
    /// Rebuilt from its pixels; a reviewer can see it.
    Received,
    /// No picture that can be rebuilt; nothing of it was kept.
    Refused,
    /// Deleted after the decision.
    Deleted,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// What it shows.
    pub shows: Shows,
    /// Where it stands.
    pub state: DocumentState,
    /// What the applicant said it is.
    pub media_type: MediaType,
    /// When the upload was offered.
    pub offered_at: Timestamp,
    /// Why it was refused: a stable code.
    #[serde(default)]
    pub refusal: Option<String>,
    /// The object that holds the picture, as long as there is one.
    #[serde(default)]
    pub object: Option<String>,
}

impl Document {
    /// A document that is not uploaded yet.
    pub const fn offered(id: DocumentId, shows: Shows, media_type: MediaType, now: Timestamp) -> Self {
        let state = DocumentState::Awaiting;
        Self { id, shows, state, media_type, offered_at: now, refusal: None, object: None }
    }
}

impl Application {
    /// Whether documents can be shown for it, and those that were are kept: as long as it, or a correction of
    /// it, waits for a decision.
    pub fn takes_documents(&self) -> bool {
        match self.status {
            Status::Verifying | Status::InReview | Status::AwaitingApplicant => true,
            Status::Approved => self.pending_correction().is_some(),
            Status::Refused | Status::Suspended | Status::Withdrawn => false,
        }
    }
}

impl File {
    /// The stages that have no other source than a document, and none was received yet.
    pub fn undocumented(&self) -> Vec<Stage> {
        let received = |stage: Stage| {
            let shown = |one: &Document| one.shows.stage() == Some(stage);
            self.documents.iter().any(|one| shown(one) && one.state == DocumentState::Received)
        };
        let by_document = self
            .evidence
            .iter()
            .filter(|one| one.provider == source::DOCUMENT && one.verdict == Some(Verdict::Refer));
        by_document.map(|one| one.stage).filter(|stage| !received(*stage)).collect()
    }
}
