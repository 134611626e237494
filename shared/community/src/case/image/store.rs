//! The rows of a case's images: offered, settled by the anonymisation, taken off.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CASE#<case>` | `HEAD#IMAGE#<image>` | an image |

use kernel::id::{CaseId, ImageId};
use table::{Condition, Key, OnceKey, Stored, Transaction, Update};

use super::{Cleaned, Image, ImageState};
use crate::{
    CommunityError,
    case::{
        MOST_IMAGES, Status,
        store::{Cases, key, partition, stale},
    },
};

fn image_key(case: CaseId, image: ImageId) -> Key {
    Key::new(partition(case), format!("HEAD#IMAGE#{image}"))
}

/// Holds while the case is a draft.
fn draft() -> Condition {
    Condition::equals("status", Status::Draft)
}

fn gone(error: table::TableError) -> CommunityError {
    if error.failed("image") { CommunityError::NoSuchImage } else { stale(error) }
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
        let transaction = Transaction::new()
            .update(
                "case",
                key(case),
                Update::new().add("version", 1).add("images", 1),
                Condition::equals("status", Status::Draft)
                    .and(Condition::below("images", MOST_IMAGES.into())),
            )
            .insert("image", image_key(case, image.id), image)
            .once(Some(once), stored);
        self.table.commit(transaction).await.map_err(stale)
    }

    /// An image of a case. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn image(&self, case: CaseId, image: ImageId) -> Result<Option<Image>, CommunityError> {
        Ok(self.table.get(image_key(case, image)).await?)
    }

    /// Records how the anonymisation of an image ended, once. One transaction; false when nobody offered
    /// the image, it was taken off, or it was settled before: then it is left as it is.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn settle_image(
        &self,
        case: CaseId,
        image: ImageId,
        end: &Cleaned,
    ) -> Result<bool, CommunityError> {
        let update = match end {
            Cleaned::Clean { object, width, height } => Update::new()
                .set("state", ImageState::Clean)
                .set("object", object)
                .set("width", width)
                .set("height", height),
            Cleaned::Refused(code) => Update::new().set("state", ImageState::Refused).set("refusal", code),
        };
        let awaiting = Condition::equals("state", ImageState::Awaiting);
        let step = Transaction::new().update("image", image_key(case, image), update, awaiting);
        match self.table.commit(step).await {
            Ok(()) => Ok(true),
            Err(error) if error.failed("image") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins to take an image off a draft: from here on it is neither settled nor published. One
    /// transaction. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchImage`], or [`CommunityError::Stale`] when the case was published in the
    /// meantime.
    pub async fn begin_removal(&self, case: CaseId, image: ImageId) -> Result<(), CommunityError> {
        let removing = Update::new().set("state", ImageState::Removing);
        let transaction = Transaction::new()
            .update("case", key(case), Update::new().add("version", 1), draft())
            .update("image", image_key(case, image), removing, Condition::present());
        self.table.commit(transaction).await.map_err(gone)
    }

    /// Ends what [`Cases::begin_removal`] began, once the picture is gone. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchImage`] when it was ended before; storage faults.
    pub async fn end_removal(&self, case: CaseId, image: ImageId) -> Result<(), CommunityError> {
        let removing = Condition::equals("state", ImageState::Removing);
        let transaction = Transaction::new()
            .update("case", key(case), Update::new().add("images", -1), Condition::present())
            .delete("image", image_key(case, image), removing);
        self.table.commit(transaction).await.map_err(gone)
    }
}
