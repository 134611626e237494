//! A patient case: drafted, published once its images are clean, discussed, closed with its outcome.

pub mod image;
mod store;

use kernel::{
    Specialty, Timestamp,
    id::{CaseId, ContributionId, MemberId, MessageId, ReviewId},
    text::{Line, Narrative, Passage},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{CommunityError, review::Overridden};
use image::{Image, ImageState};
pub(crate) use store::{CASE_ROW, feed_place, key, partition, read, view_key};
pub use store::{Cases, Page, Whole};

/// The most images that a case may have.
pub const MOST_IMAGES: u32 = 8;
/// The most slices of a head that a case may show: of more a face can be made again.
const MOST_HEAD_SLICES: u32 = 8;
/// The most bytes that the uploads of a case's images may have together: 400 MiB.
pub const MOST_BYTES: u64 = 400 * 1024 * 1024;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Seen by its author alone.
    Draft,
    /// Open to colleagues.
    Published,
    /// Ended by its author.
    Closed,
}

/// What the author writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The title.
    pub title: Line,
    /// The patient's history, without anything that identifies them.
    pub history: Narrative,
    /// Findings and test results.
    pub findings: Narrative,
    /// What the author wants to know.
    pub question: Passage,
    /// Whose advice is sought.
    pub specialty: Specialty,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Its author.
    pub author: MemberId,
    /// What the author wrote.
    #[serde(flatten)]
    pub content: Content,
    /// Where it stands.
    pub status: Status,
    /// Grows with each edit.
    pub version: i64,
    /// How many courses of action were proposed.
    #[serde(default)]
    pub courses: u32,
    /// How many images it has, whatever became of them.
    #[serde(default)]
    pub images: u32,
    /// How many bytes their uploads have together.
    #[serde(default)]
    pub image_bytes: u64,
    /// When it was drafted.
    pub created_at: Timestamp,
    /// When it was published.
    #[serde(default)]
    pub published_at: Option<Timestamp>,
    /// When the first advice of a colleague came.
    #[serde(default)]
    pub first_answer_at: Option<Timestamp>,
    /// When it was closed.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// How it ended.
    #[serde(default)]
    pub outcome: Option<Passage>,
    /// The advice that the author accepted.
    #[serde(default)]
    pub accepted: Option<ContributionId>,
    /// What its author overrode in its text and a moderator will see once it is published.
    #[serde(default)]
    pub overridden: Vec<Overridden>,
    /// The review that hides it.
    #[serde(default)]
    pub hidden: Option<ReviewId>,
    /// The message that carried its text.
    #[serde(default)]
    pub published_as: Option<MessageId>,
    /// The message that carried its outcome.
    #[serde(default)]
    pub closed_as: Option<MessageId>,
}

impl Case {
    /// A new draft.
    pub const fn draft(id: CaseId, author: MemberId, content: Content, now: Timestamp) -> Self {
        Self {
            id,
            author,
            content,
            status: Status::Draft,
            version: 1,
            courses: 0,
            images: 0,
            image_bytes: 0,
            created_at: now,
            published_at: None,
            first_answer_at: None,
            closed_at: None,
            outcome: None,
            accepted: None,
            overridden: Vec::new(),
            hidden: None,
            published_as: None,
            closed_as: None,
        }
    }

    /// Whether it is or was open to colleagues.
    pub fn is_shown(&self) -> bool {
        self.status != Status::Draft
    }

    /// The case, if `by` may see it: a draft, and what a review hides, are its author's alone.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchCase`] to everybody else.
    pub fn visible_to(self, by: MemberId) -> Result<Self, CommunityError> {
        let shown = self.is_shown() && self.hidden.is_none();
        if !shown && self.author != by { Err(CommunityError::NoSuchCase) } else { Ok(self) }
    }

