//! `POST /reviews/{application}/ask`: a reviewer asks the applicant for more.

use axum::{Json, extract::State};
use edge::{Input, Now, Path, Problem, ProblemBody, auth::Reviewer};
use identity::IdentityError;
use kernel::{id::ApplicationId, text::Text};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{App, approve::Decided};

/// What is asked, in words that the applicant will read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    words: Text<2_000>,
}

/// Asks the applicant for more. The application leaves the queue until they answer or correct it.
#[utoipa::path(
    post, path = "/reviews/{application}/ask", tag = "review",
    params(("application" = ApplicationId, Path)),
    request_body = Question,
    responses(
        (status = 200, description = "Asked", body = Decided),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 403, description = "Not a reviewer, the reviewer's own application, or an appeal against their own refusal", body = ProblemBody),
        (status = 404, description = "No such application", body = ProblemBody),
        (status = 409, description = "It does not wait for a reviewer, or twenty notes were written", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn ask(
    State(app): State<App>,
    Now(now): Now,
    by: Reviewer,
    Path(id): Path<ApplicationId>,
    Input(Question { words }): Input<Question>,
) -> Result<Json<Decided>, Problem> {
    let before = app.store.find(id).await?.ok_or(IdentityError::NoSuchApplication)?;
    let after = before.ask(&by.subject, words, now)?;
    app.store.ask(&before, &after, now).await?;
    Ok(Json(Decided { application: id, status: after.status }))
}
