//! `POST /polls/{poll}/ballots`: a member votes, once.
//!
//! It takes no idempotency key: the answer to one would have to be kept together with a hash of what
//! was chosen, and a hash of one choice in ten hides nothing. A repeated ballot is simply refused.

use axum::extract::State;
use edge::{Input, Path, Problem, ProblemBody, auth::Practising};
use http::StatusCode;
use kernel::id::PollId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;

/// A ballot.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ballot {
    /// The number of the option.
    option: usize,
}

/// Votes in an open poll.
#[utoipa::path(
    post, path = "/polls/{poll}/ballots", tag = "polls",
    params(("poll" = PollId, Path)),
    request_body = Ballot,
    responses(
        (status = 204, description = "Counted"),
        (status = 400, description = "No such option", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a verified clinician", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "Voted already, or the poll is not open", body = ProblemBody),
        (status = 503, description = "Too many at once; try again", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn cast(
    State(app): State<App>,
    Practising(by): Practising,
    Path(id): Path<PollId>,
    Input(ballot): Input<Ballot>,
) -> Result<StatusCode, Problem> {
    app.store.find(id).await?.may_choose(ballot.option)?;
    app.store.cast(id, by.id, ballot.option).await?;
    Ok(StatusCode::NO_CONTENT)
}
