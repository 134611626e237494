//! What kind of file some bytes are, whatever the file is called.

use crate::{Refused, dicom};

/// A kind of file that can be anonymised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG (RFC 2083).
    Png,
    /// WebP (RFC 9649).
    WebP,
    /// TIFF 6.0, either byte order.
    Tiff,
    /// HEIF with HEVC pictures (ISO/IEC 23008-12).
    Heic,
    /// DICOM (PS3.10), with or without its preamble.
    Dicom,
}

/// Brands of HEIF files whose pictures are HEVC, or that do not say.
const HEIC_BRANDS: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];
/// How other kinds of files begin that a DICOM file can be at the same time, because its preamble is anybody's:
/// programs, scripts, archives, pages and documents.
const PREAMBLES: [&[u8]; 14] = [
    b"#!",
    b"MZ",
    b"\x7FELF",
    b"\xCA\xFE\xBA\xBE",
    b"\xCF\xFA\xED\xFE",
    b"PK",
    b"Rar!",
    b"7z\xBC\xAF",
    b"\x1F\x8B",
    b"<",
    b"%!",
    b"%PDF",
    b"{\\rtf",
    b"\xD0\xCF\x11\xE0",
];
/// How far from its beginning a file may say that it is a PDF (ISO 32000-1, annex H, note 13).
const PDF_WITHIN: usize = 1024;

impl Media {
    /// The kind, by the first bytes.
    ///
    /// # Errors
    /// When it is none that is taken, or when the file is a PDF or a ZIP archive at the same time: what a reader of
    /// the one format shows, a reader of the other may not.
    pub fn of(file: &[u8]) -> Result<Self, Refused> {
        let media = match file {
            _ if dicom::is_dicom(file) => Self::Dicom,
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Self::Png,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::WebP,
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Self::Tiff,
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] if brand.get(..4).is_some_and(is_heic) => {
                Self::Heic
            }
            _ => return Err(Refused::UnsupportedMedia),
        };
        let both = media == Self::Dicom && is_preceded(file);
        if both || is_pdf(file) || is_zip(file) { Err(Refused::UnsupportedMedia) } else { Ok(media) }
    }
}

/// Whether a DICOM file begins as another kind of file does: as a picture or as one of the list. TIFF is not among
/// them, because scanners write its header there (PS3.10, section 7.1).
fn is_preceded(file: &[u8]) -> bool {
    let picture =
        matches!(file, [0xFF, 0xD8, 0xFF, ..] | [0x89, b'P', b'N', b'G', ..] | [b'R', b'I', b'F', b'F', ..])
            || file.starts_with(b"GIF8");
    picture || PREAMBLES.iter().any(|beginning| file.starts_with(beginning))
}

fn is_heic(brand: &[u8]) -> bool {
    HEIC_BRANDS.contains(&brand)
}

fn is_pdf(file: &[u8]) -> bool {
    let beginning = file.get(..PDF_WITHIN).unwrap_or(file);
    beginning.windows(5).any(|bytes| bytes == b"%PDF-")
}

/// Whether the end of the file has the directory of a ZIP archive (APPNOTE 4.3.16): its end record, which stands
/// in the last 64 KiB, and right before it a directory as long as the record says.
fn is_zip(file: &[u8]) -> bool {
    let from = file.len().saturating_sub(22 + 0xFFFF);
    let tail = file.get(from..).unwrap_or_default();
    tail.windows(22).enumerate().filter(|(_, record)| record.starts_with(b"PK\x05\x06")).any(
        |(at, record)| {
            let Some([a, b, c, d]) = record.get(12..16) else { return false };
            let length = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX);
            let directory = (from + at).checked_sub(length).and_then(|start| file.get(start..));
            directory.is_some_and(|bytes| bytes.starts_with(b"PK\x01\x02"))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        assert_eq!(Media::of(b"\xFF\xD8\xFF\xE0...."), Ok(Media::Jpeg));
        assert_eq!(Media::of(b"\0\0\0\x18ftypheic\0\0\0\0"), Ok(Media::Heic));
        assert_eq!(Media::of(b"\0\0\0\x18ftypavif\0\0\0\0"), Err(Refused::UnsupportedMedia));
        assert_eq!(Media::of(b"\0\0\0\x18ftypisom\0\0\0\0"), Err(Refused::UnsupportedMedia));
        for other in
            [b"GIF89a....".as_slice(), b"<svg xmlns", b"PK\x03\x04....", b"%PDF-1.7", b"", b"\xFF\xD8"]
        {
            assert_eq!(Media::of(other), Err(Refused::UnsupportedMedia));
        }
    }

    #[test]
    fn a_dicom_file_is_told_by_its_letters_and_by_its_preamble_if_that_is_another_file() {
        let file = |preamble: &[u8]| {
            let mut file = preamble.to_vec();
            file.resize(128, 0);
            [file.as_slice(), b"DICM\x02\0"].concat()
        };
        assert_eq!(Media::of(&file(b"")), Ok(Media::Dicom));
        assert_eq!(Media::of(&file(b"from PACS 3")), Ok(Media::Dicom));
        assert_eq!(Media::of(&file(b"II\x2A\0\x54\x18")), Ok(Media::Dicom));
        for preamble in [b"#!/bin/sh\nrm".as_slice(), b"MZ\x90", b"<script>", b"%PDF-1.4", b"\x7FELF"] {
            assert_eq!(Media::of(&file(preamble)), Err(Refused::UnsupportedMedia));
        }
    }

    #[test]
    fn a_picture_that_is_another_file_as_well_is_none() {
        assert_eq!(Media::of(b"\xFF\xD8\xFF\xFE\0\x10%PDF-1.7"), Err(Refused::UnsupportedMedia));
        let directory = [b"PK\x01\x02".as_slice(), &[0; 42]].concat();
        let mut end = [0; 22];
        end[..4].copy_from_slice(b"PK\x05\x06");
        end[12] = 46;
        let zipped = [b"\xFF\xD8\xFF\xE0........".as_slice(), &directory, &end].concat();
        assert_eq!(Media::of(&zipped), Err(Refused::UnsupportedMedia));
        // The letters alone, as compressed pixels may have them, are no archive.
        let letters = [b"\xFF\xD8\xFF\xE0........".as_slice(), &[7; 46], &end].concat();
        assert_eq!(Media::of(&letters), Ok(Media::Jpeg));
    }
}
