//! What an image is uploaded as, and to where.

use kernel::id::{CaseId, ImageId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const MEBIBYTE: u64 = 1024 * 1024;
/// Where uploads go to: photos and files that take long are anonymised apart, so that none waits for the other.
const LANES: [&str; 2] = ["short", "long"];

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

    const fn lane(self) -> &'static str {
        let [short, long] = LANES;
        match self {
            Self::Dicom | Self::Series => long,
            Self::Jpeg | Self::Png | Self::WebP | Self::Tiff | Self::Heic => short,
        }
    }
}

/// An original: each offer of an upload has a place of its own, so that what was uploaded to an earlier one is never
/// taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original {
    /// The case.
    pub case: CaseId,
    /// The image.
    pub image: ImageId,
    /// The how many-eth offer, from 1 on.
    pub offer: u32,
}

impl Original {
    /// The name of the object that holds it, of a file of that kind.
    pub fn key(self, media_type: UploadType) -> String {
        let Self { case, image, offer } = self;
        format!("{}/{case}/{image}/{offer}", media_type.lane())
    }

    /// The original that an object of that name holds.
    pub fn named(key: &str) -> Option<Self> {
        let mut parts = key.split('/');
        parts.next().filter(|lane| LANES.contains(lane))?;
        let (case, image) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let offer = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self { case, image, offer })
    }

    /// What the names of all originals of an image begin with.
    pub fn prefixes(case: CaseId, image: ImageId) -> [String; 2] {
        LANES.map(|lane| format!("{lane}/{case}/{image}/"))
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    #[test]
    fn an_original_is_known_by_its_name() {
        let now = Timestamp::UNIX_EPOCH;
        let original = Original { case: CaseId::at(now), image: ImageId::at(now), offer: 2 };
        for media_type in [UploadType::Png, UploadType::Series] {
            let key = original.key(media_type);
            assert_eq!(Original::named(&key), Some(original));
            let prefixes = Original::prefixes(original.case, original.image);
            assert!(prefixes.iter().any(|prefix| key.starts_with(prefix)));
            assert_eq!(Original::named(&format!("{key}/more")), None);
            assert_eq!(Original::named(&format!("else{key}")), None);
        }
        assert_eq!(Original::named("short/somebody/else/1"), None);
    }
}
