//! `POST /cases/{case}/images/{image}/boxes`: the author marks what was missed.

use axum::{Json, extract::State};
use community::case::image::Rectangle;
use edge::{ETag, IfMatch, Input, Now, Path, Problem, ProblemBody, auth::TripleVerified};
use http::StatusCode;
use kernel::id::{CaseId, ImageId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ImageView;
use crate::App;

/// Places to fill.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Boxes {
    /// One to twenty rectangles, in pixels of the clean image. They are filled in every frame.
    places: Vec<Rectangle>,
}

/// Has places filled. The image is `anonymising` until they are, and then `clean` and to be attested anew.
#[utoipa::path(
    post, path = "/cases/{case}/images/{image}/boxes", tag = "images",
    params(
        ("case" = CaseId, Path),
        ("image" = ImageId, Path),
        ("If-Match" = String, Header, description = "The ETag of the image that you saw"),
    ),
    request_body = Boxes,
    responses(
        (status = 202, description = "Being filled", body = ImageView),
        (status = 400, description = "A place is not in the picture, or If-Match is missing", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's, or no such image of it", body = ProblemBody),
        (status = 409, description = "No longer a draft, or the image is not clean", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn mark(
    State(app): State<App>,
    Now(now): Now,
    by: TripleVerified,
    Path((case, id)): Path<(CaseId, ImageId)>,
    IfMatch(revision): IfMatch,
    Input(boxes): Input<Boxes>,
) -> Result<(StatusCode, ETag, Json<ImageView>), Problem> {
    let before = app.own_image(&by, case, id).await?;
    let after = before.clone().mark(revision, boxes.places)?;
    app.cases.change_image(case, &before, &after, now).await?;
    Ok((StatusCode::ACCEPTED, ETag(after.revision), Json(app.view(after, now).await?)))
}
