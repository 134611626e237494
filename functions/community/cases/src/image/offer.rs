//! `POST /cases/{case}/images`: illustrating a draft.

use axum::{Json, extract::State};
use community::{
    CommunityError,
    case::image::{Image, UploadType},
};
use edge::{Now, Once, Path, Problem, ProblemBody, auth::TripleVerified, kept, stored};
use http::StatusCode;
use kernel::{
    Timestamp,
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
    media_type: UploadType,
    /// How many bytes the file has: at most 25 MiB, of DICOM 200 MiB, of all images of a case 400 MiB.
    bytes: u64,
}

/// Where to upload it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Offer {
    image: ImageId,
    /// A form to post with the file as its last field, `file`, within ten minutes.
    upload: Form,
}

/// Offers an upload for an image.
#[utoipa::path(
    post, path = "/cases/{case}/images", tag = "images",
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
        (status = 409, description = "No longer a draft, or it has all the images or bytes it may have", body = ProblemBody),
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
    let NewImage { media_type, bytes } = once.input;
    let offered = Image::offered(ImageId::at(now), media_type, bytes, now)?;
    let image = match app.offer(id, by.id, &offered, &once.key).await {
        Ok(()) => offered,
        // The form is made anew, for the upload that is awaited now: what is kept of the first answer is the image's id
        // alone, and its author may have objected since.
        Err(refused) => {
            let Kept { image } = kept(app.cases.table(), &once.key, refused.into()).await?;
            app.cases.image(id, image).await?.ok_or(CommunityError::NoSuchImage)?
        }
    };
    Ok((StatusCode::CREATED, Json(app.offer_of(id, &image, now).await?)))
}

/// What is kept of the answer.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    image: ImageId,
}

impl App {
    /// Where an image is uploaded to. Signing a form makes no call.
    pub(super) async fn offer_of(
        &self,
        case: CaseId,
        image: &Image,
        now: Timestamp,
    ) -> Result<Offer, Problem> {
        let (_, place) = image.original(case);
        let upload = self.uploads.form(&place, image.media_type.name(), image.bytes, now).await?;
        Ok(Offer { image: image.id, upload })
    }

    async fn offer(
        &self,
        case: CaseId,
        by: MemberId,
        image: &Image,
        once: &OnceKey,
    ) -> Result<(), CommunityError> {
        self.cases.find(case).await?.may_add_image(by, image.bytes)?;
        let kept = Kept { image: image.id };
        self.cases.offer_image(case, image, once, &stored(StatusCode::CREATED, &kept)).await
    }
}
