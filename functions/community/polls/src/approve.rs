//! `POST /polls/{poll}/approve` and `POST /polls/{poll}/decline`: a moderator decides on a poll.

use axum::extract::State;
use community::{CommunityError, calendar::Place, poll::Status, review::Reason};
use edge::{IfMatch, Input, Now, Path, Problem, ProblemBody, auth::Moderator};
use http::StatusCode;
use kernel::{Audience, id::PollId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;

/// Where an approved poll is to wait.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PollApproval)]
pub(crate) struct Approval {
    /// At the end of its audience's queue without it.
    #[serde(default)]
    place: Place,
}

/// Why a poll is declined.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PollRefusal)]
pub(crate) struct Refusal {
    /// For who proposed it.
    reason: Reason,
}

/// Approves a draft, in the version that was read, and puts it in line for its Monday.
#[utoipa::path(
    post, path = "/polls/{poll}/approve", tag = "polls",
    params(
        ("poll" = PollId, Path),
        ("If-Match" = String, Header, description = "The ETag of the version that is approved"),
    ),
    request_body = Approval,
    responses(
        (status = 204, description = "Approved"),
        (status = 400, description = "If-Match is missing, or the date is past", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "No longer a draft, the place is taken, or its audience is too small", body = ProblemBody),
        (status = 412, description = "Edited in the meantime", body = ProblemBody),
        (status = 503, description = "Others change the same queue; try again", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
    Path(id): Path<PollId>,
    IfMatch(version): IfMatch,
    Input(Approval { place }): Input<Approval>,
) -> Result<StatusCode, Problem> {
    let poll = app.store.find(id).await?;
    if poll.status == Status::Draft && poll.version != version {
        return Err(CommunityError::Stale.into());
    }
    let audience = &poll.content.audience;
    if *audience != Audience::default() && app.members.census().await?.eligible(audience) < app.floor {
        return Err(CommunityError::AudienceTooSmall.into());
    }
    app.calendar.approve(&poll, place, app.today(now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Declines a draft, or a poll that was approved and was not opened yet. Who proposed it is told why.
#[utoipa::path(
    post, path = "/polls/{poll}/decline", tag = "polls",
    params(("poll" = PollId, Path)),
    request_body = Refusal,
    responses(
        (status = 204, description = "Declined"),
        (status = 400, description = "No reason", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "It was opened or declined already", body = ProblemBody),
        (status = 503, description = "Others change the same queue; try again", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn decline(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
    Path(id): Path<PollId>,
    Input(Refusal { reason }): Input<Refusal>,
) -> Result<StatusCode, Problem> {
    let poll = app.store.find(id).await?;
    match poll.status {
        Status::Draft => app.store.decline(&poll, &reason, now).await?,
        Status::Approved => app.calendar.decline(&poll, &reason, now).await?,
        Status::Declined | Status::Open | Status::Counting | Status::Closed | Status::Withdrawn => {
            return Err(CommunityError::PollDecided.into());
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
