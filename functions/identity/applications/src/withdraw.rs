//! `POST /applications/{application}/withdraw`: the applicant takes it back.

use axum::{Json, extract::State};
use edge::{Input, Nothing, Now, Path, Problem, ProblemBody, auth::Applicant};
use identity::application::Status;
use kernel::id::ApplicationId;

use crate::{App, view::ApplicationView};

/// Withdraws an application that is not decided. It is erased after thirty days; its owner may apply again.
#[utoipa::path(
    post, path = "/applications/{application}/withdraw", tag = "applications",
    params(("application" = ApplicationId, Path)),
    request_body = Nothing,
    responses(
        (status = 200, description = "Withdrawn", body = ApplicationView),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "It was decided", body = ProblemBody),
        (status = 412, description = "Changed in the meantime: withdraw it as it is now", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Path(id): Path<ApplicationId>,
    Input(Nothing {}): Input<Nothing>,
) -> Result<Json<ApplicationView>, Problem> {
    let file = app.own(id, &by.subject).await?;
    if file.application.status == Status::Withdrawn {
        return Ok(Json(ApplicationView::new(file.application, &file.evidence, file.documents)));
    }
    let withdrawn = app.store.withdraw(&file, now).await?;
    Ok(Json(ApplicationView::new(withdrawn, &file.evidence, file.documents)))
}
