//! `PUT /applications/{application}`: the applicant corrects what waits for a reviewer.

use axum::{Json, extract::State};
use edge::{ETag, IfMatch, Input, Now, Path, Problem, ProblemBody, auth::Applicant};
use identity::{IdentityError, questions};
use kernel::id::ApplicationId;

use crate::{App, claim::NewApplication, view::ApplicationView};

/// Corrects an application. The stages run again, except those that would be asked the same.
#[utoipa::path(
    put, path = "/applications/{application}", tag = "applications",
    params(
        ("application" = ApplicationId, Path),
        ("If-Match" = String, Header, description = "The ETag of the version that is corrected"),
    ),
    request_body = NewApplication,
    responses(
        (status = 200, description = "Corrected, being verified again", body = ApplicationView),
        (status = 400, description = "A field is wrong, or If-Match is missing", body = ProblemBody),
        (status = 401, description = "No valid access token", body = ProblemBody),
        (status = 404, description = "No such application of the caller's", body = ProblemBody),
        (status = 409, description = "It does not wait for a reviewer, was corrected five times, or answers are being judged", body = ProblemBody),
        (status = 412, description = "Corrected or decided in the meantime", body = ProblemBody),
    ),
    security(("access_token" = [])),
)]
pub(crate) async fn correct(
    State(app): State<App>,
    Now(now): Now,
    by: Applicant,
    Path(id): Path<ApplicationId>,
    IfMatch(version): IfMatch,
    Input(input): Input<NewApplication>,
) -> Result<(ETag, Json<ApplicationView>), Problem> {
    let file = app.own(id, &by.subject).await?;
    let wanted = input.by_sign_in();
    // What it was filed with holds for its corrections.
    let sign_in = app.sign_in(&by.subject, wanted, now).await?.or(file.application.claim.sign_in.clone());
    if wanted && sign_in.is_none() {
        return Err(IdentityError::NoSignIn.into());
    }
    let claim = input.claim(sign_in, now).map_err(IdentityError::from)?;
    questions::not_judging(&file.evidence, now)?;
    let after = file.application.correct(version, claim)?;
    let carried = after.carried(&file.application, &file.evidence);
    app.store.correct(&file.application, &after, &carried, now).await?;
    Ok((ETag(after.revision), Json(ApplicationView::new(after, &carried, file.documents))))
}
