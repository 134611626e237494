//! How applications end that nobody decides: withdrawn, or kept long enough.

use kernel::{Timestamp, id::ApplicationId};
use table::{Condition, Query, Transaction, Update};

use super::{Applications, DUE, File, Row, evidence_key, key, moved, open_key, stale, unchanged};
use crate::{
    IdentityError,
    application::{Application, Status},
    document,
};

/// How many of them one query lists.
const MOST_DUE: i32 = 100;

/// How long a withdrawn application is kept, in seconds.
const WITHDRAWN_SECONDS: i64 = 30 * 24 * 3600;

/// Has the table forget an application's evidence and documents from then on.
fn forget(transaction: Transaction, file: &File, expires_at: i64) -> Transaction {
    let id = file.application.id;
    let evidence = file.evidence.iter().chain(&file.earlier);
    let places = evidence.map(|one| evidence_key(id, one));
    let places = places.chain(file.documents.iter().map(|one| document::key(id, one.id)));
    let expires = || Update::new().set("expires_at", expires_at);
    let step = places
        .fold(transaction, |step, place| step.update("evidence", place, expires(), Condition::present()));
    // Nothing was offered in the meantime that would be kept.
    let count = document::count_key(id);
    if file.offered == 0 {
        step.check("evidence", count, Condition::absent())
    } else {
        step.update("evidence", count, expires(), Condition::equals("offered", file.offered))
    }
}

impl Applications {
    /// Withdraws an application: its owner may apply again, its documents are deleted, and it is erased after
    /// thirty days. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyDecided`] when it was decided; [`IdentityError::Stale`] when it was changed, a stage
    /// ended or an upload was offered in the meantime.
    pub async fn withdraw(&self, file: &File, now: Timestamp) -> Result<Application, IdentityError> {
        let application = &file.application;
        application.withdrawable()?;
        let expires_at = now.as_second().saturating_add(WITHDRAWN_SECONDS);
        let update = Update::new()
            .set("status", Status::Withdrawn)
            .set("decided_at", now)
            .set("expires_at", expires_at)
            .remove("gsi1pk")
            .remove("gsi1sk");
        let transaction = Transaction::new()
            .update("application", key(application.id), update, unchanged(application))
            .delete("open", open_key(&application.subject), Condition::default())
            .announce(&moved(application.id, now));
        let transaction = forget(transaction, file, expires_at);
        self.table.commit(transaction).await.map_err(|error| {
            let changed = error.failed("application") || error.failed("evidence");
            if changed { IdentityError::Stale } else { error.into() }
        })?;
        Ok(Application { status: Status::Withdrawn, decided_at: Some(now), ..application.clone() })
    }

    /// The applications that are to be looked at again. A query for each hundred.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<ApplicationId>, IdentityError> {
        let query = Query::index("gsi1", DUE).between("0", format!("{now:.9}~")).limit(MOST_DUE);
        let due = self.table.every(query).await?.into_iter();
        due.map(|item| Ok(table::read::<Row>(item)?.application.id)).collect()
    }

    /// Lets the table forget a refused application that was kept long enough. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was appealed against in the meantime.
    pub async fn forget_refused(&self, file: &File, now: Timestamp) -> Result<(), IdentityError> {
        let application = &file.application;
        let expires_at = now.as_second();
        let update = Update::new().set("expires_at", expires_at).remove("gsi1pk").remove("gsi1sk");
        let step =
            Transaction::new().update("application", key(application.id), update, unchanged(application));
        self.table.commit(forget(step, file, expires_at)).await.map_err(stale)
    }
}