    /// The draft with other content, of which its author overrode some.
    ///
    /// # Errors
    /// When it is not the caller's, not a draft, or was edited since `version`.
    pub fn edit(
        self,
        by: MemberId,
        version: i64,
        content: Content,
        overridden: Vec<Overridden>,
    ) -> Result<Self, CommunityError> {
        self.own_draft(by)?;
        if self.version != version {
            return Err(CommunityError::Stale);
        }
        Ok(Self { content, overridden, version: version.saturating_add(1), ..self })
    }

    /// Checks that the author may add an image of so many bytes.
    ///
    /// # Errors
    /// When it is not the caller's, not a draft, or full.
    pub fn may_add_image(&self, by: MemberId, bytes: u64) -> Result<(), CommunityError> {
        self.own_draft(by)?;
        if self.images >= MOST_IMAGES {
            Err(CommunityError::TooManyImages)
        } else if self.image_bytes.saturating_add(bytes) > MOST_BYTES {
            Err(CommunityError::ImagesTooLarge)
        } else {
            Ok(())
        }
    }

    /// The case, published.
    ///
    /// # Errors
    /// When it is not the caller's, not a draft, or an image is not clean or not attested.
    pub fn publish(self, by: MemberId, images: &[Image], now: Timestamp) -> Result<Self, CommunityError> {
        self.own_draft(by)?;
        for image in images {
            match image.state {
                ImageState::Clean if image.attested_at.is_some() => {}
                ImageState::Clean => return Err(CommunityError::ImageNotAttested),
                ImageState::NeedsReview => return Err(CommunityError::ImageInReview),
                ImageState::Waiting | ImageState::Anonymising => return Err(CommunityError::ImagesPending),
                ImageState::Refused => return Err(CommunityError::ImageRefused),
            }
        }
        let slices = images.iter().filter_map(|image| image.clean.as_ref()).map(|clean| clean.head_slices);
        if slices.fold(0, u32::saturating_add) > MOST_HEAD_SLICES {
            return Err(CommunityError::RecognisableHead);
        }
        Ok(Self {
            status: Status::Published,
            version: self.version.saturating_add(1),
            published_at: Some(now),
            ..self
        })
    }

    /// The case, closed with its outcome.
    ///
    /// # Errors
    /// When it is not the caller's, not published, or closed already.
    pub fn close(
        self,
        by: MemberId,
        outcome: Passage,
        accepted: Option<ContributionId>,
        now: Timestamp,
    ) -> Result<Self, CommunityError> {
        if self.author != by {
            return Err(CommunityError::NoSuchCase);
        }
        self.open()?;
        Ok(Self {
            status: Status::Closed,
            version: self.version.saturating_add(1),
            closed_at: Some(now),
            outcome: Some(outcome),
            accepted,
            ..self
        })
    }

    /// Checks that the case takes contributions and votes.
    ///
    /// # Errors
    /// When it is a draft (of the caller) or closed.
    pub const fn open(&self) -> Result<(), CommunityError> {
        match self.status {
            Status::Draft => Err(CommunityError::NotPublished),
            Status::Published => Ok(()),
            Status::Closed => Err(CommunityError::CaseClosed),
        }
    }

    /// Checks that it is the caller's, and a draft.
    ///
    /// # Errors
    /// When it is not.
    pub fn own_draft(&self, by: MemberId) -> Result<(), CommunityError> {
        match (self.author == by, self.status) {
            (true, Status::Draft) => Ok(()),
            (false, _) => Err(CommunityError::NoSuchCase),
            (true, _) => Err(CommunityError::NotADraft),
        }
    }

    /// Seconds from publication to the first advice of a colleague.
    pub fn seconds_to_first_answer(&self) -> Option<i64> {
        Some(self.first_answer_at?.duration_since(self.published_at?).as_secs())
    }

