//! `GET /applications/{application}`: one of the caller's applications.

use axum::{Json, extract::State};
use edge::{ETag, Path, Problem, ProblemBody, auth::Applicant};
use kernel::id::ApplicationId;

use crate::{App, view::ApplicationView};

/// One of the caller's applications.
#[utoipa::path(
    get, path = "/applications/{application}", tag = "applications",
    params(("application" = ApplicationId, Path)),
    responses(
        (status = 200, description = "Where it stands", body = ApplicationView),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn show(
    State(app): State<App>,
    by: Applicant,
    Path(id): Path<ApplicationId>,
) -> Result<(ETag, Json<ApplicationView>), Problem> {
    let file = app.own(id, &by.subject).await?;
    let version = ETag(file.application.revision);
    Ok((version, Json(ApplicationView::new(file.application, &file.evidence, file.documents))))
}
