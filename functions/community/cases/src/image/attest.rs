//! `PUT /cases/{case}/images/{image}/attestation`: the author answers for an image as they saw it.

use axum::{Json, extract::State};
use edge::{ETag, IfMatch, Input, Nothing, Now, Path, Problem, ProblemBody, auth::TripleVerified};
use kernel::id::{CaseId, ImageId};

use super::ImageView;
use crate::App;

/// Attests that nothing in an image says who the patient is. Only attested images are published.
#[utoipa::path(
    put, path = "/cases/{case}/images/{image}/attestation", tag = "images",
    params(
        ("case" = CaseId, Path),
        ("image" = ImageId, Path),
        ("If-Match" = String, Header, description = "The ETag of the image that you saw"),
    ),
    request_body = Nothing,
    responses(
        (status = 200, description = "Attested", body = ImageView),
        (status = 400, description = "If-Match is missing", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's, or no such image of it", body = ProblemBody),
        (status = 409, description = "No longer a draft, or the image is not clean", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn attest(
    State(app): State<App>,
    Now(now): Now,
    by: TripleVerified,
    Path((case, id)): Path<(CaseId, ImageId)>,
    IfMatch(revision): IfMatch,
    Input(Nothing {}): Input<Nothing>,
) -> Result<(ETag, Json<ImageView>), Problem> {
    let before = app.own_image(&by, case, id).await?;
    let after = before.clone().attest(revision, now)?;
    app.cases.change_image(case, &before, &after, now).await?;
    Ok((ETag(after.revision), Json(app.view(after, now).await?)))
}
