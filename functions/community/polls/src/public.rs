//! `GET /public/polls` and `GET /public/polls/{poll}`: final results, open to everyone.

use axum::{Json, extract::State};
use community::{CommunityError, poll::Status};
use edge::{Paged, Path, Problem, ProblemBody, Query};
use kernel::id::PollId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    App,
    view::{PollList, PollView},
};

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// The closed polls.
#[utoipa::path(
    get, path = "/public/polls", tag = "public", params(Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = PollList),
        (status = 400, description = "A bad cursor", body = ProblemBody),
    ),
)]
pub(crate) async fn closed_list(
    State(app): State<App>,
    Query(which): Query<Which>,
) -> Result<Paged<PollList>, Problem> {
    let page = app.store.of_status(Status::Closed, &app.cursors, which.cursor.as_deref()).await?;
    let body = PollList { polls: page.polls.into_iter().map(Into::into).collect() };
    Ok(Paged { body, query: String::new(), next: page.next })
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
pub(crate) async fn closed(
    State(app): State<App>,
    Path(id): Path<PollId>,
) -> Result<Json<PollView>, Problem> {
    let whole = app.store.whole(id).await?;
    if whole.poll.status != Status::Closed {
        return Err(CommunityError::NoSuchPoll.into());
    }
    Ok(Json(whole.into()))
}
