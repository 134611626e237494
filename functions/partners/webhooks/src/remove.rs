//! `DELETE /webhooks/{endpoint}`: an endpoint is told nothing more.

use axum::extract::State;
use edge::{Path, Problem, ProblemBody, auth::Observer};
use http::StatusCode;
use kernel::id::EndpointId;

use crate::App;

/// Removes an endpoint. Attempts that are on their way are not made.
#[utoipa::path(
    delete, path = "/webhooks/{endpoint}", tag = "webhooks",
    params(("endpoint" = EndpointId, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 401, description = "No valid API key", body = ProblemBody),
        (status = 404, description = "No such endpoint of the caller's", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    by: Observer,
    Path(id): Path<EndpointId>,
) -> Result<StatusCode, Problem> {
    let endpoint = app.store.find(by.organisation, id).await?;
    app.store.remove(&endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}
