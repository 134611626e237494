//! `POST /reviews/{application}/approve`: a reviewer finds the application in order.

use axum::{Json, extract::State};
use edge::{Input, Nothing, Now, Path, Problem, ProblemBody, auth::Reviewer};
use identity::{
    IdentityError,
    application::{Decision, Status},
};
use kernel::id::ApplicationId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// A decision that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decided {
    pub(crate) application: ApplicationId,
    pub(crate) status: Status,
}

/// Approves an application that waits for a reviewer.
#[utoipa::path(
    post, path = "/reviews/{application}/approve", tag = "review",
    params(("application" = ApplicationId, Path)),
    request_body = Nothing,
    responses(
        (status = 200, description = "Approved", body = Decided),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer, or the reviewer's own application", body = ProblemBody),
        (status = 404, description = "No such application", body = ProblemBody),
        (status = 409, description = "It does not wait for a reviewer, or its licence was verified before for another account", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    Now(now): Now,
    by: Reviewer,
    Path(id): Path<ApplicationId>,
    Input(Nothing {}): Input<Nothing>,
) -> Result<Json<Decided>, Problem> {
    let application = app.store.find(id).await?.ok_or(IdentityError::NoSuchApplication)?;
    application.open_to(&by.subject)?;
    let status = app.decisions.review(&application, Decision::Approve, &by.subject, now).await?;
    Ok(Json(Decided { application: id, status }))
}
