//! The work on pixels, and the objects that come of it.

use community::case::image::{Clean, Ending, Files, Image, Place, PlaceKind, Rectangle, UploadType};
use curbside_anonymize::{
    Refused,
    anonymise::{self, Filled, LARGEST_PHOTO, Means, Released},
    area::Bounds,
    detect::Kind,
    dicom::Key,
    preview::Previews,
    series,
};
use edge::queue::Unhandled;
use kernel::id::{CaseId, ImageId};
use sha2::{Digest, Sha256};

use crate::{App, failed, refusal};

/// An image and its small pictures.
type Made = (Released, Previews);

impl App {
    /// How the anonymisation of an original ends: with the clean image kept, or refused.
    pub(crate) async fn anonymised(
        &self,
        case: CaseId,
        image: &Image,
        original: Vec<u8>,
    ) -> Result<Ending, Unhandled> {
        let (detectors, key) = (self.detectors.clone(), self.key(case)?);
        let spared = image.objection.as_ref().map(|objection| bounds(&objection.places)).unwrap_or_default();
        let media_type = image.media_type;
        // What was offered as a photo is taken for nothing larger: this function has the memory and the time for that.
        let work = move || {
            let means = Means { key: &key, detectors: &detectors, spared: &spared };
            match media_type {
                UploadType::Series => series::anonymise(&original, means),
                UploadType::Dicom => anonymise::image(&original, means),
                UploadType::Jpeg
                | UploadType::Png
                | UploadType::WebP
                | UploadType::Tiff
                | UploadType::Heic => anonymise::photo(&original, LARGEST_PHOTO, means),
            }
        };
        self.kept(case, image.id, made(work).await, Vec::new()).await
    }

    /// How the filling of marked places ends: with the new image kept.
    pub(crate) async fn filled(
        &self,
        case: CaseId,
        image: ImageId,
        clean: &Clean,
        marked: &[Rectangle],
    ) -> Result<Ending, Unhandled> {
        let object = self.clean.get(&clean.files.image).await.map_err(failed)?;
        let before = object.ok_or_else(|| failed("the clean image is not there"))?;
        let places = bounds(marked);
        let is_series = clean.media_type == UploadType::Series.name();
        let made =
            made(
                move || {
                    if is_series { series::fill(&before, &places) } else { anonymise::fill(&before, &places) }
                },
            )
            .await;
        self.kept(case, image, made, clean.filled.clone()).await
    }

    /// What the identifiers of a case's DICOM files are replaced under.
    fn key(&self, case: CaseId) -> Result<Key, Unhandled> {
        let hash = self.identifiers.keyed_hash(&["dicom", &case.to_string()]);
        let mut key = [0; 32];
        hex::decode_to_slice(hash, &mut key).map_err(failed)?;
        Ok(Key::new(key))
    }

    /// Keeps what was made under names that follow from what it holds.
    async fn kept(
        &self,
        case: CaseId,
        image: ImageId,
        made: Result<Made, Refused>,
        mut filled: Vec<Place>,
    ) -> Result<Ending, Unhandled> {
        let (Released { bytes, report, head_slices, .. }, previews) = match made {
            Ok(made) => made,
            Err(refused) => return Ok(Ending::Refused(refusal(refused.code(), refused.remedy()))),
        };
        let name = format!("{case}/{image}/{}", hex::encode(Sha256::digest(&bytes)));
        let extension = match report.media_type {
            "image/jpeg" => "jpg",
            "image/png" => "png",
            "application/zip" => "zip",
            _ => "dcm",
        };
        let files = Files {
            image: format!("{name}.{extension}"),
            thumbnail: format!("{name}-thumbnail.jpg"),
            preview: previews.preview.is_some().then(|| format!("{name}-preview.png")),
            filmstrip: previews.filmstrip.is_some().then(|| format!("{name}-filmstrip.png")),
        };
        let Previews { thumbnail, preview, filmstrip } = previews;
        let small = [(&files.preview, preview), (&files.filmstrip, filmstrip)];
        let small = small.into_iter().filter_map(|(name, file)| Some((name.as_ref()?, "image/png", file?)));
        let main = [(&files.image, report.media_type, bytes), (&files.thumbnail, "image/jpeg", thumbnail)];
        for (name, media_type, file) in main.into_iter().chain(small) {
            self.clean.put_immutable(name, media_type, file).await.map_err(failed)?;
        }
        filled.extend(report.filled.into_iter().map(place));
        Ok(Ending::Clean(Box::new(Clean {
            media_type: report.media_type.to_owned(),
            width: report.width,
            height: report.height,
            frames: report.frames,
            head_slices,
            filled,
            files,
        })))
    }
}

/// Does the work away from the runtime's reactor, which it would block for a second or more. A file that breaks the
/// decoder is one that cannot be decoded.
async fn made(work: impl FnOnce() -> Result<Released, Refused> + Send + 'static) -> Result<Made, Refused> {
    let work = move || {
        let released = work()?;
        let previews = Previews::of(&released)?;
        Ok((released, previews))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Refused::Undecodable))
}

fn bounds(places: &[Rectangle]) -> Vec<Bounds> {
    let bounds =
        |place: &Rectangle| Bounds { x: place.x, y: place.y, width: place.width, height: place.height };
    places.iter().map(bounds).collect()
}

fn place(filled: Filled) -> Place {
    let Bounds { x, y, width, height } = filled.bounds;
    let kind = match filled.kind {
        Kind::Text => PlaceKind::Text,
        Kind::Code => PlaceKind::Code,
        Kind::Face => PlaceKind::Face,
        Kind::Marked => PlaceKind::Marked,
    };
    Place { kind, at: Rectangle { x, y, width, height } }
}
