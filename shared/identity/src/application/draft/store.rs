//! The rows of drafts.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `DRAFT` | what is filled in so far; kept for ninety days after its last change |

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Transaction};

use super::Draft;
use crate::{IdentityError, application::Applications};

/// How long a draft is kept after its last change, in seconds.
const DRAFT_SECONDS: i64 = 90 * 24 * 3600;

#[derive(Serialize, Deserialize)]
struct Row {
    draft: Draft,
    expires_at: i64,
}

pub(crate) fn key(subject: &str) -> Key {
    Key::new(format!("PERSON#{subject}"), "DRAFT")
}

impl Applications {
    /// Keeps a draft in the place of any earlier one. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn save_draft(&self, subject: &str, draft: Draft, now: Timestamp) -> Result<(), IdentityError> {
        let row = Row { draft, expires_at: now.as_second().saturating_add(DRAFT_SECONDS) };
        Ok(self.table.commit(Transaction::new().put("draft", key(subject), &row)).await?)
    }

    /// A person's draft, if there is one. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn draft(&self, subject: &str) -> Result<Option<Draft>, IdentityError> {
        let row: Option<Row> = self.table.get(key(subject)).await?;
        Ok(row.map(|row| row.draft))
    }

    /// Throws a draft away. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn discard_draft(&self, subject: &str) -> Result<(), IdentityError> {
        let step = Transaction::new().delete("draft", key(subject), Condition::default());
        Ok(self.table.commit(step).await?)
    }
}
