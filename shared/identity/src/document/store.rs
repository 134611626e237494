//! The rows of documents.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `APPLICATION#<id>` | `DOCUMENT#<document>` | a document |
//! | `APPLICATION#<id>` | `DOCUMENTS` | how many uploads were offered |

use contracts::{Envelope, identity::ApplicationSubmitted};
use kernel::{
    Timestamp,
    id::{ApplicationId, DocumentId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, OnceKey, Stored, Transaction, Update};

use super::{Document, DocumentState, MOST};
use crate::{
    IdentityError,
    application::{Application, Applications, Asked, File, Status},
};

/// How the inspection of an upload ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspected {
    /// Its picture stands in that object.
    Received(String),
    /// It is no picture that can be rebuilt, for that reason.
    Refused(&'static str),
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OfferedRow {
    pub(crate) offered: i64,
}

/// The place of the count.
pub(crate) const OFFERED: &str = "DOCUMENTS";

/// What the places of documents begin with.
pub(crate) const PLACE: &str = "DOCUMENT#";

pub(crate) fn key(application: ApplicationId, document: DocumentId) -> Key {
    Key::new(format!("APPLICATION#{application}"), format!("{PLACE}{document}"))
}

/// Where it stands how many uploads were offered.
pub(crate) fn count_key(application: ApplicationId) -> Key {
    Key::new(format!("APPLICATION#{application}"), OFFERED)
}

impl Applications {
    /// Offers an upload. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyDecided`] when nothing waits for a decision, [`IdentityError::TooManyDocuments`]
    /// after twenty, [`IdentityError::Stale`] when it was changed, or another upload offered, in the meantime.
    pub async fn offer_document(
        &self,
        file: &File,
        document: &Document,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), IdentityError> {
        let application = &file.application;
        if !application.takes_documents() {
            return Err(IdentityError::AlreadyDecided);
        }
        if file.offered >= MOST {
            return Err(IdentityError::TooManyDocuments);
        }
        let as_counted = Condition::missing_or_equals("offered", file.offered);
        let unchanged = Condition::equals("status", application.status);
        let step = Transaction::new()
            .insert("document", key(application.id, document.id), document)
            .put_when(
                "offered",
                count_key(application.id),
                &OfferedRow { offered: file.offered + 1 },
                as_counted,
            )
            .check("application", crate::application::key(application.id), unchanged)
            .once(Some(once), stored);
        self.table().commit(step).await.map_err(|error| {
            if error.failed("application") || error.failed("offered") {
                IdentityError::Stale
            } else {
                error.into()
            }
        })
    }

    /// A document. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn document(
        &self,
        application: ApplicationId,
        document: DocumentId,
    ) -> Result<Option<Document>, IdentityError> {
        Ok(self.table().get(key(application, document)).await?)
    }

    /// Records how an inspection ended; tells whether this was the one that did. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn settle_document(
        &self,
        application: ApplicationId,
        document: DocumentId,
        end: &Inspected,
    ) -> Result<bool, IdentityError> {
        let update = match end {
            Inspected::Received(object) => {
                Update::new().set("state", DocumentState::Received).set("object", object)
            }
            Inspected::Refused(code) => {
                Update::new().set("state", DocumentState::Refused).set("refusal", *code)
            }
        };
        let awaited = Condition::equals("state", DocumentState::Awaiting);
        let step = Transaction::new().update("document", key(application, document), update, awaited);
        match self.table().commit(step).await {
            Ok(()) => Ok(true),
            Err(error) if error.failed("document") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets the verification go on if it waited for documents and has them all. A query, and a transaction if it
    /// goes on.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn documented(
        &self,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Option<File>, IdentityError> {
        let Some(file) = self.file(application).await? else { return Ok(None) };
        let before = &file.application;
        let waits = before.status == Status::AwaitingApplicant && before.asked == Some(Asked::Documents);
        if waits && file.undocumented().is_empty() {
            let announced = Envelope::new(now, ApplicationSubmitted { application });
            match self.replace_with(before, &before.resumed(), Transaction::new().announce(&announced)).await
            {
                // Whoever was first has let it go on, corrected it, or withdrawn it.
                Ok(()) | Err(IdentityError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(file))
    }

    /// Records that an application's documents are deleted, as long as it takes none. One transaction, if there was
    /// any.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was changed in the meantime; storage faults.
    pub async fn documents_deleted(&self, file: &File) -> Result<(), IdentityError> {
        let kept = file.documents.iter().filter(|one| one.state != DocumentState::Deleted);
        let Application { id, status, corrections, .. } = &file.application;
        let same =
            Condition::equals("status", status).and(Condition::missing_or_equals("corrections", corrections));
        let mut step = Transaction::new().check("application", crate::application::key(*id), same);
        let mut any = false;
        for document in kept {
            let update = Update::new().set("state", DocumentState::Deleted).remove("object");
            let place = key(*id, document.id);
            step = step.update("document", place, update, Condition::present());
            any = true;
        }
        if !any {
            return Ok(());
        }
        self.table()
            .commit(step)
            .await
            .map_err(|error| if error.failed("application") { IdentityError::Stale } else { error.into() })
    }
}
