//! `/applications/draft`: what an applicant has filled in so far.

use axum::{Json, extract::State};
use edge::{Input, Now, Problem, ProblemBody, auth::Applicant};
use http::StatusCode;
use identity::{IdentityError, application::Draft};

use crate::App;

/// Saves a draft in the place of any earlier one. It is kept for ninety days, and gone once it is submitted.
#[utoipa::path(
    put, path = "/applications/draft", tag = "applications",
    request_body = Draft,
    responses(
        (status = 204, description = "Saved"),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn save_draft(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Input(draft): Input<Draft>,
) -> Result<StatusCode, Problem> {
    app.store.save_draft(&by.subject, draft, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's draft.
#[utoipa::path(
    get, path = "/applications/draft", tag = "applications",
    responses(
        (status = 200, description = "What was saved last", body = Draft),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "Nothing was saved", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn show_draft(State(app): State<App>, by: Applicant) -> Result<Json<Draft>, Problem> {
    Ok(Json(app.store.draft(&by.subject).await?.ok_or(IdentityError::NoDraft)?))
}

/// Throws the caller's draft away.
#[utoipa::path(
    delete, path = "/applications/draft", tag = "applications",
    responses(
        (status = 204, description = "There is no draft any more"),
        (status = 401, description = "No valid access token", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn discard_draft(State(app): State<App>, by: Applicant) -> Result<StatusCode, Problem> {
    app.store.discard_draft(&by.subject).await?;
    Ok(StatusCode::NO_CONTENT)
}
