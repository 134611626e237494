//! `PUT /cases/{case}/contributions/{contribution}/mark`: an observer found it valuable.

use axum::extract::State;
use edge::{Now, Path, Problem, ProblemBody, auth::Observer};
use http::StatusCode;
use kernel::id::{CaseId, ContributionId};

use crate::App;

/// Marks a contribution as valuable: its author will be paid once the case is closed. Marking it again
/// changes nothing.
#[utoipa::path(
    put, path = "/cases/{case}/contributions/{contribution}/mark", tag = "observe",
    params(("case" = CaseId, Path), ("contribution" = ContributionId, Path)),
    responses(
        (status = 204, description = "Marked"),
        (status = 401, description = "No valid API key", body = ProblemBody),
        (status = 404, description = "No such case or contribution under the contract", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn mark(
    State(app): State<App>,
    Now(now): Now,
    by: Observer,
    Path((case, contribution)): Path<(CaseId, ContributionId)>,
) -> Result<StatusCode, Problem> {
    let specialty = app.projection.specialty(case).await?;
    let contract = app.covering(&by, specialty, now).await?;
    app.projection.mark(case, contribution, &contract, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
