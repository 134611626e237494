//! `PUT /inbox/read`: the caller has read up to a notice.

use axum::extract::State;
use edge::{Input, Problem, ProblemBody, auth::Member};
use http::StatusCode;
use kernel::id::NoticeId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;

/// Up to where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadTo {
    /// The newest notice that was read.
    notice: NoticeId,
}

/// Marks all notices up to one as read.
#[utoipa::path(
    put, path = "/inbox/read", tag = "inbox",
    request_body = ReadTo,
    responses(
        (status = 204, description = "Remembered"),
        (status = 400, description = "Not a notice's id", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn read(
    State(app): State<App>,
    by: Member,
    Input(to): Input<ReadTo>,
) -> Result<StatusCode, Problem> {
    app.inbox.read_to(by.id, to.notice).await?;
    Ok(StatusCode::NO_CONTENT)
}
