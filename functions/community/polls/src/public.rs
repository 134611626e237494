//! `GET /public/polls` and `GET /public/polls/{poll}`: final results, open to everyone.

use axum::{Json, extract::State};
use community::{CommunityError, poll::Status};
use edge::{Path, Problem, ProblemBody};
use kernel::id::PollId;

use crate::{
    App,
    view::{PollList, PollView},
};

/// The closed polls.
#[utoipa::path(
    get, path = "/public/polls", tag = "public",
    responses((status = 200, description = "At most 25, newest first", body = PollList)),
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<PollList>, Problem> {
    let polls = app.store.of_status(Status::Closed).await?.into_iter().map(Into::into).collect();
    Ok(Json(PollList { polls }))
}

/// A closed poll with its final result and the method note.
#[utoipa::path(
    get, path = "/public/polls/{poll}", tag = "public",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The final result", body = PollView),
        (status = 404, description = "No such closed poll", body = ProblemBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, Path(id): Path<PollId>) -> Result<Json<PollView>, Problem> {
    let whole = app.store.whole(id).await?;
    if whole.poll.status != Status::Closed {
        return Err(CommunityError::NoSuchPoll.into());
    }
    Ok(Json(whole.into()))
}
