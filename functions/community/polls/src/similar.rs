//! `GET /polls/{poll}/similar`: what was asked before in nearly the same words, for who decides on a poll.

use axum::{Json, extract::State};
use community::poll::Similar;
use edge::{Now, Path, Problem, ProblemBody, auth::Moderator};
use kernel::id::PollId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, view::PollLine};

/// A poll that asks nearly the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarPoll {
    #[serde(flatten)]
    poll: PollLine,
    /// How alike the questions are, in per cent: 100 is the same but for signs and capitals.
    likeness: f64,
}

/// Some of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarPolls {
    /// The likest first.
    polls: Vec<SimilarPoll>,
}

impl From<Similar> for SimilarPoll {
    fn from(Similar { poll, likeness }: Similar) -> Self {
        Self { poll: poll.into(), likeness: (likeness * 100.0).round() }
    }
}

/// The polls of the last year that ask nearly the same, whatever became of them.
#[utoipa::path(
    get, path = "/polls/{poll}/similar", tag = "polls",
    params(("poll" = PollId, Path)),
    responses(
        (status = 200, description = "The likest first", body = SimilarPolls),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn similar(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
    Path(id): Path<PollId>,
) -> Result<Json<SimilarPolls>, Problem> {
    let poll = app.store.find(id).await?;
    let polls = app.store.similar(&poll, now).await?.into_iter().map(Into::into).collect();
    Ok(Json(SimilarPolls { polls }))
}
