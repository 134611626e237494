//! `POST /polls/{poll}/approve`: a moderator puts a poll in line for its Monday.

use axum::extract::State;
use edge::{Input, Nothing, Now, Path, Problem, ProblemBody, auth::Moderator};
use http::StatusCode;
use kernel::id::PollId;

use crate::App;

/// Approves a draft.
#[utoipa::path(
    post, path = "/polls/{poll}/approve", tag = "polls",
    params(("poll" = PollId, Path)),
    request_body = Nothing,
    responses(
        (status = 204, description = "Approved"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "No longer a draft", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
    Path(id): Path<PollId>,
    Input(Nothing {}): Input<Nothing>,
) -> Result<StatusCode, Problem> {
    app.store.find(id).await?;
    app.store.approve(id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
