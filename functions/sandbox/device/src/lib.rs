//! A stand-in for a device scoring service, for trying and testing Curbside. Never deployed in
//! production.
//!
//! The session id chooses the outcome: `duplicate…` scores 0.9 for several accounts, `fraud…` 0.5 for
//! fraud, `fake…` is called `Fake`, `malformed…` gives a body of another shape, `throttled…`,
//! `unavailable…` and `broken…` are 429, 503 and 500, `dropped…` ends in the middle of the answer, `slow…`
//! answers after twelve seconds, and anything else is harmless.

use std::time::Duration;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
struct Request {
    account: Account,
    session_id: String,
}

#[derive(Debug, Deserialize)]
struct Account {
    id: String,
}

#[derive(Debug, Serialize)]
struct Score {
    request_id: String,
    account_id: String,
    decision: &'static str,
    account_score: f64,
    multiple_accounts: f64,
    bot: f64,
}

/// The routes.
pub fn router() -> Router {
    Router::new().route("/session/authenticate", post(authenticate))
}

async fn authenticate(headers: HeaderMap, Json(request): Json<Request>) -> Response {
    if headers.get("x-api-key").is_none_or(HeaderValue::is_empty) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let session = request.session_id.as_str();
    let is = |persona: &str| session.starts_with(persona);
    if is("malformed") {
        return Json("not a score").into_response();
    }
    for (persona, status) in [
        ("throttled", StatusCode::TOO_MANY_REQUESTS),
        ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        ("broken", StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        if is(persona) {
            return status.into_response();
        }
    }
    if is("dropped") {
        let parts = [Ok(Bytes::from_static(b"{\"request_id\":")), Err(std::io::Error::other("dropped"))];
        return Body::from_stream(stream::iter(parts)).into_response();
    }
    if is("slow") {
        tokio::time::sleep(Duration::from_secs(12)).await;
    }
    Json(Score {
        request_id: format!("req-{session}"),
        account_id: request.account.id,
        decision: if is("fake") { "Fake" } else { "Real" },
        account_score: if is("fraud") { 0.5 } else { 0.02 },
        multiple_accounts: if is("duplicate") { 0.9 } else { 0.01 },
        bot: 0.0,
    })
    .into_response()
}
