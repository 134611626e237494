//! `GET /polls/{poll}`: a poll with its result so far, to members.

use axum::{Json, extract::State};
use community::{CommunityError, poll::Status};
use edge::{Path, Problem, ProblemBody, auth::SignedIn};
use kernel::{id::PollId, session::Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, view::PollView};

/// A poll, and whether the caller took part.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollForMember {
    #[serde(flatten)]
    poll: PollView,
    /// Whether the caller has voted. What they chose is kept nowhere.
    voted: bool,
}

/// A poll with its result so far.
#[utoipa::path(
    get, path = "/polls/{poll}", tag = "polls",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The poll, its result so far, and whether the caller took part", body = PollForMember),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 404, description = "No such poll for the caller", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    SignedIn(by): SignedIn,
    Path(id): Path<PollId>,
) -> Result<Json<PollForMember>, Problem> {
    let whole = app.store.whole(id).await?;
    let published = matches!(whole.poll.status, Status::Open | Status::Closed);
    if !published && whole.poll.author != by.sub && !by.roles.contains(&Role::Moderator) {
        return Err(CommunityError::NoSuchPoll.into());
    }
    let voted = app.store.took_part(id, by.sub).await?;
    Ok(Json(PollForMember { poll: whole.into(), voted }))
}
