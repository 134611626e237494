//! Versions of what can be edited: `ETag` out, `If-Match` in (RFC 9110).

use axum::{
    extract::FromRequestParts,
    response::{IntoResponseParts, ResponseParts},
};
use http::{HeaderValue, header, request::Parts};
use kernel::Class;

use crate::Problem;

/// The version of what is answered.
#[derive(Debug, Clone, Copy)]
pub struct ETag(pub i64);

/// The version that the caller edited. Required on every edit.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub i64);

impl IntoResponseParts for ETag {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Ok(value) = HeaderValue::from_str(&format!("\"v{}\"", self.0)) {
            parts.headers_mut().insert(header::ETAG, value);
        }
        Ok(parts)
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let refused = || {
            Problem::new(
                Class::Invalid,
                "if_match_required",
                "an edit needs the version that it edits",
                "send the ETag of your last read in the If-Match header",
            )
            .at("If-Match")
        };
        let value = parts.headers.get(header::IF_MATCH).ok_or_else(refused)?;
        let text = value.to_str().map_err(|_| refused())?;
        text.strip_prefix("\"v")
            .and_then(|text| text.strip_suffix('"'))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(refused)
    }
}
