//! Why the partners zone says no.

use std::borrow::Cow;

use kernel::{Class, Invalid, Refusal};
use table::TableError;

/// The zone's refusals and faults.
#[derive(Debug, thiserror::Error)]
pub enum PartnersError {
    /// A value that breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such case in the projection, or the contract does not cover it.
    #[error("there is no such case under your contract")]
    NoSuchCase,
    /// There is no such contribution to the case.
    #[error("there is no such contribution")]
    NoSuchContribution,
    /// There is no such endpoint of the organisation's.
    #[error("there is no such endpoint")]
    NoSuchEndpoint,
    /// There is no such delivery to the endpoint.
    #[error("there is no such delivery")]
    NoSuchDelivery,
    /// The organisation has as many endpoints as it may have.
    #[error("your organisation has as many endpoints as it may have")]
    TooManyEndpoints,
    /// The delivery is not parked.
    #[error("this delivery is not parked")]
    NotParked,
    /// The cursor is not ours.
    #[error(transparent)]
    BadCursor(#[from] table::BadCursor),
    /// A delivery could not be handed to the queue.
    #[error("the queue did not take a delivery")]
    Queue,
    /// The table did not answer as it should.
    #[error(transparent)]
    Storage(#[from] TableError),
}

impl Refusal for PartnersError {
    fn class(&self) -> Class {
        match self {
            Self::Invalid(_) | Self::BadCursor(_) => Class::Invalid,
            Self::NoSuchCase | Self::NoSuchContribution | Self::NoSuchEndpoint | Self::NoSuchDelivery => {
                Class::NotFound
            }
            Self::NotParked | Self::TooManyEndpoints => Class::Conflict,
            Self::Queue => Class::Unavailable,
            Self::Storage(error) if error.is_retryable() => Class::Unavailable,
            Self::Storage(_) => Class::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.code(),
            Self::NoSuchCase | Self::NoSuchContribution | Self::NoSuchEndpoint | Self::NoSuchDelivery => {
                "not_found"
            }
            Self::TooManyEndpoints => "too_many_endpoints",
            Self::NotParked => "not_parked",
            Self::BadCursor(_) => "bad_cursor",
            Self::Queue => "queue",
            Self::Storage(_) => "storage",
        }
    }

    fn field(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Invalid(invalid) => invalid.field(),
            Self::BadCursor(_) => Some("cursor".into()),
            _ => None,
        }
    }

    fn remedy(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Invalid(invalid) => return invalid.remedy(),
            Self::NoSuchCase => "see the cases at GET /cases".into(),
            Self::NoSuchContribution => "see them at GET /cases/{case}".into(),
            Self::NoSuchEndpoint => "see your endpoints at GET /webhooks".into(),
            Self::NoSuchDelivery => "see them at GET /webhooks/{endpoint}/deliveries".into(),
            Self::TooManyEndpoints => "remove one at DELETE /webhooks/{endpoint}".into(),
            Self::NotParked => {
                "only parked deliveries can be replayed; this one is on its way or arrived".into()
            }
            Self::BadCursor(_) => "begin again without a cursor".into(),
            Self::Queue | Self::Storage(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_class_and_code() {
        let table = [
            (PartnersError::NoSuchCase, Class::NotFound, "not_found"),
            (PartnersError::NoSuchContribution, Class::NotFound, "not_found"),
            (PartnersError::NoSuchEndpoint, Class::NotFound, "not_found"),
            (PartnersError::NoSuchDelivery, Class::NotFound, "not_found"),
            (PartnersError::TooManyEndpoints, Class::Conflict, "too_many_endpoints"),
            (PartnersError::NotParked, Class::Conflict, "not_parked"),
            (PartnersError::BadCursor(table::BadCursor), Class::Invalid, "bad_cursor"),
            (PartnersError::Queue, Class::Unavailable, "queue"),
            (PartnersError::Invalid(Invalid::new("a", "b")), Class::Invalid, "invalid_field"),
        ];
        for (error, class, code) in table {
            assert_eq!((error.class(), error.code()), (class, code), "{error}");
        }
    }
}
