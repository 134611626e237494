//! From an uploaded photo to a new JPEG file that holds its pixels and nothing else. What stands in the picture
//! stays: this is for pictures that are meant to say who somebody is.

use crate::{Refused, photo::Photo};

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

/// Rebuilds an image of at most so many bytes: format by its first bytes, limits before anything is allocated,
/// orientation applied, laid on white, and the new file checked.
///
/// # Errors
/// When the file is not an image that can be rebuilt.
pub fn clean(original: &[u8], largest: u64) -> Result<Clean, Refused> {
    let photo = Photo::decode(original, largest)?;
    let (width, height) = photo.size();
    Ok(Clean { jpeg: photo.write_jpeg()?.bytes, width, height })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, codecs::jpeg::JpegEncoder};

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
        let cleaned = clean(&original, 10_000_000).expect("a clean image");
        assert_eq!((cleaned.width, cleaned.height), (2, 4));
        assert!(!cleaned.jpeg.windows(4).any(|bytes| bytes == b"Exif"));
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

    #[test]
    fn a_picture_that_its_decoder_breaks_at_is_refused() {
        let chunk = |kind: &[u8], value: &[u8]| {
            let length = u32::try_from(value.len()).expect("short").to_be_bytes();
            let body = [kind, value].concat();
            [length.as_slice(), &body, &crc(&body).to_be_bytes()].concat()
        };
        // One pixel of a palette whose second colour is cut off after its red.
        let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 3, 0, 0, 0];
        let pixel = [0x78, 0x9C, 0x63, 0x60, 0, 0, 0, 2, 0, 1];
        let chunks = [
            chunk(b"IHDR", &header),
            chunk(b"PLTE", &[7, 7, 7, 7]),
            chunk(b"IDAT", &pixel),
            chunk(b"IEND", &[]),
        ];
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat()].concat();
        assert_eq!(clean(&png, 10_000_000).map(|_| ()), Err(Refused::Undecodable));
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            })
        })
    }
}
