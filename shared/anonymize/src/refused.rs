//! Why a file is not released.

/// Why a file is not released. A refusal leaves no output and says nothing of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// By its bytes it is no kind of file that is taken, or it is two kinds at once.
    #[error("not a JPEG, PNG, WebP, TIFF, HEIC or DICOM image, or another kind of file as well")]
    UnsupportedMedia,
    /// It is a DICOM file whose pixels are compressed in a way that is not decoded.
    #[error("compressed in a way that is not decoded: export it uncompressed")]
    UnsupportedTransferSyntax,
    /// It is a volume of slices from which a face can be made again.
    #[error("so many slices of a head show a face: send single slices")]
    RecognisableHeadVolume,
    /// It has more bytes, more pixels or longer sides than are decoded.
    #[error("more than 50 megapixels, or too many bytes")]
    TooLarge,
    /// It is broken.
    #[error("broken or cut off: it cannot be decoded whole")]
    Undecodable,
    /// The new file held what it must not hold.
    #[error("the new file did not pass its own check")]
    VerificationFailed,
}

impl Refused {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnsupportedMedia => "unsupported_media",
            Self::UnsupportedTransferSyntax => "unsupported_transfer_syntax",
            Self::RecognisableHeadVolume => "recognisable_head_volume",
            Self::TooLarge => "too_large",
            Self::Undecodable => "undecodable",
            Self::VerificationFailed => "verification_failed",
        }
    }

    /// What whoever sent the file can do.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::UnsupportedMedia => {
                "export it as JPEG, PNG, WebP, TIFF, HEIC or DICOM, and send that alone"
            }
            Self::UnsupportedTransferSyntax => "export it without compression, or a picture of it as PNG",
            Self::RecognisableHeadVolume => {
                "send the slices that matter, at most 8, each as a file of its own"
            }
            Self::TooLarge => {
                "crop it, or export it smaller: at most 50 megapixels, 25 MiB, and 200 MiB of DICOM"
            }
            Self::Undecodable => "see whether a viewer opens it, export it anew, and send that",
            Self::VerificationFailed => "crop away what is written in it, or cover it, and send that",
        }
    }
}
