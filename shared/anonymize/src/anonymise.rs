//! From an uploaded image to a new file in which nothing says who somebody is.

use std::panic::{self, AssertUnwindSafe};

use serde::Serialize;

use crate::{
    Refused,
    area::{Area, Bounds},
    detect::{Detectors, Found, Kind, Rule},
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
    /// Of how many slices of a head it is made: of many a face can be made again.
    pub head_slices: u32,
    /// What is to be seen of it: the picture, or pictures of a screen's size from first to last.
    pub(crate) shown: Vec<Pixels>,
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
    /// By what it was found.
    pub rule: Rule,
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

/// How an image is to be made safe.
#[derive(Debug, Clone, Copy)]
pub struct Means<'m> {
    /// What identifiers of DICOM files are replaced under.
    pub key: &'m Key,
    /// What finds text, codes and faces.
    pub detectors: &'m Detectors,
    /// Where nothing is filled whose middle is there: a person knows that it says nothing of anybody, and answers
    /// for it. Of an image of several frames, a place that differs from frame to frame is not spared.
    pub spared: &'m [Bounds],
}

impl Means<'_> {
    /// What is left to fill of what was found in a picture of that size.
    pub(crate) fn unspared(self, mut found: Vec<Found>, size: (u32, u32)) -> Vec<Found> {
        found.retain(|found| !found.area.is_within(size, self.spared.iter().copied()));
        found
    }
}

/// Rebuilds an image of any kind that is taken, as [`photo`] and [`dicom::anonymise`] do.
///
/// # Errors
/// When the file is no image, or cannot be made safe.
pub fn image(original: &[u8], means: Means<'_>) -> Result<Released, Refused> {
    let work = || match Media::of(original)? {
        Media::Dicom => dicom::anonymise(original, LARGEST_DICOM, means),
        _ => photo(original, LARGEST_PHOTO, means),
    };
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refused::VerificationFailed))
}

/// Fills places that a person marked in an image that was released: in a DICOM image in every frame. All else is as
/// it was, but for what a JPEG file loses; the written bytes are read again.
///
/// # Errors
/// When the file is not one that was released, or the new one does not pass its check.
pub fn fill(released: &[u8], places: &[Bounds]) -> Result<Released, Refused> {
    let media = Media::of(released)?;
    let marked: Vec<Found> = places.iter().copied().map(Found::marked).collect();
    if media == Media::Dicom {
        return dicom::fill(released, &marked);
    }
    let mut photo = Photo::decode(released, u64::MAX)?;
    let size = photo.size();
    let filled = fill_found(&mut photo.pixels, &marked, size);
    Ok(as_released(photo.write()?, filled))
}

/// Rebuilds a photo of at most so many bytes, with text, codes and faces filled, and looks at the written file
/// again, at another scale: what is seen there beside what was filled is filled as well. A photo in which text is
/// seen to the last is refused.
///
/// # Errors
/// When the file is no photo, or cannot be made safe.
pub fn photo(original: &[u8], largest: u64, means: Means<'_>) -> Result<Released, Refused> {
    let detectors = means.detectors;
    let mut photo = Photo::decode(original, largest)?;
    let size = photo.size();
    let found = detectors.find(&photo.pixels).map_err(|_| Refused::VerificationFailed)?;
    let mut filled = fill_found(&mut photo.pixels, &means.unspared(found, size), size);
    for _ in 0..LOOKS {
        let written = photo.write()?;
        let left = detectors.find_again(&written.pixels).map_err(|_| Refused::VerificationFailed)?;
        let mut left = means.unspared(left, size);
        left.retain(|found| !is_filled(&found.area, &filled, size));
        if left.is_empty() {
            return Ok(as_released(written, filled));
        }
        filled.extend(fill_found(&mut photo.pixels, &left, size));
    }
    Err(Refused::VerificationFailed)
}

/// A photo that was written and passed its check.
fn as_released(written: Written, filled: Vec<Filled>) -> Released {
    let Written { bytes, media_type, pixels } = written;
    let (width, height) = pixels.size();
    let report = Report { media_type, width, height, frames: 1, filled, blanked: 0, attributes: None };
    Released { bytes, report, head_slices: 0, shown: vec![pixels] }
}

