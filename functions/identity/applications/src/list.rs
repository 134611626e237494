//! `GET /applications`: the caller's own applications.

use axum::{Json, extract::State};
use edge::{Problem, ProblemBody, auth::Applicant};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, view::ApplicationSummary};

/// The caller's applications, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationList {
    applications: Vec<ApplicationSummary>,
}

/// The caller's applications.
#[utoipa::path(
    get, path = "/applications", tag = "applications",
    responses(
        (status = 200, description = "The caller's applications, newest first", body = ApplicationList),
        (status = 401, description = "No valid access token", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn list(State(app): State<App>, by: Applicant) -> Result<Json<ApplicationList>, Problem> {
    let applications = app.store.of_person(&by.subject).await?;
    Ok(Json(ApplicationList { applications: applications.into_iter().map(Into::into).collect() }))
}
