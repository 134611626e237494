//! An image of a case: uploaded into quarantine, anonymised, looked through and answered for by its author, or refused.

mod store;

pub(crate) use store::key;

use kernel::{
    Invalid, Timestamp,
    id::{ImageId, MemberId, ReviewId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CommunityError, review::Reason};

const MEBIBYTE: u64 = 1024 * 1024;
/// The most places that an author marks at once.
const MOST_MARKED: usize = 20;
/// How long an attempt to move an image's objects may take, in seconds: as long as the function that does it.
const MOVING_SECONDS: i64 = 600;
/// The most filled places that are remembered of an image.
const MOST_PLACES: usize = 200;

/// What kind of file an image is uploaded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum UploadType {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
    /// WebP.
    #[serde(rename = "image/webp")]
    WebP,
    /// TIFF.
    #[serde(rename = "image/tiff")]
    Tiff,
    /// HEIC.
    #[serde(rename = "image/heic")]
    Heic,
    /// DICOM.
    #[serde(rename = "application/dicom")]
    Dicom,
    /// A series of DICOM files in a ZIP archive.
    #[serde(rename = "application/zip")]
    Series,
}

impl UploadType {
    /// The media type's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Tiff => "image/tiff",
            Self::Heic => "image/heic",
            Self::Dicom => "application/dicom",
            Self::Series => "application/zip",
        }
    }

    /// The most bytes of one file: 25 MiB for a photo, 200 MiB for DICOM.
    pub const fn most_bytes(self) -> u64 {
        match self {
            Self::Dicom | Self::Series => 200 * MEBIBYTE,
            Self::Jpeg | Self::Png | Self::WebP | Self::Tiff | Self::Heic => 25 * MEBIBYTE,
        }
    }

    /// Where uploads go to: photos and files that take long are anonymised apart, so that none waits for the other.
    pub const fn lane(self) -> &'static str {
        match self {
            Self::Dicom | Self::Series => "long",
            Self::Jpeg | Self::Png | Self::WebP | Self::Tiff | Self::Heic => "short",
        }
    }
}

/// Where an image stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageState {
    /// Offered, and not uploaded yet or in line.
    Waiting,
    /// Being anonymised, or having places filled that its author marked.
    Anonymising,
    /// Its author said that places were filled wrongly: those were left as they are, and a moderator decides.
    NeedsReview,
    /// Anonymised: its author may look through it, mark what was missed, and answer for it.
    Clean,
    /// Not an image that can be anonymised.
    Refused,
}

/// What stood at a place that was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Letters and figures.
    Text,
    /// A code that machines read.
    Code,
    /// A face.
    Face,
    /// What the author marked.
    Marked,
}

/// A rectangle of a picture, in pixels of the clean image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rectangle {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// In pixels, at least 1.
    pub width: u32,
    /// In pixels, at least 1.
    pub height: u32,
}

/// A place that was filled, in every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// What stood there.
    pub kind: PlaceKind,
    /// Where: of what stood askew, the upright rectangle around it.
    #[serde(flatten)]
    pub at: Rectangle,
}

/// The objects that hold an image, each named by what it holds, so that none ever changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// The image.
    pub image: String,
    /// A JPEG of at most 256 pixels a side.
    pub thumbnail: String,
    /// Of a DICOM image or a series, a PNG of its middle frame.
    #[serde(default)]
    pub preview: Option<String>,
    /// Of several frames, a PNG of up to twelve of them.
    #[serde(default)]
    pub filmstrip: Option<String>,
}

impl Files {
    /// The objects' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let more = [&self.preview, &self.filmstrip].into_iter().flatten();
        [&self.image, &self.thumbnail].into_iter().chain(more).map(String::as_str)
    }
}

/// An image that was anonymised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clean {
    /// `image/jpeg`, `image/png`, `application/dicom` or `application/zip`.
    pub media_type: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Of how many pictures it is made.
    pub frames: u32,
    /// Of how many slices of a head it is made: of many a face can be made again.
    #[serde(default)]
    pub head_slices: u32,
    /// What was filled: at most 200 places, those left out that lie within another.
    pub filled: Vec<Place>,
    /// The objects that hold it.
    pub files: Files,
}

impl Clean {
    /// The same with its filled places tidied: none within another, and no more than are remembered.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        let area = |place: &Place| u64::from(place.at.width) * u64::from(place.at.height);
        self.filled.sort_by_key(|place| std::cmp::Reverse(area(place)));
        let mut kept: Vec<Place> = Vec::new();
        for place in self.filled.drain(..) {
            if kept.len() < MOST_PLACES && !kept.iter().any(|other| other.at.has(place.at)) {
                kept.push(place);
            }
        }
        kept.sort_by_key(|place| (place.at.y, place.at.x));
        self.filled = kept;
        self
    }
}

