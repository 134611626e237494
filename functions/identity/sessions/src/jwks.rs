//! `GET /.well-known/jwks.json`: the keys that session tokens are checked with. Open to everyone.

use axum::{Json, extract::State, response::IntoResponse};
use http::header;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, signer::Jwk};

/// A key set (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Jwks {
    keys: Vec<Jwk>,
}

/// The keys that session tokens are checked with.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "sessions",
    responses((status = 200, description = "The key set", body = Jwks)),
)]
pub(crate) async fn jwks(State(app): State<App>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(Jwks { keys: vec![app.signer.public().clone()] }))
}
