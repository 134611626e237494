//! The row of a sign-in.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `SIGN_IN` | the sign-in that was begun, or completed; kept for a day |

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Table, Transaction};

use super::{Pending, SignIn};
use crate::IdentityError;

/// The store of sign-ins.
#[derive(Debug, Clone)]
pub struct SignIns {
    table: Table,
}

#[derive(Default, Serialize, Deserialize)]
struct Row {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<Pending>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done: Option<SignIn>,
    expires_at: i64,
}

fn key(subject: &str) -> Key {
    Key::new(format!("PERSON#{subject}"), "SIGN_IN")
}

impl SignIns {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Begins a sign-in, in the place of any earlier one. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn begin(&self, subject: &str, pending: &Pending) -> Result<(), IdentityError> {
        let expires_at = pending.until().as_second();
        let row = Row { pending: Some(pending.clone()), done: None, expires_at };
        Ok(self.table.commit(Transaction::new().put("sign_in", key(subject), &row)).await?)
    }

    /// The sign-in that a person began, if this is what came back for it. One read.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`] when none was begun, it took too long, or that is not its state.
    pub async fn pending(
        &self,
        subject: &str,
        state: &str,
        now: Timestamp,
    ) -> Result<Pending, IdentityError> {
        let row: Option<Row> = self.table.get(key(subject)).await?;
        let pending = row.and_then(|row| row.pending).filter(|pending| pending.is(state, now));
        pending.ok_or(IdentityError::SignInRefused)
    }

    /// Completes a sign-in. One transaction.
    ///
    /// # Errors
    /// [`IdentityError::SignInRefused`] when another one was begun in the meantime.
    pub async fn complete(
        &self,
        subject: &str,
        pending: &Pending,
        done: &SignIn,
    ) -> Result<(), IdentityError> {
        let row = Row { pending: None, done: Some(done.clone()), expires_at: done.until().as_second() };
        let same = Condition::equals("pending", pending);
        let step = Transaction::new().put_when("sign_in", key(subject), &row, same);
        self.table.commit(step).await.map_err(|error| {
            if error.failed("sign_in") { IdentityError::SignInRefused } else { error.into() }
        })
    }

    /// The completed sign-in of a person, as long as it holds. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn done(&self, subject: &str, now: Timestamp) -> Result<Option<SignIn>, IdentityError> {
        let row: Option<Row> = self.table.get(key(subject)).await?;
        Ok(row.and_then(|row| row.done).filter(|done| now <= done.until()))
    }

    /// Forgets a person's sign-in. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn forget(&self, subject: &str) -> Result<(), IdentityError> {
        Ok(self
            .table
            .commit(Transaction::new().delete("sign_in", key(subject), Condition::default()))
            .await?)
    }
}
