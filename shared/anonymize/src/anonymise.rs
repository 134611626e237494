//! From an uploaded image to a new file in which nothing says who somebody is.

use serde::Serialize;

use crate::{
    Refused,
    area::{Area, Bounds},
    detect::{Detectors, Found, Kind},
    dicom::{self, Attributes, Key},
    photo::{Photo, Pixels, Written},
    sniff::Media,
};

/// An image that may be released.
#[derive(Debug)]
pub struct Released {
    /// The new file.
    pub bytes: Vec<u8>,
    /// What was done.
    pub report: Report,
}

/// What was done to an image, without anything that it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `image/jpeg`, `image/png` or `application/dicom`.
    pub media_type: &'static str,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Of how many pictures it is made.
    pub frames: u32,
    /// What was filled, in every frame.
    pub filled: Vec<Filled>,
    /// Pixels of a frame that were blanked, because they are outside the regions of ultrasound.
    pub blanked: u64,
    /// What became of a DICOM file's attributes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
}

/// A place that was filled with black.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// What was found there.
    pub kind: Kind,
    /// Where, upright: what stood askew was filled askew.
    #[serde(flatten)]
    pub bounds: Bounds,
}

/// How often the written file is looked at again, before the image is given up.
pub(crate) const LOOKS: usize = 5;

/// The most bytes of a photo, and of a DICOM file.
pub const LARGEST_PHOTO: u64 = 25 * 1024 * 1024;
/// See [`LARGEST_PHOTO`].
pub const LARGEST_DICOM: u64 = 200 * 1024 * 1024;

/// Rebuilds an image of any kind that is taken, as [`photo`] and [`dicom::anonymise`] do.
///
/// # Errors
/// When the file is no image, or cannot be made safe.
pub fn image(original: &[u8], key: &Key, detectors: &Detectors) -> Result<Released, Refused> {
    match Media::of(original)? {
        Media::Dicom => dicom::anonymise(original, LARGEST_DICOM, key, detectors),
        _ => photo(original, LARGEST_PHOTO, detectors),
    }
}

/// Rebuilds a photo of at most so many bytes, with text, codes and faces filled, and looks at the written file
/// again, at another scale: what is seen there beside what was filled is filled as well. A photo in which text is
/// seen to the last is refused.
///
/// # Errors
/// When the file is no photo, or cannot be made safe.
pub fn photo(original: &[u8], largest: u64, detectors: &Detectors) -> Result<Released, Refused> {
    let mut photo = Photo::decode(original, largest)?;
    let size = photo.size();
    let found = detectors.find(&photo.pixels).map_err(|_| Refused::VerificationFailed)?;
    let mut filled = fill(&mut photo.pixels, &found, size);
    for _ in 0..LOOKS {
        let Written { bytes, media_type, pixels } = photo.write()?;
        let mut left = detectors.find_again(&pixels).map_err(|_| Refused::VerificationFailed)?;
        left.retain(|found| !is_filled(&found.area, &filled, size));
        if left.is_empty() {
            let (width, height) = size;
            let report =
                Report { media_type, width, height, frames: 1, filled, blanked: 0, attributes: None };
            return Ok(Released { bytes, report });
        }
        filled.extend(fill(&mut photo.pixels, &left, size));
    }
    Err(Refused::VerificationFailed)
}

/// Whether the middle of an area was filled: what is seen there is the edge of a filled place.
pub(crate) fn is_filled(area: &Area, filled: &[Filled], size: (u32, u32)) -> bool {
    area.is_within(size, filled.iter().map(|place| place.bounds))
}

fn fill(pixels: &mut Pixels, found: &[Found], size: (u32, u32)) -> Vec<Filled> {
    found.iter().for_each(|Found { area, .. }| blacken(pixels, area, size));
    found_areas(found, size)
}

/// Where things were found, for the report.
pub(crate) fn found_areas(found: &[Found], size: (u32, u32)) -> Vec<Filled> {
    let filled =
        found.iter().map(|Found { kind, area }| Some(Filled { kind: *kind, bounds: area.bounds(size)? }));
    filled.flatten().collect()
}

