//! `POST /reviews/{application}/approve`: a reviewer finds the application in order.

use axum::{Json, extract::State};
use edge::{Input, Metric, Nothing, Now, Path, Problem, ProblemBody, auth::Reviewer};
use identity::{
    IdentityError,
    application::{Application, Status},
};
use kernel::{Timestamp, id::ApplicationId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// A decision that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decided {
    pub(crate) application: ApplicationId,
    pub(crate) status: Status,
}

/// Approves an application that waits for a reviewer. Against a stage that failed, or for the namesake of a
/// member, it takes two: the first approval leaves it `in_review`.
#[utoipa::path(
    post, path = "/reviews/{application}/approve", tag = "review",
    params(("application" = ApplicationId, Path)),
    request_body = Nothing,
    responses(
        (status = 200, description = "Approved, or waiting for a second reviewer", body = Decided),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer, the reviewer's own application, or an appeal against their own refusal", body = ProblemBody),
        (status = 404, description = "No such application", body = ProblemBody),
        (status = 409, description = "It does not wait for a reviewer, the caller approved it already, or its licence was verified before for another account", body = ProblemBody),
        (status = 412, description = "Another reviewer approved it in the meantime", body = ProblemBody),
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
    let file = app.store.file(id).await?.ok_or(IdentityError::NoSuchApplication)?;
    let status = app.decisions.approve(&file, &by.subject, now).await?;
    measure(&file.application, status, now);
    Ok(Json(Decided { application: id, status }))
}

/// Records how long a decision of a reviewer took.
pub(crate) fn measure(application: &Application, status: Status, now: Timestamp) {
    if let Some(seconds) = application.seconds_to_decision(status, now) {
        Metric::seconds("SecondsToDecision", seconds, ("DecidedBy", "reviewer")).record();
    }
}
