//! `POST /cases/{case}/advice`: a triple-verified physician advises.

use axum::{extract::State, response::Response};
use community::discussion::ContributionKind;
use edge::{Now, Once, Path, Problem, ProblemBody, auth::TripleVerified};
use kernel::id::CaseId;

use crate::{
    App,
    contribute::{Contributing, Said, Saying},
};

/// Gives advice on a case.
#[utoipa::path(
    post, path = "/cases/{case}/advice", tag = "discussion",
    params(
        ("case" = CaseId, Path),
        ("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat"),
    ),
    request_body = Saying,
    responses(
        (status = 201, description = "Added to the discussion", body = Said),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician, or the author of the case", body = ProblemBody),
        (status = 404, description = "Nothing there for the caller", body = ProblemBody),
        (status = 409, description = "Not published, or closed", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept; or the key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn advise(
    State(app): State<App>,
    Now(now): Now,
    Path(case): Path<CaseId>,
    once: Once<TripleVerified, Saying>,
) -> Result<Response, Problem> {
    let TripleVerified(by) = once.by;
    let what = Contributing { case, kind: ContributionKind::Advice, parent: None, said: once.input };
    app.contribute(by, what, &once.key, now).await
}
