//! From an uploaded file to a new one that holds its pixels and nothing else.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    metadata::Orientation,
};

/// The most pixels that are decoded.
const MOST_PIXELS: u64 = 50_000_000;
/// The longest side, in pixels.
const LONGEST_SIDE: u32 = 16_000;
/// The most memory that decoding may take, in bytes.
const MOST_MEMORY: u64 = 512 * 1024 * 1024;
/// JPEG quality, out of 100: high enough to read an X-ray by.
const QUALITY: u8 = 95;

/// A new image.
#[derive(Debug)]
pub struct Clean {
    /// The JPEG file.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Why a file is not an image that can be anonymised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its first bytes are those of no JPEG or PNG, whatever it was declared as.
    #[error("not a JPEG or PNG")]
    UnsupportedMedia,
    /// It has more bytes, or more pixels, than are decoded.
    #[error("too large")]
    TooLarge,
    /// It is broken.
    #[error("cannot be decoded")]
    Undecodable,
    /// Metadata was found in the new file.
    #[error("the new file holds metadata")]
    VerificationFailed,
}

impl Refused {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnsupportedMedia => "unsupported_media",
            Self::TooLarge => "too_large",
            Self::Undecodable => "undecodable",
            Self::VerificationFailed => "verification_failed",
        }
    }
}

/// Rebuilds an image of at most so many bytes: format by its first bytes, limits before anything is allocated,
/// orientation applied, laid on white, and the new file checked.
///
/// # Errors
/// When the file is not an image that can be anonymised.
pub fn clean(original: &[u8], largest: u64) -> Result<Clean, Refused> {
    if u64::try_from(original.len()).unwrap_or(u64::MAX) > largest {
        return Err(Refused::TooLarge);
    }
    let format = image::guess_format(original).map_err(|_| Refused::UnsupportedMedia)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png) {
        return Err(Refused::UnsupportedMedia);
    }
    let mut reader = ImageReader::with_format(Cursor::new(original), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(sort)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Refused::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(sort)?;
    pixels.apply_orientation(orientation);
    let pixels = on_white(pixels);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&pixels)
        .map_err(|_| Refused::Undecodable)?;
    if has_metadata(&jpeg) {
        return Err(Refused::VerificationFailed);
    }
    let (width, height) = pixels.dimensions();
    Ok(Clean { jpeg, width, height })
}

/// The picture as it is seen: what transparency hides is hidden for good. Without it, the colours
/// behind fully transparent pixels would come back.
fn on_white(pixels: DynamicImage) -> RgbImage {
    if !pixels.color().has_alpha() {
        return pixels.into_rgb8();
    }
    let pixels = pixels.into_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, alpha] = pixels.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|colour| seen(colour, alpha)))
    })
}

/// A colour of that opacity on white.
fn seen(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

fn sort(error: image::ImageError) -> Refused {
    match error {
        image::ImageError::Limits(_) => Refused::TooLarge,
        _ => Refused::Undecodable,
    }
}

/// Whether a JPEG file has a comment or an application segment other than the plain JFIF header, or does not
/// end with its end marker (ITU-T T.81, annex B).
fn has_metadata(jpeg: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some([0xFF, marker, high, low]) = jpeg.get(at..at + 4) else { return true };
        let length = usize::from(*high) * 256 + usize::from(*low);
        match marker {
            0xE0 if length > 16 => return true,
            0xE1..=0xEF | 0xFE => return true,
            0xDA => return !jpeg.ends_with(&[0xFF, 0xD9]),
            _ => at += 2 + length,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG of 4 × 2 pixels with a segment put behind its first marker.
    fn jpeg(segment: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        let pixels = image::RgbImage::from_pixel(4, 2, image::Rgb([200, 30, 30]));
        JpegEncoder::new(&mut plain).encode_image(&pixels).expect("a JPEG");
        [&plain[..2], segment, &plain[2..]].concat()
    }

    /// An EXIF segment that says: turn by 90 degrees.
    fn turned() -> Vec<u8> {
        let tiff = [
            b"Exif\0\0MM\0*\0\0\0\x08\0\x01".as_slice(),
            &[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0],
            &[0, 0, 0, 0],
        ]
        .concat();
        let length = u16::try_from(tiff.len() + 2).expect("short").to_be_bytes();
        [&[0xFF, 0xE1], &length[..], &tiff].concat()
    }

    #[test]
    fn the_orientation_is_applied_and_the_metadata_is_gone() {
        let original = jpeg(&turned());
        assert!(has_metadata(&original));
        let cleaned = clean(&original, 10_000_000).expect("a clean image");
        assert_eq!((cleaned.width, cleaned.height), (2, 4));
        assert!(!has_metadata(&cleaned.jpeg));
    }

    #[test]
    fn a_comment_and_what_follows_the_end_do_not_survive() {
        let mut original = jpeg(b"\xFF\xFE\x00\x0FJane Doe 1970");
        original.extend_from_slice(b"trailing secret");
        let cleaned = clean(&original, 10_000_000).expect("a clean image");
        let text = String::from_utf8_lossy(&cleaned.jpeg).into_owned();
        assert!(!text.contains("Jane") && !text.contains("secret"));
    }

    #[test]
    fn what_is_transparent_stays_hidden() {
        let hidden = image::RgbaImage::from_fn(16, 16, |x, _| {
            if x < 8 { image::Rgba([10, 20, 30, 0]) } else { image::Rgba([200, 30, 30, 255]) }
        });
        let mut png = Vec::new();
        hidden.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("a PNG");
        let cleaned = clean(&png, 10_000_000).expect("a clean image");
        let seen = image::load_from_memory(&cleaned.jpeg).expect("a JPEG").into_rgb8();
        assert!(seen.get_pixel(2, 8).0.iter().all(|colour| *colour > 245), "{:?}", seen.get_pixel(2, 8));
        assert!(seen.get_pixel(13, 8).0[0] > 180, "{:?}", seen.get_pixel(13, 8));
        assert_eq!([super::seen(0, 128), super::seen(255, 3), super::seen(7, 255)], [127, 255, 7]);
    }

    #[test]
    fn what_is_no_image_is_refused_whatever_it_is_called() {
        assert_eq!(clean(b"%PDF-1.7 ...", 10_000_000).map(|_| ()), Err(Refused::UnsupportedMedia));
        assert_eq!(clean(b"GIF89a......", 10_000_000).map(|_| ()), Err(Refused::UnsupportedMedia));
        assert_eq!(clean(b"", 10_000_000).map(|_| ()), Err(Refused::UnsupportedMedia));
        assert_eq!(clean(&jpeg(&[]), 40).map(|_| ()), Err(Refused::TooLarge));
        let broken = &jpeg(&[])[..40];
        assert_eq!(clean(broken, 10_000_000).map(|_| ()), Err(Refused::Undecodable));
    }

    #[test]
    fn a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() {
        let mut png = Vec::new();
        let pixels = image::GrayImage::new(1, 1);
        pixels.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("a PNG");
        // The header's width and height, and its checksum, stand at fixed places.
        png[16..24].copy_from_slice(&[0, 0, 0x3A, 0x98, 0, 0, 0x3A, 0x98]);
        let checksum = crc(&png[12..29]).to_be_bytes();
        png[29..33].copy_from_slice(&checksum);
        assert_eq!(clean(&png, 10_000_000).map(|_| ()), Err(Refused::TooLarge));
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            })
        })
    }
}
