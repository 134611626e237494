//! `POST /cases`: a triple-verified physician drafts a case.

use axum::{extract::State, response::Response};
use community::{CommunityError, case::Case};
use edge::{Now, Once, Problem, ProblemBody, answer, auth::TripleVerified, stored};
use http::StatusCode;
use kernel::id::CaseId;

use crate::{
    App,
    view::{CaseState, ContentInput},
};

/// Drafts a case.
#[utoipa::path(
    post, path = "/cases", tag = "cases",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = ContentInput,
    responses(
        (status = 201, description = "A draft, seen by its author alone", body = CaseState),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept; or the key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Now(now): Now,
    once: Once<TripleVerified, ContentInput>,
) -> Result<Response, Problem> {
    let TripleVerified(author) = once.by;
    let (content, overridden) = once.input.screened(&app.screen)?;
    let case = Case { overridden, ..Case::draft(CaseId::at(now), author.id, content, now) };
    answer(app.cases.table(), &once.key, async {
        let stored = stored(StatusCode::CREATED, &CaseState::from(&case));
        app.cases.create(&case, &once.key, &stored).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}
