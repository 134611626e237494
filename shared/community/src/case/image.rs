//! An image of a case: uploaded into quarantine, anonymised, looked through and answered for by its author, or refused.

mod clean;
mod store;
mod upload;

pub use clean::{Clean, Files, Place, PlaceKind, Rectangle, WITHHELD};
pub(crate) use store::{key, unchanged};
pub use upload::{Original, UploadType};

use kernel::{
    Invalid, Timestamp,
    id::{CaseId, ImageId, MemberId, ReviewId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CommunityError, review::Reason};

/// The most places that an author marks at once.
const MOST_MARKED: usize = 20;
/// How long an attempt to move an image's objects may take, in seconds: as long as the function that does it.
const MOVING_SECONDS: i64 = 600;

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
    /// How often an upload was offered: what comes of an earlier offer is nobody's.
    pub offers: u32,
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
            offers: 1,
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

    /// Where its original is uploaded to, and what that object is called.
    pub fn original(&self, case: CaseId) -> (Original, String) {
        let original = Original { case, image: self.id, offer: self.offers };
        (original, original.key(self.media_type))
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
        check_number(&places)?;
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
    /// When it is not clean, was changed since `revision`, is a series, there are too many places, or one of them was not
    /// filled by the system.
    pub fn object(self, revision: i64, objection: Objection) -> Result<Self, CommunityError> {
        let clean = self.seen(revision)?;
        if self.media_type == UploadType::Series {
            let remedy = "take the series off, and upload the slice in which it is wrong by itself";
            return Err(Invalid::new(
                "what was filled in a series is known for all of its slices together",
                remedy,
            )
            .at("places")
            .into());
        }
        check_number(&objection.places)?;
        let is_filled = |place: &Rectangle| {
            clean.filled.iter().any(|filled| filled.at == *place && filled.kind != PlaceKind::Marked)
        };
        let wrong = objection.places.iter().position(|place| !is_filled(place));
        if let Some(place) = wrong {
            let remedy = "send places of the image's `filled`, as they stand there";
            let field = format!("places[{place}]");
            return Err(Invalid::new("the system did not fill this place", remedy).at(field).into());
        }
        Ok(Self {
            state: ImageState::Waiting,
            offers: self.offers.saturating_add(1),
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

/// Checks that an author names places, and not too many.
fn check_number(places: &[Rectangle]) -> Result<(), Invalid> {
    if (1..=MOST_MARKED).contains(&places.len()) {
        return Ok(());
    }
    let remedy = format!("send 1 to {MOST_MARKED} rectangles");
    Err(Invalid::new("too few or too many places", remedy).at("places"))
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
        for wrong in [vec![], vec![place(5, 5, 9, 8).at], vec![place(5, 5, 9, 9).at; MOST_MARKED + 1]] {
            let refused = image.clone().object(revision, objection(wrong));
            assert!(matches!(refused, Err(CommunityError::Invalid(_))));
        }
        let series = Image { media_type: UploadType::Series, ..image.clone() };
        let refused = series.object(revision, objection(vec![place(5, 5, 9, 9).at]));
        assert!(matches!(refused, Err(CommunityError::Invalid(_))), "of which slice?");
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
}
