//! `GET /applications/{application}`: one of the caller's applications.

use axum::{Json, extract::State};
use edge::{Path, Problem, ProblemBody, auth::Applicant};
use identity::IdentityError;
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
) -> Result<Json<ApplicationView>, Problem> {
    let application = app.store.find(id).await?.filter(|application| application.subject == by.subject);
    Ok(Json(application.ok_or(IdentityError::NoSuchApplication)?.into()))
}
