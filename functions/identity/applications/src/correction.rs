//! `POST /applications/{application}/corrections`: a verified person has a field corrected.

use axum::{Json, extract::State};
use edge::{Input, Now, Path, Problem, ProblemBody, auth::Applicant};
use identity::application::Field;
use jiff::tz::TimeZone;
use kernel::{
    id::ApplicationId,
    text::{Line, Text},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{App, view::ApplicationView};

/// A field that is wrong, what it should say, and what shows it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCorrection {
    field: Field,
    value: Line,
    /// For example a marriage certificate, with its number.
    source: Text<500>,
}

/// Asks for a field of what was verified to be corrected. A reviewer decides.
#[utoipa::path(
    post, path = "/applications/{application}/corrections", tag = "applications",
    params(("application" = ApplicationId, Path)),
    request_body = NewCorrection,
    responses(
        (status = 200, description = "A reviewer will look at it", body = ApplicationView),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not verified yet", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "Another correction waits, or there were twenty", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn ask_correction(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Path(id): Path<ApplicationId>,
    Input(NewCorrection { field, value, source }): Input<NewCorrection>,
) -> Result<Json<ApplicationView>, Problem> {
    let file = app.own(id, &by.subject).await?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let after = file.application.ask_correction((field, value), source, today, now)?;
    app.store.replace(&file.application, &after).await?;
    Ok(Json(ApplicationView::new(after, &file.evidence, file.documents)))
}
