//! `PUT /cases/{case}/contributions/{contribution}/corroboration`: a member stands by a colleague.

use axum::extract::State;
use edge::{Path, Problem, ProblemBody, auth::Practising};
use http::StatusCode;
use kernel::id::{CaseId, ContributionId};

use crate::App;

/// Corroborates a contribution; doing it again changes nothing.
#[utoipa::path(
    put, path = "/cases/{case}/contributions/{contribution}/corroboration", tag = "discussion",
    params(("case" = CaseId, Path), ("contribution" = ContributionId, Path)),
    responses(
        (status = 204, description = "Corroborated"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "The caller's own contribution", body = ProblemBody),
        (status = 404, description = "Nothing there for the caller", body = ProblemBody),
        (status = 409, description = "Not published, or closed", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn corroborate(
    State(app): State<App>,
    Practising(by): Practising,
    Path((case, contribution)): Path<(CaseId, ContributionId)>,
) -> Result<StatusCode, Problem> {
    let (found, advice) = app.discussion.one(case, contribution).await?;
    found.visible_to(by.id)?.open()?;
    advice.may_be_corroborated(by.id)?;
    app.discussion.corroborate(case, contribution, by.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