impl Rectangle {
    /// Past its right and its bottom.
    const fn ends(self) -> (u32, u32) {
        (self.x.saturating_add(self.width), self.y.saturating_add(self.height))
    }

    /// Whether another lies within it.
    const fn has(self, other: Self) -> bool {
        let (ends, others) = (self.ends(), other.ends());
        self.x <= other.x && self.y <= other.y && ends.0 >= others.0 && ends.1 >= others.1
    }
}

/// Why an image was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImageRefusal {
    /// The stable code.
    pub code: String,
    /// What its author can do.
    pub remedy: String,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Where it stands.
    pub state: ImageState,
    /// What the author said it is.
    pub media_type: UploadType,
    /// How many bytes the author said it has.
    pub bytes: u64,
    /// When the upload was offered.
    pub offered_at: Timestamp,
    /// Grows with each change.
    pub revision: i64,
    /// Why it was refused.
    #[serde(default)]
    pub refusal: Option<ImageRefusal>,
    /// The clean image.
    #[serde(default)]
    pub clean: Option<Clean>,
    /// Places that the author marked and that are being filled.
    #[serde(default)]
    pub marked: Vec<Rectangle>,
    /// When its author answered for it as it is.
    #[serde(default)]
    pub attested_at: Option<Timestamp>,
    /// What its author says was filled wrongly, and is left as it is when it is uploaded again.
    #[serde(default)]
    pub objection: Option<Objection>,
    /// The review that hides it.
    #[serde(default)]
    pub hidden: Option<ReviewId>,
    /// Until when an attempt has its objects to itself, to put them where they belong.
    #[serde(default)]
    pub moving_until: Option<Timestamp>,
}

/// That places of an image were filled wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// The image's author.
    pub by: MemberId,
    /// The places.
    pub places: Vec<Rectangle>,
    /// Why they say nothing of the patient.
    pub reason: Reason,
}

/// How the anonymisation of an image ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// A clean image.
    Clean(Box<Clean>),
    /// Refused.
    Refused(ImageRefusal),
}

impl Image {
    /// An image whose upload is offered.
    ///
    /// # Errors
    /// When it is empty, or larger than its kind may be.
    pub fn offered(id: ImageId, media_type: UploadType, bytes: u64, now: Timestamp) -> Result<Self, Invalid> {
        let most = media_type.most_bytes();
        if !(1..=most).contains(&bytes) {
            let remedy = format!("send 1 to {most} bytes: crop it, or export it smaller");
            return Err(Invalid::new("the file is empty or too large", remedy).at("bytes"));
        }
        Ok(Self {
            id,
            state: ImageState::Waiting,
            media_type,
            bytes,
            offered_at: now,
            revision: 1,
            refusal: None,
            clean: None,
            marked: Vec::new(),
            attested_at: None,
            objection: None,
            hidden: None,
            moving_until: None,
        })
    }

    /// The image while an upload is anonymised. None: it needs none, or none any more.
    pub fn uploaded(self) -> Option<Self> {
        let awaits = match self.state {
            ImageState::Waiting => true,
            ImageState::Anonymising => self.clean.is_none(),
            ImageState::NeedsReview | ImageState::Clean | ImageState::Refused => false,
        };
        awaits.then(|| Self { state: ImageState::Anonymising, ..self.revised() })
    }

    /// The image once what was under way has ended.
    #[must_use]
    pub fn ended(self, ending: Ending) -> Self {
        let image = Self { marked: Vec::new(), ..self.revised() };
        match ending {
            Ending::Clean(clean) => {
                let objected = image.objection.is_some();
                let state = if objected { ImageState::NeedsReview } else { ImageState::Clean };
                Self { state, clean: Some(clean.tidied()), ..image }
            }
            Ending::Refused(refusal) => {
                Self { state: ImageState::Refused, clean: None, refusal: Some(refusal), ..image }
            }
        }
    }

    /// The image while places are filled that its author marked.
    ///
    /// # Errors
    /// When it is not clean, was changed since `revision`, or a place is not in it.
    pub fn mark(self, revision: i64, places: Vec<Rectangle>) -> Result<Self, CommunityError> {
        let clean = self.seen(revision)?;
        if !(1..=MOST_MARKED).contains(&places.len()) {
            let remedy = format!("send 1 to {MOST_MARKED} rectangles");
            return Err(Invalid::new("too few or too many places", remedy).at("places").into());
        }
        let whole = Rectangle { x: 0, y: 0, width: clean.width, height: clean.height };
        let outside =
            places.iter().position(|place| place.width == 0 || place.height == 0 || !whole.has(*place));
        if let Some(place) = outside {
            let remedy = format!("the picture has {} × {} pixels: stay within", clean.width, clean.height);
            return Err(Invalid::new("this place is empty or not in the picture", remedy)
                .at(format!("places[{place}]"))
                .into());
        }
        Ok(Self { state: ImageState::Anonymising, marked: places, attested_at: None, ..self.revised() })
    }

