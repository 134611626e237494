//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-06): the same request twice has one
//! effect and one answer.

use std::future::Future;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kernel::Class;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use table::{OnceKey, Replay, Stored, Table};
use utoipa::ToSchema;

use crate::{Now, Problem, auth::Principal, input};

/// The header, in lower case.
const HEADER: &str = "idempotency-key";
/// The longest key, in bytes.
const LONGEST: usize = 128;

/// A body that carries no field.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A request that creates something: who asks, their idempotency key, and the body.
#[derive(Debug)]
pub struct Once<P, T> {
    /// The proof of who asks.
    pub by: P,
    /// The body.
    pub input: T,
    /// The key, bound to the caller and the request.
    pub key: OnceKey,
}

impl<P, T, S> FromRequest<S> for Once<P, T>
where
    P: FromRequestParts<S, Rejection = Problem> + Principal + Send,
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let by = P::from_request_parts(&mut parts, state).await?;
        let value = parts.headers.get(HEADER).and_then(|value| value.to_str().ok()).ok_or_else(missing)?;
        let value = unquote(value).ok_or_else(missing)?.to_owned();
        let Ok(Now(now)) = Now::from_request_parts(&mut parts, state).await;
        let bytes = input::bytes(&parts, body).await?;
        let principal = by.principal();
        let mut hash = Sha256::new();
        for part in [parts.method.as_str(), parts.uri.path(), &principal] {
            hash.update(part.as_bytes());
            hash.update(b"\0");
        }
        hash.update(&bytes);
        let key = OnceKey::new(&principal, &value, hex::encode(hash.finalize()), now);
        Ok(Self { by, input: input::parse(&bytes)?, key })
    }
}

/// The text of an RFC 8941 string item, of the characters that a key may have.
fn unquote(value: &str) -> Option<&str> {
    let text = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    (!text.is_empty() && text.len() <= LONGEST && text.chars().all(good)).then_some(text)
}

fn missing() -> Problem {
    Problem::new(
        Class::Invalid,
        "idempotency_key_required",
        "this request creates something, so it needs a key that makes it safe to repeat",
        "send Idempotency-Key: \"…\" in double quotes, with 1 to 128 letters, digits, or any of - _ . :",
    )
    .at("Idempotency-Key")
}

/// An answer with a JSON body, ready to be kept in the transaction that makes it true.
pub fn stored(status: StatusCode, body: &impl Serialize) -> Stored {
    Stored { status: status.as_u16(), body: serde_json::to_string(body).unwrap_or_default() }
}

/// Answers what the attempt stored; or, if it was refused because an earlier attempt with the same
/// key took effect, what that one answered.
///
/// # Errors
/// The attempt's own refusal, or `idempotency_key_reused` when the key stood for another request.
pub async fn answer<E: Into<Problem>>(
    table: &Table,
    key: &OnceKey,
    attempt: impl Future<Output = Result<Stored, E>> + Send,
) -> Result<Response, Problem> {
    match attempt.await {
        Ok(stored) => Ok(respond(&stored)),
        Err(error) => replayed(table, key, error.into()).await.map(|stored| respond(&stored)),
    }
}

/// What an earlier request with the same key stored, if one took effect.
///
/// # Errors
/// `refused` when there was none; `idempotency_key_reused` when the key stood for another request.
pub async fn replayed(table: &Table, key: &OnceKey, refused: Problem) -> Result<Stored, Problem> {
    match table.replay(key).await {
        Ok(Replay::Same(stored)) => Ok(stored),
        Ok(Replay::Different) => Err(Problem::new(
            Class::Mismatch,
            "idempotency_key_reused",
            "this key stands for another request",
            "send a new key with a new request, or the same request with its key",
        )
        .at("Idempotency-Key")),
        Ok(Replay::Unused) | Err(_) => Err(refused),
    }
}

/// What an earlier request with the same key kept of its answer, where the rest is made anew.
///
/// # Errors
/// `refused` when there was none; `idempotency_key_reused` when the key stood for another request.
pub async fn kept<T: DeserializeOwned>(table: &Table, key: &OnceKey, refused: Problem) -> Result<T, Problem> {
    let stored = replayed(table, key, refused).await?;
    serde_json::from_str(&stored.body).map_err(|_| {
        Problem::new(Class::Internal, "storage", "the first answer cannot be read", "send a new key")
    })
}

/// A stored answer, sent.
pub fn respond(stored: &Stored) -> Response {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    let media = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, media)], stored.body.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_quoted_string_of_plain_characters() {
        assert_eq!(unquote("\"8e03978e-40d5\""), Some("8e03978e-40d5"));
        for wrong in ["8e03978e", "\"\"", "\"a b\"", "\"a#b\"", "\"a", ""] {
            assert_eq!(unquote(wrong), None, "{wrong}");
        }
        assert_eq!(unquote(&format!("\"{}\"", "a".repeat(129))), None);
    }
}
