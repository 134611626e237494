//! The images of a case: offered, looked through by their author, answered for, taken off.

pub(crate) mod attest;
pub(crate) mod mark;
pub(crate) mod object;
pub(crate) mod offer;
pub(crate) mod remove;
pub(crate) mod show;

use community::{
    CommunityError,
    case::image::{Clean, Image, ImageRefusal, ImageState, Place, UploadType},
};
use edge::{Problem, auth::TripleVerified};
use kernel::{
    Timestamp,
    id::{CaseId, ImageId},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

/// An image of a case. The addresses hold for five to ten minutes; what is read there never changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImageView {
    id: ImageId,
    state: ImageState,
    /// What it was uploaded as.
    uploaded_as: UploadType,
    /// Why it was refused, and what you can do.
    refusal: Option<ImageRefusal>,
    /// What it is now: `image/jpeg`, `image/png`, `application/dicom`, or `application/zip` of such files.
    media_type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    /// Of how many pictures it is made.
    frames: Option<u32>,
    /// What was filled, in pixels of the image.
    filled: Option<Vec<Place>>,
    /// Where the image is.
    url: Option<String>,
    /// Where a JPEG of at most 256 pixels a side is.
    thumbnail_url: Option<String>,
    /// Of a DICOM image or a series, where a PNG of its middle frame is.
    preview_url: Option<String>,
    /// Of several frames, where a PNG of up to twelve of them side by side is.
    filmstrip_url: Option<String>,
    /// When its author answered for it.
    attested_at: Option<Timestamp>,
    /// Whether somebody sees an identifier in it: then it has no address, until a moderator has decided.
    hidden: bool,
}

impl App {
    /// An image as it is shown. Signing an address makes no call.
    pub(crate) async fn view(&self, image: Image, now: Timestamp) -> Result<ImageView, Problem> {
        let Image { id, state, media_type: uploaded_as, refusal, clean, attested_at, hidden, .. } = image;
        let mut view = ImageView {
            id,
            state,
            uploaded_as,
            refusal,
            media_type: None,
            width: None,
            height: None,
            frames: None,
            filled: None,
            url: None,
            thumbnail_url: None,
            preview_url: None,
            filmstrip_url: None,
            attested_at,
            hidden: hidden.is_some(),
        };
        let clean = clean.filter(|_| hidden.is_none());
        let Some(Clean { media_type, width, height, frames, filled, files, .. }) = clean else {
            return Ok(view);
        };
        view.url = Some(self.images.lasting_address(&files.image, now).await?);
        view.thumbnail_url = Some(self.images.lasting_address(&files.thumbnail, now).await?);
        for (name, url) in
            [(&files.preview, &mut view.preview_url), (&files.filmstrip, &mut view.filmstrip_url)]
        {
            if let Some(name) = name {
                *url = Some(self.images.lasting_address(name, now).await?);
            }
        }
        Ok(ImageView {
            media_type: Some(media_type),
            width: Some(width),
            height: Some(height),
            frames: Some(frames),
            filled: Some(filled),
            ..view
        })
    }

    /// An image of a draft, for its author.
    async fn own_image(
        &self,
        TripleVerified(by): &TripleVerified,
        case: CaseId,
        image: ImageId,
    ) -> Result<Image, CommunityError> {
        self.cases.find(case).await?.own_draft(by.id)?;
        self.cases.image(case, image).await?.ok_or(CommunityError::NoSuchImage)
    }
}