    /// The image when its author says that places were filled wrongly: it is to be uploaded again, since nothing was
    /// kept of what stood there, and those places will be left as they are for a moderator to see.
    ///
    /// # Errors
    /// When it is not clean, was changed since `revision`, or one of the places was not filled by the system.
    pub fn object(self, revision: i64, objection: Objection) -> Result<Self, CommunityError> {
        let clean = self.seen(revision)?;
        let is_filled = |place: &Rectangle| {
            clean.filled.iter().any(|filled| filled.at == *place && filled.kind != PlaceKind::Marked)
        };
        let wrong = objection.places.iter().position(|place| !is_filled(place));
        if objection.places.is_empty() || wrong.is_some() {
            let remedy = "send places of the image's `filled`, as they stand there";
            let field = wrong.map_or_else(|| "places".to_owned(), |place| format!("places[{place}]"));
            return Err(Invalid::new("the system did not fill this place", remedy).at(field).into());
        }
        Ok(Self {
            state: ImageState::Waiting,
            clean: None,
            attested_at: None,
            objection: Some(objection),
            ..self.revised()
        })
    }

    /// The image once a moderator has decided on its objection: clean as it is, or with the places filled after all.
    #[must_use]
    pub(crate) fn decided(self, holds: bool) -> Self {
        let image = Self { objection: None, ..self.clone().revised() };
        match self.objection {
            Some(Objection { places, .. }) if !holds => {
                Self { state: ImageState::Anonymising, marked: places, ..image }
            }
            _ => Self { state: ImageState::Clean, ..image },
        }
    }

    /// The image while an attempt moves its objects. None: another one does.
    pub fn moving(self, now: Timestamp) -> Option<Self> {
        if self.moving_until.is_some_and(|until| until > now) {
            return None;
        }
        let until = Timestamp::from_second(now.as_second().saturating_add(MOVING_SECONDS)).ok()?;
        Some(Self { moving_until: Some(until), ..self.revised() })
    }

    /// The image after that.
    #[must_use]
    pub fn moved(self) -> Self {
        Self { moving_until: None, ..self.revised() }
    }

    /// The image that its author looked through and answers for.
    ///
    /// # Errors
    /// When it is not clean, or was changed since `revision`.
    pub fn attest(self, revision: i64, now: Timestamp) -> Result<Self, CommunityError> {
        self.seen(revision)?;
        Ok(Self { attested_at: Some(now), ..self.revised() })
    }

    /// The clean image, if it is the one that its author saw.
    fn seen(&self, revision: i64) -> Result<&Clean, CommunityError> {
        match (&self.clean, self.state) {
            (Some(clean), ImageState::Clean) if self.revision == revision => Ok(clean),
            (Some(_), ImageState::Clean) => Err(CommunityError::Stale),
            _ => Err(CommunityError::ImageNotClean),
        }
    }

