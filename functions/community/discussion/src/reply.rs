//! `POST /cases/{case}/contributions/{contribution}/replies`: a member replies to a contribution.

use axum::{extract::State, response::Response};
use community::discussion::ContributionKind;
use edge::{Now, Once, Path, Problem, ProblemBody, auth::Practising};
use kernel::id::{CaseId, ContributionId};

use crate::{
    App,
    contribute::{Contributing, Said, Saying},
};

/// Replies to a contribution.
#[utoipa::path(
    post, path = "/cases/{case}/contributions/{contribution}/replies", tag = "discussion",
    params(
        ("case" = CaseId, Path),
        ("contribution" = ContributionId, Path),
        ("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat"),
    ),
    request_body = Saying,
    responses(
        (status = 201, description = "Added to the discussion", body = Said),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a verified clinician", body = ProblemBody),
        (status = 404, description = "Nothing there for the caller", body = ProblemBody),
        (status = 409, description = "Not published, or closed", body = ProblemBody),
        (status = 422, description = "Identifiers were found, and nothing was kept; or the key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn reply(
    State(app): State<App>,
    Now(now): Now,
    Path((case, parent)): Path<(CaseId, ContributionId)>,
    once: Once<Practising, Saying>,
) -> Result<Response, Problem> {
    let said = once.input;
    let what = Contributing { case, kind: ContributionKind::Reply, parent: Some(parent), said };
    app.contribute(once.by.0, what, &once.key, now).await
}
