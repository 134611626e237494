//! What deliveries post, kept once for all of them, so that it can be withheld and removed from all at once.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PAYLOAD#<message>` | `PAYLOAD` | what the deliveries of a message post; whether it is hidden or was removed |

use contracts::{
    Envelope,
    community::{PollHidden, Visibility},
};
use kernel::{Timestamp, id::MessageId};
use serde::Deserialize;
use table::{Condition, Key, Transaction, Update};

use super::{Webhooks, kept_until};
use crate::PartnersError;

/// What a delivery posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// This JSON.
    Told(String),
    /// Nothing, until it is decided whether it tells who a patient is.
    Hidden,
    /// Nothing any more.
    Removed,
}

#[derive(Deserialize)]
pub(super) struct PayloadRow {
    #[serde(default)]
    payload: Option<String>,
    #[serde(default)]
    hidden: bool,
}

impl From<Option<PayloadRow>> for Payload {
    fn from(row: Option<PayloadRow>) -> Self {
        match row {
            Some(PayloadRow { hidden: true, payload: Some(_) }) => Self::Hidden,
            Some(PayloadRow { payload: Some(payload), .. }) => Self::Told(payload),
            _ => Self::Removed,
        }
    }
}

pub(super) fn key(message: MessageId) -> Key {
    Key::new(format!("PAYLOAD#{message}"), "PAYLOAD")
}

impl Webhooks {
    /// Keeps what the deliveries of a message post, unless it was removed before it came. One transaction; doing it
    /// again changes nothing.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn keep(&self, message: MessageId, payload: &str, now: Timestamp) -> Result<(), PartnersError> {
        let update = Update::new().set_first("payload", payload).set_first("expires_at", kept_until(now));
        self.unless_removed(Transaction::new().update(
            "payload",
            key(message),
            update,
            Condition::missing("removed"),
        ))
        .await
    }

    /// Hides what the deliveries of a poll post, shows it again or removes it, whatever comes first: of two messages
    /// the later one holds, and what was removed stays so. One transaction; doing it again changes nothing.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn poll_hidden(&self, message: &Envelope<PollHidden>) -> Result<(), PartnersError> {
        let PollHidden { published_as, visibility, .. } = message.body;
        let at = message.at.as_millisecond();
        let update = Update::new()
            .set("at", at)
            .set("hidden", visibility != Visibility::Shown)
            .set_first("expires_at", kept_until(message.at));
        let (update, when) = if visibility == Visibility::Removed {
            (update.set("removed", true).remove("payload"), Condition::default())
        } else {
            (update, Condition::missing_or_below("at", at).and(Condition::missing("removed")))
        };
        self.unless_removed(Transaction::new().update("payload", key(published_as), update, when)).await
    }

    async fn unless_removed(&self, transaction: Transaction) -> Result<(), PartnersError> {
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("payload") => Err(error.into()),
            _ => Ok(()),
        }
    }
}