    fn revised(self) -> Self {
        Self { revision: self.revision.saturating_add(1), ..self }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn waiting() -> Image {
        let (id, now) = (ImageId::at(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
        Image::offered(id, UploadType::Jpeg, 1_000, now).expect("an image")
    }

    fn place(x: u32, y: u32, width: u32, height: u32) -> Place {
        Place { kind: PlaceKind::Text, at: Rectangle { x, y, width, height } }
    }

    fn clean(filled: Vec<Place>) -> Ending {
        let files =
            Files { image: "a".to_owned(), thumbnail: "b".to_owned(), preview: None, filmstrip: None };
        let media_type = "image/jpeg".to_owned();
        Ending::Clean(Box::new(Clean {
            media_type,
            width: 640,
            height: 480,
            frames: 1,
            head_slices: 0,
            filled,
            files,
        }))
    }

    pub(crate) fn cleaned() -> Image {
        waiting().uploaded().expect("awaited").ended(clean(Vec::new()))
    }

    #[test]
    fn a_file_has_the_size_that_its_kind_may_have() {
        let offered = |media_type: UploadType, bytes| {
            Image::offered(ImageId::at(Timestamp::UNIX_EPOCH), media_type, bytes, Timestamp::UNIX_EPOCH)
        };
        assert!(offered(UploadType::Heic, 25 << 20).is_ok() && offered(UploadType::Dicom, 200 << 20).is_ok());
        for (media_type, bytes) in [(UploadType::Png, 0), (UploadType::Jpeg, (25 << 20) + 1)] {
            assert!(offered(media_type, bytes).is_err());
        }
    }

    #[test]
    fn an_image_is_anonymised_once_and_a_crash_begins_again() {
        let under_way = waiting().uploaded().expect("awaited");
        assert_eq!(under_way.state, ImageState::Anonymising);
        assert!(under_way.clone().uploaded().is_some(), "what a crash left");
        assert!(under_way.ended(clean(Vec::new())).uploaded().is_none());
    }

    #[test]
    fn what_is_marked_is_within_the_picture_and_undoes_the_attestation() {
        let image = cleaned();
        let attested = image.clone().attest(image.revision, Timestamp::UNIX_EPOCH).expect("attested");
        assert!(matches!(
            attested.clone().attest(image.revision, Timestamp::UNIX_EPOCH),
            Err(CommunityError::Stale)
        ));
        let revision = attested.revision;
        for wrong in [place(600, 0, 41, 1), place(0, 480, 1, 1), place(0, 0, 0, 5), place(u32::MAX, 0, 9, 9)]
        {
            let refused = attested.clone().mark(revision, vec![place(0, 0, 9, 9).at, wrong.at]);
            assert!(matches!(refused, Err(CommunityError::Invalid(_))), "{wrong:?}");
        }
        let marked = attested.mark(revision, vec![place(600, 0, 40, 1).at]).expect("marked");
        assert_eq!((marked.state, marked.attested_at), (ImageState::Anonymising, None));
        assert!(marked.clone().uploaded().is_none(), "a later upload would take its place");
        let again = marked.clone().attest(marked.revision, Timestamp::UNIX_EPOCH);
        assert!(matches!(again, Err(CommunityError::ImageNotClean)));
        assert_eq!(marked.ended(clean(Vec::new())).marked, []);
    }

    #[test]
    fn a_place_that_was_filled_wrongly_is_left_for_a_moderator_to_see() {
        let by = MemberId::random();
        let reason: Reason = "a ruler".parse().expect("a reason");
        let objection = |places| Objection { by, places, reason: reason.clone() };
        let image = waiting().uploaded().expect("awaited").ended(clean(vec![place(5, 5, 9, 9)]));
        let revision = image.revision;
        for wrong in [vec![], vec![place(5, 5, 9, 8).at]] {
            let refused = image.clone().object(revision, objection(wrong));
            assert!(matches!(refused, Err(CommunityError::Invalid(_))));
        }
        let objected = image.object(revision, objection(vec![place(5, 5, 9, 9).at])).expect("an objection");
        assert_eq!((objected.state, &objected.clean), (ImageState::Waiting, &None));
        let again = objected.uploaded().expect("awaited").ended(clean(Vec::new()));
        assert_eq!(again.state, ImageState::NeedsReview);
        let early = again.clone().attest(again.revision, Timestamp::UNIX_EPOCH);
        assert!(matches!(early, Err(CommunityError::ImageNotClean)));
        let holds = again.clone().decided(true);
        assert_eq!((holds.state, holds.objection.is_some()), (ImageState::Clean, false));
        let filled = again.decided(false);
        assert_eq!((filled.state, filled.marked.len()), (ImageState::Anonymising, 1));
        assert_eq!(filled.ended(clean(Vec::new())).state, ImageState::Clean);
    }

    #[test]
    fn the_objects_of_an_image_are_moved_by_one_attempt_at_a_time() {
        let at = |seconds| Timestamp::from_second(seconds).expect("a time");
        let moving = cleaned().moving(at(0)).expect("free");
        assert!(moving.clone().moving(at(599)).is_none() && moving.clone().moving(at(600)).is_some());
        assert!(moving.moved().moving(at(1)).is_some());
    }

    #[test]
    fn of_the_filled_places_those_within_others_are_left_out() {
        let filled = vec![place(0, 0, 10, 10), place(2, 2, 3, 3), place(8, 8, 10, 10), place(0, 0, 10, 10)];
        let image = waiting().uploaded().expect("awaited").ended(clean(filled));
        let kept = image.clean.expect("a clean image").filled;
        assert_eq!(kept, [place(0, 0, 10, 10), place(8, 8, 10, 10)]);
        let many = (0..300).map(|x| place(x * 2, 0, 1, 1)).collect();
        let image = waiting().uploaded().expect("awaited").ended(clean(many));
        assert_eq!(image.clean.expect("a clean image").filled.len(), MOST_PLACES);
    }
}