fn blacken(pixels: &mut Pixels, area: &Area, size: (u32, u32)) {
    let (raw, channels): (&mut [u8], usize) = match pixels {
        Pixels::Grey(grey) => (grey, 1),
        Pixels::Colour(colour) => (colour, 3),
    };
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    for (line, left, right) in area.lines(size) {
        let start = place(line) * place(size.0);
        let covered = (start + place(left)) * channels..(start + place(right)) * channels;
        raw.get_mut(covered).unwrap_or_default().fill(0);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Cursor;

    use image::{GrayImage, ImageFormat, Luma};

    use super::*;

    /// Seven rows of five pixels for some letters.
    const LETTERS: [(char, [u8; 7]); 6] = [
        ('J', [0b00111, 0b00010, 0b00010, 0b00010, 0b00010, 0b10010, 0b01100]),
        ('A', [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001]),
        ('N', [0b10001, 0b11001, 0b10101, 0b10011, 0b10001, 0b10001, 0b10001]),
        ('E', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111]),
        ('D', [0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110]),
        ('O', [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ];

    /// A soft grey picture, with or without writing of three pixels a stroke.
    pub(crate) fn picture(writing: &str, left: u32, top: u32) -> GrayImage {
        let mut picture = GrayImage::from_fn(640, 480, |x, y| {
            let far = x.abs_diff(320) * x.abs_diff(320) / 4 + y.abs_diff(240) * y.abs_diff(240) / 3;
            Luma([u8::try_from(190_u32.saturating_sub(far / 160)).expect("a shade")])
        });
        for (place, letter) in (0_u32..).zip(writing.chars()) {
            let Some((_, rows)) = LETTERS.iter().find(|(one, _)| *one == letter) else { continue };
            for (row, bits) in (0_u32..).zip(rows) {
                for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                    for (x, y) in (0..9).map(|dot| (dot % 3, dot / 3)) {
                        picture.put_pixel(left + place * 18 + column * 3 + x, top + row * 3 + y, Luma([255]));
                    }
                }
            }
        }
        picture
    }

    fn png(picture: &GrayImage) -> Vec<u8> {
        let mut file = Vec::new();
        picture.write_to(&mut Cursor::new(&mut file), ImageFormat::Png).expect("a PNG");
        file
    }

    #[test]
    fn writing_is_filled_and_the_rest_is_as_it_was() {
        let detectors = Detectors::load().expect("the models");
        let plain = picture("", 0, 0);
        let released = photo(&png(&picture("JANE DOE", 20, 18)), 1 << 20, &detectors).expect("released");
        let seen = image::load_from_memory(&released.bytes).expect("a picture").into_luma8();
        let within = |x: u32, y: u32| (20..20 + 8 * 18).contains(&x) && (18..18 + 21).contains(&y);
        let near = |x: u32, y: u32| x < 20 + 8 * 18 + 40 && y < 18 + 21 + 30;
        assert!(
            seen.enumerate_pixels().filter(|(x, y, _)| within(*x, *y)).all(|(_, _, shade)| shade.0 == [0])
        );
        assert!(
            seen.enumerate_pixels()
                .filter(|(x, y, _)| !near(*x, *y))
                .all(|(x, y, shade)| shade == plain.get_pixel(x, y))
        );
        assert_eq!(released.report.media_type, "image/png");
        assert!(released.report.filled.iter().any(|filled| filled.kind == Kind::Text));
    }

    #[test]
    fn a_picture_without_writing_is_released_as_it_was() {
        let detectors = Detectors::load().expect("the models");
        let plain = picture("", 0, 0);
        let released = photo(&png(&plain), 1 << 20, &detectors).expect("released");
        assert_eq!(released.report.filled, []);
        assert_eq!(image::load_from_memory(&released.bytes).expect("a picture").into_luma8(), plain);
    }
}
