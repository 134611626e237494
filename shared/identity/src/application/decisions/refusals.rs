//! Who was refused, or in doubt, is known again: neither withdrawing, nor another account, nor being refused for
//! something else washes a doubt off.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `REFUSED#<keyed hash>` | `<application>` | that a licence, or a person, was refused; kept for three years |
//! | `REFUSED#<keyed hash>` | `<application>#doubt` | that its person or device was in doubt; kept for three years, or until it is approved |

use kernel::{Timestamp, id::ApplicationId};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Query, Transaction};

use super::Decisions;
use crate::{
    IdentityError,
    application::{Application, Return},
    reason::Reason,
};

/// For how long it is known that somebody was refused or in doubt, in seconds: three years.
const REFUSED_SECONDS: i64 = 3 * 365 * 24 * 3600;

/// That a licence, or a person, was refused or in doubt.
#[derive(Serialize, Deserialize)]
struct RefusedRow {
    account: String,
    by_reviewer: bool,
    #[serde(default)]
    by_questions: bool,
    refused: bool,
    doubted: bool,
    at: Timestamp,
    expires_at: i64,
}

impl Decisions {
    /// Notes that the person or the device of an application is in doubt, under its licence and person. One
    /// transaction. Its approval takes it away under what is claimed then.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn note_doubt(&self, application: &Application, now: Timestamp) -> Result<(), IdentityError> {
        let row = RefusedRow {
            account: self.unique.account(&application.subject),
            by_reviewer: false,
            by_questions: false,
            refused: false,
            doubted: true,
            at: now,
            expires_at: now.as_second().saturating_add(REFUSED_SECONDS),
        };
        let keys = self.doubt_keys(application);
        let step = keys.into_iter().fold(Transaction::new(), |step, key| step.put("doubt", key, &row));
        Ok(self.table.commit(step).await?)
    }

    /// Takes a doubt away that the applicant has settled. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn settle_doubt(&self, application: &Application) -> Result<(), IdentityError> {
        let keys = self.doubt_keys(application).into_iter();
        let step = keys.fold(Transaction::new(), |step, key| step.delete("doubt", key, Condition::default()));
        Ok(self.table.commit(step).await?)
    }

    /// Where a doubt of an application stands: beside its refusal, if it is refused too.
    pub(super) fn doubt_keys(&self, application: &Application) -> Vec<Key> {
        let partitions = self.unique.refused(&application.claim).into_iter();
        partitions.map(|partition| Key::new(partition, format!("{}#doubt", application.id))).collect()
    }

    /// Notes that a licence and a person were refused, so that their return is recognised.
    pub(super) fn note_refusal(
        &self,
        transaction: Transaction,
        application: &Application,
        (by, reasons): (Option<&str>, &[Reason]),
        now: Timestamp,
    ) -> Transaction {
        let row = RefusedRow {
            account: self.unique.account(&application.subject),
            by_reviewer: by.is_some(),
            by_questions: reasons.iter().any(|reason| reason.code == Reason::QUESTIONS_FAILED),
            refused: true,
            doubted: false,
            at: now,
            expires_at: now.as_second().saturating_add(REFUSED_SECONDS),
        };
        self.unique.refused(&application.claim).into_iter().fold(transaction, |step, partition| {
            step.put("refused", Key::new(partition, application.id.to_string()), &row)
        })
    }

    /// Earlier applications of the same licence or person that were refused or in doubt, oldest first.
    pub(super) async fn returns(&self, application: &Application) -> Result<Vec<Return>, IdentityError> {
        let account = self.unique.account(&application.subject);
        let mut found = Vec::new();
        for partition in self.unique.refused(&application.claim) {
            for item in self.table.query(Query::partition(partition)).await?.items {
                let refused: ApplicationId = table::sort_key(&item).trim_end_matches("#doubt").parse()?;
                let row: RefusedRow = table::read(item)?;
                found.push(Return {
                    application: refused,
                    at: row.at,
                    refused: row.refused,
                    doubted: row.doubted,
                    same_account: row.account == account,
                    by_reviewer: row.by_reviewer,
                    by_questions: row.by_questions,
                });
            }
        }
        found.sort_by_key(|one| one.application);
        // A refusal and a doubt of one application, under its licence and its person, are one.
        found.dedup_by(|next, one| {
            let same = next.application == one.application;
            if same {
                one.refused |= next.refused;
                one.doubted |= next.doubted;
                one.by_reviewer |= next.by_reviewer;
                one.by_questions |= next.by_questions;
            }
            same
        });
        found.retain(|one| one.application != application.id);
        Ok(found)
    }
}