/// Whether the middle of an area was filled: what is seen there is the edge of a filled place.
pub(crate) fn is_filled(area: &Area, filled: &[Filled], size: (u32, u32)) -> bool {
    area.is_within(size, filled.iter().map(|place| place.bounds))
}

fn fill_found(pixels: &mut Pixels, found: &[Found], size: (u32, u32)) -> Vec<Filled> {
    found.iter().for_each(|Found { area, .. }| blacken(pixels, area, size));
    found_areas(found, size)
}

/// Where things were found, for the report.
pub(crate) fn found_areas(found: &[Found], size: (u32, u32)) -> Vec<Filled> {
    let filled = found.iter().map(|Found { rule, area }| {
        Some(Filled { kind: rule.kind(), rule: *rule, bounds: area.bounds(size)? })
    });
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
        let released =
            photo(&png(&picture("JANE DOE", 20, 18)), 1 << 20, means(&detectors, &[])).expect("released");
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
        let said = serde_json::to_value(&released.report).expect("JSON");
        assert_eq!(said.pointer("/filled/0/kind"), Some(&"text".into()));
        assert_eq!(said.pointer("/filled/0/rule"), Some(&"line".into()));
    }

    #[test]
    fn tall_writing_is_filled_too() {
        let detectors = Detectors::load().expect("the models");
        let small = picture("DOE JANE", 8, 40);
        let written = image::imageops::crop_imm(&small, 0, 0, 160, 120).to_image();
        let tall = image::imageops::resize(&written, 640, 480, image::imageops::FilterType::Triangle);
        let released = photo(&png(&tall), 1 << 20, means(&detectors, &[])).expect("released");
        let seen = image::load_from_memory(&released.bytes).expect("a picture").into_luma8();
        // The letters are 84 pixels tall.
        assert!(
            (165..240).all(|y| (40..580).all(|x| seen.get_pixel(x, y).0 == [0])),
            "{:?}",
            released.report
        );
    }

    fn means<'m>(detectors: &'m Detectors, spared: &'m [Bounds]) -> Means<'m> {
        static KEY: Key = Key::new([1; 32]);
        Means { key: &KEY, detectors, spared }
    }

    #[test]
    fn what_a_person_marked_is_filled_and_nothing_else_changes() {
        let plain = picture("", 0, 0);
        let place = Bounds { x: 600, y: 10, width: 100, height: 30 };
        let released = fill(&png(&plain), &[place]).expect("released");
        let seen = image::load_from_memory(&released.bytes).expect("a picture").into_luma8();
        let within = |x: u32, y: u32| x >= 600 && (10..40).contains(&y);
        assert!(seen.enumerate_pixels().all(|(x, y, shade)| {
            if within(x, y) { shade.0 == [0] } else { shade == plain.get_pixel(x, y) }
        }));
        let bounds = Bounds { width: 40, ..place };
        assert_eq!(released.report.filled, [Filled { kind: Kind::Marked, rule: Rule::Marked, bounds }]);
    }

    #[test]
    fn what_is_spared_stays() {
        let detectors = Detectors::load().expect("the models");
        let written = picture("JANE DOE", 20, 18);
        let around = Bounds { x: 0, y: 0, width: 300, height: 80 };
        let spared = photo(&png(&written), 1 << 20, means(&detectors, &[around])).expect("released");
        assert_eq!(spared.report.filled, []);
        assert_eq!(image::load_from_memory(&spared.bytes).expect("a picture").into_luma8(), written);
    }

    #[test]
    fn a_picture_without_writing_is_released_as_it_was() {
        let detectors = Detectors::load().expect("the models");
        let plain = picture("", 0, 0);
        let released = photo(&png(&plain), 1 << 20, means(&detectors, &[])).expect("released");
        assert_eq!(released.report.filled, []);
        assert_eq!(image::load_from_memory(&released.bytes).expect("a picture").into_luma8(), plain);
    }
}
