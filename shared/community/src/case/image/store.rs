//! The rows of a case's images: offered, changed by their author and by the anonymisation, taken off.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CASE#<case>` | `HEAD#IMAGE#<image>` | an image |

use contracts::{Envelope, community::ImageChanged};
use kernel::{
    Timestamp,
    id::{CaseId, ImageId},
};
use table::{Condition, Key, OnceKey, Stored, Transaction, Update};

use super::{Image, ImageState, Objection};
use crate::{
    CommunityError,
    case::{
        MOST_BYTES, MOST_IMAGES, Status,
        store::{self, Cases, partition, stale},
    },
    review::{self, Cause, Review, Subject},
};

pub(crate) fn key(case: CaseId, image: ImageId) -> Key {
    Key::new(partition(case), format!("HEAD#IMAGE#{image}"))
}

/// Holds while the case is a draft.
fn draft() -> Condition {
    Condition::equals("status", Status::Draft)
}

/// Holds while the image stands as it was read.
pub(crate) fn unchanged(image: &Image) -> Condition {
    Condition::equals("revision", image.revision)
}

fn bytes(image: &Image) -> i64 {
    i64::try_from(image.bytes).unwrap_or(i64::MAX)
}

impl Cases {
    /// Offers an upload: keeps the image's row while the case is a draft that has room. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::TooManyImages`], or [`CommunityError::Stale`] when the case was published, in the
    /// meantime.
    pub async fn offer_image(
        &self,
        case: CaseId,
        image: &Image,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let room = i64::try_from(MOST_BYTES).unwrap_or(i64::MAX).saturating_sub(bytes(image));
        let transaction = Transaction::new()
            .update(
                "case",
                store::key(case),
                Update::new().add("version", 1).add("images", 1).add("image_bytes", bytes(image)),
                draft()
                    .and(Condition::below("images", MOST_IMAGES.into()))
                    .and(Condition::below("image_bytes", room.saturating_add(1))),
            )
            .insert("image", key(case, image.id), image)
            .once(Some(once), stored);
        self.table.commit(transaction).await.map_err(stale)
    }

    /// An image of a case. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn image(&self, case: CaseId, image: ImageId) -> Result<Option<Image>, CommunityError> {
        Ok(self.table.get(key(case, image)).await?)
    }

    /// Keeps what the anonymisation made of an image, and asks a moderator if its author objected to what had been
    /// made of it before. One transaction; false when the image was changed or taken off in the meantime: then it is
    /// left as it is.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn step_image(
        &self,
        case: CaseId,
        before: &Image,
        after: &Image,
        now: Timestamp,
    ) -> Result<bool, CommunityError> {
        let step = Transaction::new().put_when("image", key(case, after.id), after, unchanged(before));
        let asked = after.objection.as_ref().filter(|_| after.state == ImageState::NeedsReview);
        let review = asked.map(|Objection { by, places, reason }| {
            let (places, reason) = (places.clone(), reason.clone());
            let subject = Subject::Image { case, image: after.id };
            Review::of(subject, *by, Cause::Objection { places, reason }, *by, now)
        });
        match self.table.commit(review::opened(step, review.as_ref())).await {
            Ok(()) => Ok(true),
            Err(error) if error.failed("image") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps what the author of a draft changed in an image, and has the marked places filled if there are any. One
    /// transaction.
    ///
    /// # Errors
    /// [`CommunityError::Stale`] when the image or the case was changed in the meantime.
    pub async fn change_image(
        &self,
        case: CaseId,
        before: &Image,
        after: &Image,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let mut transaction = Transaction::new()
            .update("case", store::key(case), Update::new().add("version", 1), draft())
            .put_when("image", key(case, after.id), after, unchanged(before));
        if !after.marked.is_empty() {
            transaction = transaction.announce(&Envelope::new(now, ImageChanged { case, image: after.id }));
        }
        self.table
            .commit(transaction)
            .await
            .map_err(|error| if error.failed("image") { CommunityError::Stale } else { stale(error) })
    }

    /// Takes an image off a draft, and has what was kept of it deleted. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchImage`], or [`CommunityError::Stale`] when the case was published in the
    /// meantime.
    pub async fn remove_image(
        &self,
        case: CaseId,
        image: &Image,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let less = Update::new().add("version", 1).add("images", -1).add("image_bytes", -bytes(image));
        let transaction = Transaction::new()
            .update("case", store::key(case), less, draft())
            .delete("image", key(case, image.id), Condition::present())
            .announce(&Envelope::new(now, ImageChanged { case, image: image.id }));
        self.table
            .commit(transaction)
            .await
            .map_err(|error| if error.failed("image") { CommunityError::NoSuchImage } else { stale(error) })
    }
}
