//! `GET /webhooks`: the caller's endpoints.

use axum::{Json, extract::State};
use edge::{Problem, ProblemBody, auth::Observer};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, view::EndpointView};

/// The caller's endpoints.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndpointList {
    endpoints: Vec<EndpointView>,
}

/// The caller's endpoints.
#[utoipa::path(
    get, path = "/webhooks", tag = "webhooks",
    responses(
        (status = 200, description = "All of them, newest first", body = EndpointList),
        (status = 401, description = "No valid API key", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list(State(app): State<App>, by: Observer) -> Result<Json<EndpointList>, Problem> {
    let found = app.store.of_organisation(by.organisation).await?;
    Ok(Json(EndpointList { endpoints: found.iter().map(Into::into).collect() }))
}
