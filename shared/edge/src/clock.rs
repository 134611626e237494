//! The one place that reads the clock.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use kernel::Timestamp;

/// The moment a request or a message arrived, to the millisecond.
///
/// A test sets it by putting a [`Now`] into the request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Now(pub Timestamp);

/// The system's time, to the millisecond.
#[expect(clippy::disallowed_methods, reason = "the clock is read here and nowhere else")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

impl<S: Sync> FromRequestParts<S> for Now {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_else(|| Self(now())))
    }
}
