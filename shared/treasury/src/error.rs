//! Why the treasury zone says no.

use std::borrow::Cow;

use kernel::{Class, Refusal};
use table::TableError;

/// The zone's refusals and faults.
#[derive(Debug, thiserror::Error)]
pub enum TreasuryError {
    /// Postings that do not add up to nothing, or an amount that does not fit.
    #[error("the journal entry does not balance")]
    Unbalanced,
    /// More bonuses of a case are due than one message awards; the next one goes on.
    #[error("more bonuses are due")]
    Contended,
    /// The cursor is not ours.
    #[error(transparent)]
    BadCursor(#[from] table::BadCursor),
    /// The table did not answer as it should.
    #[error(transparent)]
    Storage(#[from] TableError),
}

impl Refusal for TreasuryError {
    fn class(&self) -> Class {
        match self {
            Self::Unbalanced => Class::Internal,
            Self::Contended => Class::Unavailable,
            Self::BadCursor(_) => Class::Invalid,
            Self::Storage(error) if error.is_retryable() => Class::Unavailable,
            Self::Storage(_) => Class::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unbalanced => "unbalanced",
            Self::Contended => "contended",
            Self::BadCursor(_) => "bad_cursor",
            Self::Storage(_) => "storage",
        }
    }

    fn field(&self) -> Option<Cow<'_, str>> {
        matches!(self, Self::BadCursor(_)).then(|| "cursor".into())
    }

    fn remedy(&self) -> Option<Cow<'_, str>> {
        matches!(self, Self::BadCursor(_)).then(|| "begin again without a cursor".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_class_and_code() {
        assert_eq!(
            (TreasuryError::Unbalanced.class(), TreasuryError::Unbalanced.code()),
            (Class::Internal, "unbalanced")
        );
        let more = TreasuryError::Contended;
        assert_eq!((more.class(), more.code()), (Class::Unavailable, "contended"));
        let cursor = TreasuryError::from(table::BadCursor);
        assert_eq!((cursor.class(), cursor.code()), (Class::Invalid, "bad_cursor"));
    }
}
