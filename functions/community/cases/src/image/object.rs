//! `POST /cases/{case}/images/{image}/objection`: the author says that places were filled wrongly.

use axum::{Json, extract::State};
use community::{
    case::image::{Objection, Rectangle},
    review::Reason,
};
use edge::{ETag, IfMatch, Input, Now, Path, Problem, ProblemBody, auth::TripleVerified};
use http::StatusCode;
use kernel::id::{CaseId, ImageId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::offer::Offer;
use crate::App;

/// What was filled wrongly.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wrong {
    /// One to twenty places of the image's `filled`, as they stand there.
    places: Vec<Rectangle>,
    /// Why they say nothing of the patient. A moderator sees it.
    reason: Reason,
}

/// Asks a moderator about places that were filled wrongly. Nothing was kept of what stood there, so the image is to be
/// uploaded again, with the form that is answered: the places are left as they are, and the image is `needs_review`
/// until a moderator has seen it.
#[utoipa::path(
    post, path = "/cases/{case}/images/{image}/objection", tag = "images",
    params(
        ("case" = CaseId, Path),
        ("image" = ImageId, Path),
        ("If-Match" = String, Header, description = "The ETag of the image that you saw"),
    ),
    request_body = Wrong,
    responses(
        (status = 202, description = "Where to upload the image again", body = Offer),
        (status = 400, description = "The system did not fill a place, or If-Match is missing", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's, or no such image of it", body = ProblemBody),
        (status = 409, description = "No longer a draft, or the image is not clean", body = ProblemBody),
        (status = 412, description = "Changed in the meantime", body = ProblemBody),
        (status = 422, description = "Identifiers were found in the reason", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn object(
    State(app): State<App>,
    Now(now): Now,
    by: TripleVerified,
    Path((case, id)): Path<(CaseId, ImageId)>,
    IfMatch(revision): IfMatch,
    Input(Wrong { places, reason }): Input<Wrong>,
) -> Result<(StatusCode, ETag, Json<Offer>), Problem> {
    app.screen.check([("reason", reason.as_str())], Vec::new())?;
    let before = app.own_image(&by, case, id).await?;
    let objection = Objection { by: by.0.id, places, reason };
    let after = before.clone().object(revision, objection)?;
    app.cases.change_image(case, &before, &after, now).await?;
    let offer = app.offer_of(case, &after, now).await?;
    Ok((StatusCode::ACCEPTED, ETag(after.revision), Json(offer)))
}
