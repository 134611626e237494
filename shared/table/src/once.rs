//! Idempotency: the answer to a request, kept in the same transaction as its effect.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Key;

/// How long the answer to a request is kept, in seconds (published in `docs/architecture.md`).
const KEPT_SECONDS: i64 = 7 * 24 * 3600;

/// An idempotency key as a caller sent it, bound to who sent it and to what was asked.
#[derive(Debug, Clone)]
pub struct OnceKey {
    principal: String,
    value: String,
    fingerprint: String,
    now: Timestamp,
}

/// The answer to a request that took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The HTTP status that was answered.
    pub status: u16,
    /// The JSON body that was answered.
    pub body: String,
}

/// What an idempotency key stands for.
#[derive(Debug, PartialEq, Eq)]
pub enum Replay {
    /// It was not used before.
    Unused,
    /// The same request took effect before; this was its answer.
    Same(Stored),
    /// It was used for another request.
    Different,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OnceRow {
    fingerprint: String,
    status: u16,
    body: String,
    expires_at: i64,
}

impl OnceKey {
    /// A key of one principal. `fingerprint` is a hash over method, path, body and principal.
    pub fn new(principal: &str, value: &str, fingerprint: String, now: Timestamp) -> Self {
        Self { principal: principal.to_owned(), value: value.to_owned(), fingerprint, now }
    }

    pub(crate) fn key(&self) -> Key {
        Key::new(format!("ONCE#{}#{}", self.principal, self.value), "ONCE")
    }

    pub(crate) fn row(&self, stored: &Stored) -> OnceRow {
        OnceRow {
            fingerprint: self.fingerprint.clone(),
            status: stored.status,
            body: stored.body.clone(),
            expires_at: self.now.as_second().saturating_add(KEPT_SECONDS),
        }
    }

    pub(crate) fn compare(&self, row: Option<OnceRow>) -> Replay {
        match row {
            None => Replay::Unused,
            Some(row) if row.fingerprint == self.fingerprint => {
                Replay::Same(Stored { status: row.status, body: row.body })
            }
            Some(_) => Replay::Different,
        }
    }
}
