//! `POST /polls`: a member or the community team proposes a poll.

use axum::{extract::State, response::Response};
use community::{
    CommunityError,
    poll::{Poll, Proposer, Status},
};
use edge::{Now, Once, Problem, ProblemBody, answer, auth::Writer, stored};
use http::StatusCode;
use kernel::{id::PollId, session::Role};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, proposal::Proposal};

/// A poll that was proposed. It says nothing of the text, since the answer is kept for those who ask twice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProposedPoll)]
pub(crate) struct Proposed {
    id: PollId,
    status: Status,
}

/// Proposes a poll, for a moderator to decide on. Of one member, five wait at most.
#[utoipa::path(
    post, path = "/polls", tag = "polls",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = Proposal,
    responses(
        (status = 201, description = "A draft", body = Proposed),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 409, description = "Five of the caller's wait already", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept; or the key was used for another request", body = ProblemBody),
        (status = 503, description = "The caller proposes many at once; try again", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Now(now): Now,
    once: Once<Writer, Proposal>,
) -> Result<Response, Problem> {
    let Writer(by) = once.by;
    let credited = once.input.credited.unwrap_or_default();
    let (content, overridden) = once.input.screened(&app.screen)?;
    let proposer = Proposer { member: by.sub, team: by.roles.contains(&Role::Moderator), credited };
    let poll = Poll::draft(PollId::at(now), proposer, content, now);
    answer(app.store.table(), &once.key, async {
        let stored = stored(StatusCode::CREATED, &Proposed { id: poll.id, status: poll.status });
        app.store.create(&poll, overridden, &once.key, &stored).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}
