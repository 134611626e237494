//! `POST /polls`: a member or the community team writes a poll.

use axum::{extract::State, response::Response};
use community::{CommunityError, poll::Poll};
use edge::{Now, Once, Problem, ProblemBody, answer, auth::Writer, stored};
use http::StatusCode;
use kernel::{
    id::PollId,
    text::{Line, Text},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{App, view::PollLine};

/// A poll.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPoll {
    /// What it asks.
    question: Text<500>,
    /// Two to ten different answers.
    options: Vec<Line>,
}

/// Writes a poll, for the community team to approve.
#[utoipa::path(
    post, path = "/polls", tag = "polls",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = NewPoll,
    responses(
        (status = 201, description = "A draft", body = PollLine),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Now(now): Now,
    once: Once<Writer, NewPoll>,
) -> Result<Response, Problem> {
    let Writer(claims) = once.by;
    let NewPoll { question, options } = once.input;
    let poll = Poll::draft(PollId::at(now), claims.sub, question, options, now)?;
    answer(app.store.table(), &once.key, async {
        let stored = stored(StatusCode::CREATED, &PollLine::from(poll.clone()));
        app.store.create(&poll, &once.key, &stored).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}
