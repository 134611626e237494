//! What registers tell of members' licences after the approval, and what they are to watch.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `UNWATCHED` | `<application>` | that the American Medical Association is to watch the licence; removed when it does |

use std::collections::HashMap;

use kernel::{Timestamp, id::ApplicationId};
use table::{Condition, Key, Query, Transaction, Update};

use super::Decisions;
use crate::{
    IdentityError,
    application::{
        Application, Status,
        store::{OpenRow, monitor_key, moved, open_key, replace},
    },
    evidence::{Evidence, Stage},
    member::Suspension,
    reason::Reason,
    source::LicenceSource,
    unique::{Holder, Number},
};

/// The partition of the approved applications that the American Medical Association does not watch yet.
pub(super) const UNWATCHED: &str = "UNWATCHED";

/// The partition of the records that it is to watch no more: their holders were erased.
pub(crate) const UNWATCH: &str = "UNWATCH";

/// How many of them one run takes on.
const MOST_WATCHED: i32 = 100;

impl Decisions {
    /// Which of some numbers, at most a hundred, are members' licences, and whose. One read.
    pub(crate) async fn holders(
        &self,
        numbers: impl Iterator<Item = &Number>,
    ) -> Result<HashMap<Number, Holder>, IdentityError> {
        let keys: HashMap<String, Number> =
            numbers.map(|number| (self.unique.number(number).pk, number.clone())).collect();
        let items = self.table.get_many(keys.keys().map(|pk| Key::new(pk, "UNIQUE"))).await?;
        let mut found = HashMap::new();
        for item in items {
            if let Some(number) = keys.get(table::partition_key(&item)) {
                found.insert(number.clone(), table::read(item)?);
            }
        }
        Ok(found)
    }

    /// The approved applications that the American Medical Association does not watch yet, each with its record
    /// there, where it has one. A query, and one for each, at most a hundred.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn unwatched(&self) -> Result<Vec<(ApplicationId, Option<String>)>, IdentityError> {
        let page = self.table.query(Query::partition(UNWATCHED).limit(MOST_WATCHED)).await?;
        let mut found = Vec::new();
        for item in page.items {
            let id: ApplicationId = table::sort_key(&item).parse()?;
            let evidence = self.file(id).await?.map(|file| file.evidence).unwrap_or_default();
            let by_ama =
                |one: &Evidence| one.stage == Stage::Licence && one.provider == LicenceSource::Ama.name();
            found.push((id, evidence.into_iter().find(by_ama).and_then(|one| one.transaction)));
        }
        Ok(found)
    }

    /// Notes that an application is watched. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn watched(&self, id: ApplicationId) -> Result<(), IdentityError> {
        let key = Key::new(UNWATCHED, id.to_string());
        Ok(self.table.commit(Transaction::new().delete("unwatched", key, Condition::default())).await?)
    }

    /// The records that the association is to watch no more. One query.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn to_unwatch(&self) -> Result<Vec<String>, IdentityError> {
        let page = self.table.query(Query::partition(UNWATCH).limit(MOST_WATCHED)).await?;
        Ok(page.items.iter().map(|item| table::sort_key(item).to_owned()).collect())
    }

    /// Notes that a record is watched no more. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn note_unwatched(&self, entity: &str) -> Result<(), IdentityError> {
        let step = Transaction::new().delete("unwatch", Key::new(UNWATCH, entity), Condition::default());
        Ok(self.table.commit(step).await?)
    }

    /// Suspends the holder of a licence that does not stand any more. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::Stale`] when it was changed in the meantime; storage faults.
    pub(crate) async fn suspend(
        &self,
        application: &Application,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        let reasons = vec![Reason::suspended()];
        let status = Status::Suspended;
        let suspended = Application {
            status,
            reasons: reasons.clone(),
            suspended_at: Some(now),
            appeal: None,
            decided_at: Some(now),
            decided_by: None,
            ..application.clone()
        };
        let until = suspended.appealable_until().unwrap_or(Timestamp::MAX);
        let suspension = Suspension { application: application.id, reasons, since: now, until };
        let credential = Key::new(format!("PERSON#{}", application.subject), "CREDENTIAL");
        let step = Transaction::new()
            .update(
                "credential",
                credential,
                Update::new().set("suspended", suspension),
                Condition::equals("application", application.id),
            )
            .delete("open", open_key(&application.subject), Condition::equals("application", application.id))
            .put("monitor", monitor_key(application.id, evidence), evidence)
            .announce(&moved(application.id, now));
        replace(&self.table, application, &suspended, step).await?;
        Ok(status)
    }

    /// Records what a register told. One transaction.
    pub(crate) async fn note(&self, id: ApplicationId, evidence: &Evidence) -> Result<(), IdentityError> {
        let step = Transaction::new().put("monitor", monitor_key(id, evidence), evidence);
        Ok(self.table.commit(step).await?)
    }

    /// Ends a suspension, since the register says that the licence stands again. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::AlreadyApplied`] when the holder has applied anew; [`IdentityError::Stale`] when it was
    /// changed in the meantime; storage faults.
    pub(crate) async fn reinstate(
        &self,
        application: &Application,
        evidence: &Evidence,
        now: Timestamp,
    ) -> Result<Status, IdentityError> {
        let status = Status::Approved;
        let reinstated = Application {
            status,
            reasons: Vec::new(),
            suspended_at: None,
            decided_at: Some(now),
            ..application.clone()
        };
        let credential = Key::new(format!("PERSON#{}", application.subject), "CREDENTIAL");
        let step = Transaction::new()
            .update(
                "credential",
                credential,
                Update::new().remove("suspended"),
                Condition::equals("application", application.id),
            )
            .insert("open", open_key(&application.subject), &OpenRow { application: application.id })
            .put("monitor", monitor_key(application.id, evidence), evidence)
            .announce(&moved(application.id, now));
        replace(&self.table, application, &reinstated, step).await?;
        Ok(status)
    }
}
