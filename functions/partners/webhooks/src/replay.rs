//! `POST /webhooks/{endpoint}/deliveries/{delivery}/replay`: a parked delivery is tried anew.

use axum::extract::State;
use edge::{Input, Nothing, Now, Path, Problem, ProblemBody, auth::Observer};
use http::StatusCode;
use kernel::id::{EndpointId, MessageId};

use crate::App;

/// Replays a parked delivery, with all its attempts before it again. An endpoint that was disabled is
/// enabled by it.
#[utoipa::path(
    post, path = "/webhooks/{endpoint}/deliveries/{delivery}/replay", tag = "webhooks",
    params(("endpoint" = EndpointId, Path), ("delivery" = MessageId, Path)),
    request_body = Nothing,
    responses(
        (status = 202, description = "On its way again"),
        (status = 401, description = "No valid API key", body = ProblemBody),
        (status = 404, description = "No such endpoint or delivery of the caller's", body = ProblemBody),
        (status = 409, description = "Not parked", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn replay(
    State(app): State<App>,
    Now(now): Now,
    by: Observer,
    Path((endpoint, message)): Path<(EndpointId, MessageId)>,
    Input(Nothing {}): Input<Nothing>,
) -> Result<StatusCode, Problem> {
    app.store.find(by.organisation, endpoint).await?;
    app.store.one(endpoint, message).await?;
    app.store.unpark(endpoint, message, now).await?;
    Ok(StatusCode::ACCEPTED)
}
