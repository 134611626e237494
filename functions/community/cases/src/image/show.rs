//! `GET /cases/{case}/images/{image}`: how far an image is.

use axum::{Json, extract::State};
use community::CommunityError;
use edge::{ETag, Now, Path, Problem, ProblemBody, auth::Member};
use kernel::id::{CaseId, ImageId};

use super::ImageView;
use crate::App;

/// An image, to the case's author or, once the case is published, to every member.
#[utoipa::path(
    get, path = "/cases/{case}/images/{image}", tag = "images",
    params(("case" = CaseId, Path), ("image" = ImageId, Path)),
    responses(
        (status = 200, description = "The image; the ETag is its revision", body = ImageView),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 404, description = "No such image for the caller", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn show_image(
    State(app): State<App>,
    Now(now): Now,
    by: Member,
    Path((case, id)): Path<(CaseId, ImageId)>,
) -> Result<(ETag, Json<ImageView>), Problem> {
    app.cases.find(case).await?.visible_to(by.id)?;
    let image = app.cases.image(case, id).await?.ok_or(CommunityError::NoSuchImage)?;
    Ok((ETag(image.revision), Json(app.view(image, now).await?)))
}
