//! `POST /cases/{case}/publish`: the author shows the case to colleagues, once its images are clean and attested.

use axum::{extract::State, response::Response};
use community::CommunityError;
use edge::{Nothing, Now, Once, Path, Problem, ProblemBody, answer, auth::TripleVerified, stored};
use http::StatusCode;
use kernel::id::CaseId;

use crate::{App, view::CaseState};

/// Publishes a draft.
#[utoipa::path(
    post, path = "/cases/{case}/publish", tag = "cases",
    params(
        ("case" = CaseId, Path),
        ("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat"),
    ),
    request_body = Nothing,
    responses(
        (status = 200, description = "Published", body = CaseState),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's", body = ProblemBody),
        (status = 409, description = "No longer a draft, or an image is not clean or not attested", body = ProblemBody),
        (status = 412, description = "The case or an image of it changed in the meantime", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn publish(
    State(app): State<App>,
    Now(now): Now,
    Path(id): Path<CaseId>,
    once: Once<TripleVerified, Nothing>,
) -> Result<Response, Problem> {
    let TripleVerified(by) = once.by;
    answer(app.cases.table(), &once.key, async {
        let whole = app.cases.whole(id).await?;
        let after = whole.case.clone().publish(by.id, &whole.images, now)?;
        let stored = stored(StatusCode::OK, &CaseState::from(&after));
        let byline = app.aliases.byline(by.id, by.clinician);
        app.cases.publish(&whole.case, &whole.images, &after, byline, &once.key, &stored).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}
