//! `POST /cases/{case}/images` and `DELETE /cases/{case}/images/{image}`: illustrating a draft.

use axum::{extract::State, response::Response};
use community::{
    CommunityError,
    case::image::{Image, ImageState, MediaType},
};
use edge::{Now, Once, Path, Problem, ProblemBody, answer, auth::TripleVerified, stored};
use http::StatusCode;
use kernel::id::{CaseId, ImageId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{App, upload::Form};

/// What will be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewImage {
    /// Its media type; the upload must declare the same.
    media_type: MediaType,
}

/// Where to upload it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Offer {
    image: ImageId,
    /// A form to post with the file as its last field, `file`, within ten minutes.
    upload: Form,
}

/// Offers an upload for an image of up to 10 MiB.
#[utoipa::path(
    post, path = "/cases/{case}/images", tag = "cases",
    params(
        ("case" = CaseId, Path),
        ("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat"),
    ),
    request_body = NewImage,
    responses(
        (status = 201, description = "Where to upload the image", body = Offer),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's", body = ProblemBody),
        (status = 409, description = "No longer a draft, or full", body = ProblemBody),
        (status = 412, description = "Edited in the meantime", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn offer(
    State(app): State<App>,
    Now(now): Now,
    Path(id): Path<CaseId>,
    once: Once<TripleVerified, NewImage>,
) -> Result<Response, Problem> {
    let image = Image {
        id: ImageId::at(now),
        state: ImageState::Awaiting,
        media_type: once.input.media_type,
        offered_at: now,
        refusal: None,
        width: None,
        height: None,
    };
    let upload = app.uploads.form(&format!("{id}/{}", image.id), image.media_type, now).await?;
    let TripleVerified(by) = once.by;
    answer(app.cases.table(), &once.key, async {
        let whole = app.cases.whole(id).await?;
        whole.case.may_add_image(by.id, &whole.images)?;
        let stored = stored(StatusCode::CREATED, &Offer { image: image.id, upload });
        app.cases.offer_image(&whole.case, &image, &once.key, &stored).await?;
        Ok::<_, CommunityError>(stored)
    })
    .await
}

/// Takes an image off a draft.
#[utoipa::path(
    delete, path = "/cases/{case}/images/{image}", tag = "cases",
    params(("case" = CaseId, Path), ("image" = ImageId, Path)),
    responses(
        (status = 204, description = "Taken off"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's", body = ProblemBody),
        (status = 409, description = "No longer a draft", body = ProblemBody),
        (status = 412, description = "No such image, or the draft was edited in the meantime", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    TripleVerified(by): TripleVerified,
    Path((id, image)): Path<(CaseId, ImageId)>,
) -> Result<StatusCode, Problem> {
    let case = app.cases.find(id).await?;
    case.may_add_image(by.id, &[])?;
    app.cases.remove_image(&case, image).await?;
    Ok(StatusCode::NO_CONTENT)
}
