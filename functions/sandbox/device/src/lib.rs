//! A stand-in for a device scoring service, for trying and testing Curbside. Never deployed in
//! production.
//!
//! The session id chooses the outcome: `duplicate…` scores 0.9 for several accounts, `fraud…` 0.5 for
//! fraud, `fake…` is called `Fake`, the parts of `persona::play` are played, and anything else is harmless.

use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::post,
};
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
    if let Some(answer) = persona::play(persona::begins(session)).await {
        return answer;
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
