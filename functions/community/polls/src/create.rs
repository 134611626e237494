//! `POST /polls`: a member or the community team writes a poll.

use axum::{extract::State, response::Response};
use community::{
    CommunityError,
    poll::{Poll, Status},
};
use edge::{Now, Once, Problem, ProblemBody, answer, auth::Writer, stored};
use http::StatusCode;
use kernel::{
    id::PollId,
    text::{Line, Text},
};
use screening::Override;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// A poll that was written. It says nothing of the text, since the answer is kept for those who ask twice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProposedPoll)]
pub(crate) struct Proposed {
    id: PollId,
    status: Status,
}

/// A poll.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPoll {
    /// What it asks.
    question: Text<500>,
    /// Two to ten different answers.
    options: Vec<Line>,
    /// What was found in an earlier attempt and says nothing of a patient.
    #[serde(default)]
    overrides: Vec<Override>,
}

/// Writes a poll, for the community team to approve.
#[utoipa::path(
    post, path = "/polls", tag = "polls",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = NewPoll,
    responses(
        (status = 201, description = "A draft", body = Proposed),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept; or the key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Now(now): Now,
    once: Once<Writer, NewPoll>,
) -> Result<Response, Problem> {
    let Writer(claims) = once.by;
    let NewPoll { question, options, overrides } = once.input;
    let texts = [("question".to_owned(), question.as_str())].into_iter().chain(
        options.iter().enumerate().map(|(number, option)| (format!("options[{number}]"), option.as_str())),
    );
    let overridden = app.screen.check(texts, overrides)?;
    let poll = Poll::draft(PollId::at(now), claims.sub, question, options, now)?;
    answer(app.store.table(), &once.key, async {
        let stored = stored(StatusCode::CREATED, &Proposed { id: poll.id, status: poll.status });
        app.store.create(&poll, overridden, &once.key, &stored).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}