    /// Seconds from publication to the closing.
    pub fn seconds_to_close(&self) -> Option<i64> {
        Some(self.closed_at?.duration_since(self.published_at?).as_secs())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn draft(author: MemberId) -> Case {
        let specialty = "cardiology".parse().expect("a specialty");
        let content = Content {
            title: "A title".parse().expect("a title"),
            history: "A history".parse().expect("a history"),
            findings: "Findings".parse().expect("findings"),
            question: "A question?".parse().expect("a question"),
            specialty,
        };
        Case::draft(CaseId::at(Timestamp::UNIX_EPOCH), author, content, Timestamp::UNIX_EPOCH)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    #[test]
    fn a_draft_exists_for_its_author_alone() {
        let (author, other) = (MemberId::random(), MemberId::random());
        assert!(draft(author).visible_to(author).is_ok());
        assert!(matches!(draft(author).visible_to(other), Err(CommunityError::NoSuchCase)));
        assert!(matches!(draft(author).publish(other, &[], at(1)), Err(CommunityError::NoSuchCase)));
    }

    #[test]
    fn a_case_is_published_only_with_images_that_are_clean_and_attested() {
        let author = MemberId::random();
        let image = |state| Image { state, ..image::tests::waiting() };
        let publish = |image: Image| draft(author).publish(author, &[image], at(1));
        let attested = Image { attested_at: Some(at(1)), ..image::tests::cleaned() };
        assert!(publish(attested).is_ok());
        assert!(matches!(publish(image::tests::cleaned()), Err(CommunityError::ImageNotAttested)));
        for state in [ImageState::Waiting, ImageState::Anonymising] {
            assert!(matches!(publish(image(state)), Err(CommunityError::ImagesPending)));
        }
        assert!(matches!(publish(image(ImageState::Refused)), Err(CommunityError::ImageRefused)));
    }

    #[test]
    fn a_case_shows_few_slices_of_a_head_in_whatever_files_they_come() {
        let author = MemberId::random();
        let of = |head_slices| {
            let clean = image::tests::cleaned().clean.map(|clean| image::Clean { head_slices, ..clean });
            Image { clean, attested_at: Some(at(1)), ..image::tests::cleaned() }
        };
        assert!(draft(author).publish(author, &[of(5), of(3)], at(1)).is_ok());
        let many = draft(author).publish(author, &[of(5), of(4)], at(1));
        assert!(matches!(many, Err(CommunityError::RecognisableHead)));
    }

    #[test]
    fn the_images_of_a_case_have_their_limits() {
        let author = MemberId::random();
        let with = |images, image_bytes| Case { images, image_bytes, ..draft(author) };
        assert!(with(7, MOST_BYTES - 5).may_add_image(author, 5).is_ok());
        assert!(matches!(with(8, 0).may_add_image(author, 5), Err(CommunityError::TooManyImages)));
        assert!(matches!(with(1, MOST_BYTES).may_add_image(author, 1), Err(CommunityError::ImagesTooLarge)));
    }

    #[test]
    fn an_edit_of_an_older_version_is_refused() {
        let author = MemberId::random();
        let case = draft(author);
        let content = case.content.clone();
        assert_eq!(
            case.clone().edit(author, 1, content.clone(), Vec::new()).map(|case| case.version).ok(),
            Some(2)
        );
        assert!(matches!(case.edit(author, 0, content, Vec::new()), Err(CommunityError::Stale)));
    }

    #[test]
    fn a_case_is_closed_once_by_its_author_and_its_times_are_kept() {
        let (author, other) = (MemberId::random(), MemberId::random());
        let outcome: Passage = "Recovered".parse().expect("an outcome");
        let case = draft(author).publish(author, &[], at(100)).expect("published");
        let stranger = case.clone().close(other, outcome.clone(), None, at(200));
        assert!(matches!(stranger, Err(CommunityError::NoSuchCase)));
        let closed = case.close(author, outcome.clone(), None, at(200)).expect("closed");
        assert_eq!(closed.seconds_to_close(), Some(100));
        let again = closed.close(author, outcome, None, at(300));
        assert!(matches!(again, Err(CommunityError::CaseClosed)));
    }
}
