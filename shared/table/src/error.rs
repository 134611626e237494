//! Storage errors: opaque, with predicates. A caller decides by what an error *is*, never by its text.

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
};

use kernel::{Class, Refusal};

/// Why the table did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TableError(Reason);

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("a condition did not hold: {}", .0.join(", "))]
    Conflict(Vec<&'static str>),
    #[error("another transaction was in the way")]
    Contended,
    #[error("the table did not answer: {0}")]
    Unavailable(String),
    #[error("{0}")]
    Malformed(&'static str),
}

impl TableError {
    /// Whether a condition of the transaction failed.
    pub fn is_conflict(&self) -> bool {
        matches!(self.0, Reason::Conflict(_))
    }

    /// Whether the condition of the step with that label failed.
    pub fn failed(&self, label: &str) -> bool {
        matches!(&self.0, Reason::Conflict(labels) if labels.contains(&label))
    }

    /// Whether the same request may succeed when made again.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0, Reason::Contended | Reason::Unavailable(_))
    }

    pub(crate) const fn malformed(what: &'static str) -> Self {
        Self(Reason::Malformed(what))
    }

    pub(crate) fn is_contended(&self) -> bool {
        matches!(self.0, Reason::Contended)
    }

    pub(crate) fn from_sdk<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> Self {
        let cause = error.as_service_error().and_then(|service| service.code()).unwrap_or("no answer");
        Self(Reason::Unavailable(cause.to_owned()))
    }

    pub(crate) fn from_transaction<R>(
        error: SdkError<TransactWriteItemsError, R>,
        labels: &[&'static str],
    ) -> Self {
        let reasons = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                cancelled.cancellation_reasons()
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                return Self(Reason::Contended);
            }
            _ => return Self::from_sdk(error),
        };
        let failed: Vec<&'static str> = reasons
            .iter()
            .zip(labels)
            .filter(|(reason, _)| reason.code() == Some("ConditionalCheckFailed"))
            .map(|(_, label)| *label)
            .collect();
        if !failed.is_empty() {
            return Self(Reason::Conflict(failed));
        }
        let contended = reasons.iter().any(|reason| {
            matches!(
                reason.code(),
                Some("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
            )
        });
        if contended { Self(Reason::Contended) } else { Self(Reason::Unavailable("cancelled".to_owned())) }
    }
}
impl Refusal for TableError {
    fn class(&self) -> Class {
        if self.is_retryable() { Class::Unavailable } else { Class::Internal }
    }

    fn code(&self) -> &'static str {
        "storage"
    }
}
