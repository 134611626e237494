//! `POST /polls/{poll}/extend`, `/withdraw` and `/correct`: a moderator changes a poll that was opened, and says publicly why.

use axum::extract::State;
use community::review::Reason;
use edge::{Input, Now, Path, Problem, ProblemBody, auth::Moderator};
use http::StatusCode;
use kernel::{Timestamp, id::PollId};
use screening::Override;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;

/// For how much longer a poll is open, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PollExtension)]
pub(crate) struct Extension {
    /// Until when: later than it is open anyway, and sixty days after it was opened at most.
    until: Timestamp,
    /// Shown with the poll.
    reason: Reason,
    /// What was found in an earlier attempt and says nothing of a patient: it is for moderators to decide.
    #[serde(default)]
    overrides: Vec<Override>,
}

/// Why a poll is taken back, or what was wrong with what is published of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PublicReason)]
pub(crate) struct Why {
    /// Shown with the poll.
    reason: Reason,
    /// What was found in an earlier attempt and says nothing of a patient: it is for moderators to decide.
    #[serde(default)]
    overrides: Vec<Override>,
}

/// Keeps an open poll open for longer. It then stays open beside the poll that follows it.
#[utoipa::path(
    post, path = "/polls/{poll}/extend", tag = "polls",
    params(("poll" = PollId, Path)),
    request_body = Extension,
    responses(
        (status = 204, description = "Extended"),
        (status = 400, description = "That is no extension, or no reason", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "It is not open", body = ProblemBody),
        (status = 422, description = "Identifiers were found in the reason", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn extend(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
    Path(id): Path<PollId>,
    Input(Extension { until, reason, overrides }): Input<Extension>,
) -> Result<StatusCode, Problem> {
    let poll = app.store.find(id).await?;
    app.screen.check([("reason", reason.as_str())], overrides)?;
    app.store.extend(&poll, until, reason, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a poll back before it has a result. No ballot is signed or taken in any more, and it never has one.
#[utoipa::path(
    post, path = "/polls/{poll}/withdraw", tag = "polls",
    params(("poll" = PollId, Path)),
    request_body = Why,
    responses(
        (status = 204, description = "Withdrawn"),
        (status = 400, description = "No reason", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "It was not opened yet, or has a result", body = ProblemBody),
        (status = 422, description = "Identifiers were found in the reason", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
    Path(id): Path<PollId>,
    Input(Why { reason, overrides }): Input<Why>,
) -> Result<StatusCode, Problem> {
    let poll = app.store.find(id).await?;
    app.screen.check([("reason", reason.as_str())], overrides)?;
    app.store.withdraw(&poll, reason, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Corrects what is published with a result: a new version of it, that says what was wrong. The count stays as it is, since
/// anybody can recount it.
#[utoipa::path(
    post, path = "/polls/{poll}/correct", tag = "polls",
    params(("poll" = PollId, Path)),
    request_body = Why,
    responses(
        (status = 204, description = "Corrected"),
        (status = 400, description = "No reason", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "It has no result", body = ProblemBody),
        (status = 503, description = "Somebody else corrects it; read it again", body = ProblemBody),
        (status = 422, description = "Identifiers were found in the reason", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn correct(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
    Path(id): Path<PollId>,
    Input(Why { reason, overrides }): Input<Why>,
) -> Result<StatusCode, Problem> {
    let poll = app.store.find(id).await?;
    app.screen.check([("reason", reason.as_str())], overrides)?;
    app.store.correct(&poll, reason, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
