//! `POST /reviews/{application}/correction`: a reviewer makes a correction, or declines it.

use axum::{Json, extract::State};
use edge::{Input, Now, Path, Problem, ProblemBody, auth::Reviewer};
use identity::IdentityError;
use kernel::id::ApplicationId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{App, approve::Decided};

/// What is decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnCorrection {
    /// Whether its source shows it.
    accept: bool,
}

/// Decides on the correction that a verified person asked for.
#[utoipa::path(
    post, path = "/reviews/{application}/correction", tag = "review",
    params(("application" = ApplicationId, Path)),
    request_body = OnCorrection,
    responses(
        (status = 200, description = "Made, or declined", body = Decided),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer, or the reviewer's own application", body = ProblemBody),
        (status = 404, description = "No such application", body = ProblemBody),
        (status = 409, description = "No correction waits, or another member has that name and date of birth", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn decide_correction(
    State(app): State<App>,
    Now(now): Now,
    by: Reviewer,
    Path(id): Path<ApplicationId>,
    Input(OnCorrection { accept }): Input<OnCorrection>,
) -> Result<Json<Decided>, Problem> {
    let before = app.store.find(id).await?.ok_or(IdentityError::NoSuchApplication)?;
    let after = before.decide_correction(&by.subject, accept, now)?;
    app.decisions.correct(&before, &after, now).await?;
    Ok(Json(Decided { application: id, status: after.status }))
}
