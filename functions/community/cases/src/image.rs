//! `POST /cases/{case}/images` and `DELETE /cases/{case}/images/{image}`: illustrating a draft.

use axum::{Json, extract::State};
use community::{
    CommunityError,
    case::image::{Image, ImageState, LARGEST},
};
use edge::{Now, Once, Path, Problem, ProblemBody, auth::TripleVerified, kept, stored};
use http::StatusCode;
use kernel::{
    MediaType, Timestamp,
    id::{CaseId, ImageId, MemberId},
};
use serde::{Deserialize, Serialize};
use storage::Form;
use table::OnceKey;
use utoipa::ToSchema;

use crate::App;

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
        (status = 412, description = "Published in the meantime", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn offer(
    State(app): State<App>,
    Now(now): Now,
    Path(id): Path<CaseId>,
    once: Once<TripleVerified, NewImage>,
) -> Result<(StatusCode, Json<Offer>), Problem> {
    let TripleVerified(by) = once.by;
    let media_type = once.input.media_type;
    let Kept { image } = match app.offer(id, by.id, media_type, &once.key, now).await {
        Ok(kept) => kept,
        // The form is made anew: what is kept of the first answer is the image's id alone.
        Err(refused) => kept(app.cases.table(), &once.key, refused.into()).await?,
    };
    let upload = app.uploads.form(&format!("{id}/{image}"), media_type.name(), LARGEST, now).await?;
    Ok((StatusCode::CREATED, Json(Offer { image, upload })))
}

/// What is kept of the answer.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    image: ImageId,
}

impl App {
    async fn offer(
        &self,
        case: CaseId,
        by: MemberId,
        media_type: MediaType,
        once: &OnceKey,
        now: Timestamp,
    ) -> Result<Kept, CommunityError> {
        self.cases.find(case).await?.may_add_image(by)?;
        let image = Image {
            id: ImageId::at(now),
            state: ImageState::Awaiting,
            media_type,
            offered_at: now,
            refusal: None,
            object: None,
            width: None,
            height: None,
        };
        let kept = Kept { image: image.id };
        self.cases.offer_image(case, &image, once, &stored(StatusCode::CREATED, &kept)).await?;
        Ok(kept)
    }
}

/// Takes an image off a draft.
#[utoipa::path(
    delete, path = "/cases/{case}/images/{image}", tag = "cases",
    params(("case" = CaseId, Path), ("image" = ImageId, Path)),
    responses(
        (status = 204, description = "Taken off"),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a triple-verified physician", body = ProblemBody),
        (status = 404, description = "No such case of the caller's, or no such image of it", body = ProblemBody),
        (status = 409, description = "No longer a draft", body = ProblemBody),
        (status = 412, description = "Published in the meantime", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    TripleVerified(by): TripleVerified,
    Path((id, image)): Path<(CaseId, ImageId)>,
) -> Result<StatusCode, Problem> {
    app.cases.find(id).await?.own_draft(by.id)?;
    app.cases.begin_removal(id, image).await?;
    // Nothing settles or publishes it now: what stands in its row is all there is.
    let found = app.cases.image(id, image).await?.ok_or(CommunityError::NoSuchImage)?;
    if let Some(object) = found.object {
        app.images.delete(&object).await?;
    }
    app.cases.end_removal(id, image).await?;
    Ok(StatusCode::NO_CONTENT)
}
