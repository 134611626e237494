//! The new file, and its check.

use image::{ExtendedColorType, ImageEncoder, ImageFormat, codecs::png};

use super::{
    Coding, Photo, Pixels,
    jpeg::{self, Segments},
    raster,
};
use crate::Refused;

/// The length of a JFIF segment that has no thumbnail, without its length field (ITU-T T.871, 10.1).
const PLAIN_JFIF: usize = 14;

/// How far apart, on the average, the shades may be that were meant and that a reader of the file sees.
const MOST_APART: u64 = 16;

/// A new file.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// What a reader of the bytes sees.
    pub pixels: Pixels,
}

impl Photo {
    /// Writes the pixels: a JPEG as it was coded, what came without losses as PNG, all else as a fine JPEG. The
    /// bytes are read again, and hold pixels alone.
    ///
    /// # Errors
    /// When they cannot be written, or hold anything else.
    pub fn write(&self) -> Result<Written, Refused> {
        match &self.coding {
            Coding::Jpeg(coding) => self.jpeg(Some(coding)),
            Coding::Lossy => self.jpeg(None),
            Coding::Lossless => self.png(),
        }
    }

    /// Writes the pixels as a fine JPEG, whatever they came in.
    ///
    /// # Errors
    /// As [`Photo::write`].
    pub fn write_jpeg(&self) -> Result<Written, Refused> {
        self.jpeg(None)
    }

    fn jpeg(&self, coding: Option<&jpeg::Coding>) -> Result<Written, Refused> {
        let bytes = jpeg::encode(&self.pixels, coding)?;
        if !is_plain_jpeg(&bytes) {
            return Err(Refused::VerificationFailed);
        }
        self.read_again(bytes, ImageFormat::Jpeg, "image/jpeg")
    }

    fn png(&self) -> Result<Written, Refused> {
        let mut bytes = Vec::new();
        let encoder = png::PngEncoder::new_with_quality(
            &mut bytes,
            png::CompressionType::Default,
            png::FilterType::Adaptive,
        );
        let (width, height) = self.size();
        match &self.pixels {
            Pixels::Grey(grey) => encoder.write_image(grey, width, height, ExtendedColorType::L8),
            Pixels::Colour(colour) => encoder.write_image(colour, width, height, ExtendedColorType::Rgb8),
        }
        .map_err(|_| Refused::VerificationFailed)?;
        if !is_plain_png(&bytes) {
            return Err(Refused::VerificationFailed);
        }
        self.read_again(bytes, ImageFormat::Png, "image/png")
    }

    fn read_again(
        &self,
        bytes: Vec<u8>,
        format: ImageFormat,
        media_type: &'static str,
    ) -> Result<Written, Refused> {
        let (pixels, _) = raster::decode(&bytes, format).map_err(|_| Refused::VerificationFailed)?;
        if self.pixels.is_like(&pixels) {
            Ok(Written { bytes, media_type, pixels })
        } else {
            Err(Refused::VerificationFailed)
        }
    }
}

impl Pixels {
    /// Whether a picture is the same but for what a JPEG file loses.
    fn is_like(&self, other: &Self) -> bool {
        let (one, other) = match (self, other) {
            (Self::Grey(one), Self::Grey(other)) if one.dimensions() == other.dimensions() => {
                (one.as_raw(), other.as_raw())
            }
            (Self::Colour(one), Self::Colour(other)) if one.dimensions() == other.dimensions() => {
                (one.as_raw(), other.as_raw())
            }
            _ => return false,
        };
        let apart: u64 = one.iter().zip(other).map(|(one, other)| u64::from(one.abs_diff(*other))).sum();
        u64::try_from(one.len()).is_ok_and(|count| apart <= count * MOST_APART)
    }
}

/// Whether a JPEG file has nothing but a plain JFIF header, tables, frames and scans, and ends with its end.
fn is_plain_jpeg(file: &[u8]) -> bool {
    let mut segments = Segments::of(file);
    let plain = segments.by_ref().all(|segment| {
        segment.is_ok_and(|segment| match segment.marker {
            0xE0 => segment.body.len() == PLAIN_JFIF && segment.body.starts_with(b"JFIF\0"),
            0xDB | 0xC0 | 0xC2 | 0xC4 | 0xDA | 0xD9 | 0xDD => true,
            _ => false,
        })
    });
    plain && segments.position() == file.len()
}

/// Whether a PNG file has nothing but its header, pixels and end (RFC 2083, section 3.2).
fn is_plain_png(file: &[u8]) -> bool {
    let mut rest = file.get(8..).unwrap_or_default();
    while let Some(&[a, b, c, d, ref kind @ ..]) = rest.first_chunk::<8>() {
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        if ![b"IHDR", b"IDAT", b"IEND"].contains(&kind) {
            return false;
        }
        let Some(after) = length.checked_add(12).and_then(|whole| rest.get(whole..)) else { return false };
        if kind == b"IEND" {
            return after.is_empty();
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_anything_but_pixels_is_not_plain() {
        let photo = Photo {
            pixels: Pixels::Grey(image::GrayImage::from_pixel(20, 10, image::Luma([90]))),
            coding: Coding::Lossless,
        };
        let jpeg = photo.write_jpeg().expect("a JPEG").bytes;
        let commented = [&jpeg[..2], b"\xFF\xFE\0\x06Jane", &jpeg[2..]].concat();
        let trailed = [jpeg.as_slice(), b"Jane"].concat();
        assert_eq!([&jpeg, &commented, &trailed].map(|file| is_plain_jpeg(file)), [true, false, false]);
        assert!(!is_plain_jpeg(&jpeg[..jpeg.len() - 2]));

        let png = photo.write().expect("a PNG").bytes;
        let text = [&png[..33], b"\0\0\0\x04tEXtJane\0\0\0\0", &png[33..]].concat();
        let trailed = [png.as_slice(), b"Jane"].concat();
        assert_eq!([&png, &text, &trailed].map(|file| is_plain_png(file)), [true, false, false]);
        assert!(!is_plain_png(&png[..png.len() - 1]));
    }
}
