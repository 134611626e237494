//! Who was refused is known again.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `REFUSED#<keyed hash>` | `<application>` | that a licence, or a person, was refused; kept for three years |

use kernel::{Timestamp, id::ApplicationId};
use serde::{Deserialize, Serialize};
use table::{Key, Query, Transaction};

use super::Decisions;
use crate::{
    IdentityError,
    application::{Application, Return},
    reason::Reason,
};

/// For how long it is known that somebody was refused, in seconds: three years.
const REFUSED_SECONDS: i64 = 3 * 365 * 24 * 3600;

/// How many refusals of one number are told to a reviewer.
const MOST_RETURNS: i32 = 20;

/// That a licence, or a person, was refused.
#[derive(Serialize, Deserialize)]
struct RefusedRow {
    account: String,
    by_reviewer: bool,
    #[serde(default)]
    by_questions: bool,
    refused_at: Timestamp,
    expires_at: i64,
}

impl Decisions {
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
            refused_at: now,
            expires_at: now.as_second().saturating_add(REFUSED_SECONDS),
        };
        self.unique.refused(&application.claim).into_iter().fold(transaction, |step, partition| {
            step.put("refused", Key::new(partition, application.id.to_string()), &row)
        })
    }

    /// Earlier refusals of the same licence or person, oldest first.
    pub(super) async fn returns(&self, application: &Application) -> Result<Vec<Return>, IdentityError> {
        let account = self.unique.account(&application.subject);
        let mut found = Vec::new();
        for partition in self.unique.refused(&application.claim) {
            for item in self.table.query(Query::partition(partition).limit(MOST_RETURNS)).await?.items {
                let refused: ApplicationId = table::sort_key(&item).parse()?;
                let row: RefusedRow = table::read(item)?;
                found.push(Return {
                    application: refused,
                    refused_at: row.refused_at,
                    same_account: row.account == account,
                    by_reviewer: row.by_reviewer,
                    by_questions: row.by_questions,
                });
            }
        }
        found.sort_by_key(|one| one.application);
        found.dedup_by_key(|one| one.application);
        found.retain(|one| one.application != application.id);
        Ok(found)
    }
}
