//! An image of a case: uploaded into quarantine, rebuilt from its pixels, or refused.

mod store;

use kernel::{MediaType, Timestamp, id::ImageId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest upload, in bytes.
pub const LARGEST: u64 = 10 * 1024 * 1024;

/// Where an image stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImageState {
    /// Not uploaded, or not anonymised yet.
    Awaiting,
    /// Rebuilt without metadata.
    Clean,
    /// Not an image that can be anonymised.
    Refused,
    /// Being taken off by its author.
    Removing,
}

/// An image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Where it stands.
    pub state: ImageState,
    /// What the author said it is.
    pub media_type: MediaType,
    /// When the upload was offered.
    pub offered_at: Timestamp,
    /// Why it was refused: a stable code.
    #[serde(default)]
    pub refusal: Option<String>,
    /// The object that holds the clean image. Its name is made of what it holds, so that a later upload
    /// cannot take its place.
    #[serde(default)]
    pub object: Option<String>,
    /// Width of the clean image in pixels.
    #[serde(default)]
    pub width: Option<u32>,
    /// Height of the clean image in pixels.
    #[serde(default)]
    pub height: Option<u32>,
}

/// How the anonymisation of an image ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cleaned {
    /// A clean image.
    Clean {
        /// The object that holds it.
        object: String,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Refused, with a stable code.
    Refused(&'static str),
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn awaiting() -> Image {
        Image {
            id: ImageId::at(Timestamp::UNIX_EPOCH),
            state: ImageState::Awaiting,
            media_type: MediaType::Jpeg,
            offered_at: Timestamp::UNIX_EPOCH,
            refusal: None,
            object: None,
            width: None,
            height: None,
        }
    }
}
