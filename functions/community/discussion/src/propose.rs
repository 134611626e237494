//! `POST /cases/{case}/courses`: a triple-verified physician proposes a course of action.

use axum::{extract::State, response::Response};
use community::{CommunityError, vote::Course};
use edge::{Now, Once, Path, Problem, ProblemBody, answer, auth::TripleVerified, stored};
use http::StatusCode;
use kernel::id::{CaseId, CourseId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, contribute::Saying};

/// A course of action that can be voted for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Proposed {
    id: CourseId,
}

/// Proposes a course of action.
#[utoipa::path(
    post, path = "/cases/{case}/courses", tag = "discussion",
    params(
        ("case" = CaseId, Path),
        ("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat"),
    ),
    request_body = Saying,
    responses(
        (status = 201, description = "Can be voted for", body = Proposed),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case for the caller", body = ProblemBody),
        (status = 409, description = "Not published, closed, or too many courses, in all or of one member", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept; or the key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn propose(
    State(app): State<App>,
    Now(now): Now,
    Path(id): Path<CaseId>,
    once: Once<TripleVerified, Saying>,
) -> Result<Response, Problem> {
    let TripleVerified(by) = once.by;
    let Saying { text, overrides } = once.input;
    let overridden = app.screen.check([("text", text.as_str())], overrides)?;
    let course = Course { id: CourseId::at(now), proposer: by.id, text, proposed_at: now, hidden: None };
    answer(app.votes.table(), &once.key, async {
        app.cases.find(id).await?.visible_to(by.id)?.open()?;
        let stored = stored(StatusCode::CREATED, &Proposed { id: course.id });
        app.votes.propose(id, &course, overridden, &once.key, &stored).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}
