//! `POST /applications/{application}/answer` and `…/appeal`: the applicant has the word.

use axum::{Json, extract::State};
use edge::{Input, Now, Path, Problem, ProblemBody, auth::Applicant};
use kernel::{id::ApplicationId, text::Text};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{App, view::ApplicationView};

/// What the applicant has to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    words: Text<2_000>,
}

/// Answers what a reviewer asked.
#[utoipa::path(
    post, path = "/applications/{application}/answer", tag = "applications",
    params(("application" = ApplicationId, Path)),
    request_body = Words,
    responses(
        (status = 200, description = "Answered; a reviewer has the word", body = ApplicationView),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "Nothing was asked", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn answer_reviewer(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Path(id): Path<ApplicationId>,
    Input(Words { words }): Input<Words>,
) -> Result<Json<ApplicationView>, Problem> {
    let file = app.own(id, &by.subject).await?;
    let after = file.application.answer(words, now)?;
    app.store.replace(&file.application, &after).await?;
    Ok(Json(ApplicationView::new(after, &file.evidence, file.documents)))
}

/// Appeals against a refusal: once, within thirty days. Another reviewer decides.
#[utoipa::path(
    post, path = "/applications/{application}/appeal", tag = "applications",
    params(("application" = ApplicationId, Path)),
    request_body = Words,
    responses(
        (status = 200, description = "A reviewer will look at it", body = ApplicationView),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "Not refused, appealed before, out of time, or applied anew", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn appeal(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Path(id): Path<ApplicationId>,
    Input(Words { words }): Input<Words>,
) -> Result<Json<ApplicationView>, Problem> {
    let file = app.own(id, &by.subject).await?;
    let after = file.application.appeal(words, now)?;
    app.store.appeal(&file.application, &after).await?;
    Ok(Json(ApplicationView::new(after, &file.evidence, file.documents)))
}
