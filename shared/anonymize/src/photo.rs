//! A photo as pixels: upright, in sRGB, laid on white, and written anew with nothing but its pixels.

mod chroma;
mod colour;
mod heic;
mod jpeg;
mod raster;
mod size;
mod written;

use std::panic;

use image::{GrayImage, RgbImage, metadata::Orientation};

use crate::{
    Refused,
    area::{small, whole},
    sniff::Media,
};

pub(crate) use jpeg::bounded_beginnings;
pub(crate) use size::averaged;
pub use written::Written;

/// The most pixels that are decoded.
pub const MOST_PIXELS: u64 = 50_000_000;
/// The longest side, in pixels.
pub const LONGEST_SIDE: u32 = 16_000;

/// A photo's pixels, eight bits a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// Shades of grey.
    Grey(GrayImage),
    /// sRGB.
    Colour(RgbImage),
}

/// A decoded photo.
#[derive(Debug, Clone)]
pub struct Photo {
    /// What is seen.
    pub pixels: Pixels,
    coding: Coding,
}

/// How the source kept its pixels, and so how the new file keeps them.
#[derive(Debug, Clone)]
enum Coding {
    /// JPEG, with the source's own tables.
    Jpeg(Box<jpeg::Coding>),
    /// With losses, otherwise than JPEG does: written as a fine JPEG.
    Lossy,
    /// Without losses: written as PNG.
    Lossless,
}

impl Photo {
    /// Decodes a file of at most so many bytes.
    ///
    /// # Errors
    /// When it is no photo, larger than is decoded, or broken. A file that breaks a decoder is a broken file.
    pub fn decode(file: &[u8], largest: u64) -> Result<Self, Refused> {
        if u64::try_from(file.len()).unwrap_or(u64::MAX) > largest {
            return Err(Refused::TooLarge);
        }
        let media = Media::of(file)?;
        panic::catch_unwind(|| Self::decoded(file, media)).unwrap_or(Err(Refused::Undecodable))
    }

    fn decoded(file: &[u8], media: Media) -> Result<Self, Refused> {
        match media {
            Media::Jpeg => {
                let mut coding = jpeg::Coding::of(file)?;
                let (pixels, orientation) = raster::decode(file, image::ImageFormat::Jpeg)?;
                if turns(orientation) {
                    coding.turn();
                }
                Ok(Self { pixels, coding: Coding::Jpeg(Box::new(coding)) })
            }
            Media::Png => Self::raster(file, image::ImageFormat::Png, Coding::Lossless),
            Media::Tiff => Self::raster(file, image::ImageFormat::Tiff, Coding::Lossless),
            Media::WebP => {
                let lossless = file.get(12..16) == Some(b"VP8L");
                Self::raster(
                    file,
                    image::ImageFormat::WebP,
                    if lossless { Coding::Lossless } else { Coding::Lossy },
                )
            }
            Media::Heic => Ok(Self { pixels: heic::decode(file)?, coding: Coding::Lossy }),
            Media::Dicom => Err(Refused::UnsupportedMedia),
        }
    }

    fn raster(file: &[u8], format: image::ImageFormat, coding: Coding) -> Result<Self, Refused> {
        let (pixels, _) = raster::decode(file, format)?;
        Ok(Self { pixels, coding })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.pixels.size()
    }
}

impl Pixels {
    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Grey(grey) => grey.dimensions(),
            Self::Colour(colour) => colour.dimensions(),
        }
    }

    /// The picture with its longest side at most that long.
    pub(crate) fn shrunk(self, longest: u32) -> Self {
        self.smaller(longest).unwrap_or(self)
    }

    /// The picture with its longest side that long. None: it is no longer than that.
    pub(crate) fn smaller(&self, longest: u32) -> Option<Self> {
        let (width, height) = fitting(self.size(), longest)?;
        Some(match self {
            Self::Grey(grey) => Self::Grey(averaged(grey, width, height)),
            Self::Colour(colour) => Self::Colour(averaged(colour, width, height)),
        })
    }
}

/// The size of a picture that is shrunk to a longest side. None: it is no longer than that.
pub(crate) fn fitting((width, height): (u32, u32), longest: u32) -> Option<(u32, u32)> {
    let scale = small(longest) / small(width.max(height));
    let side = |length| whole((small(length) * scale).round()).max(1);
    (scale < 1.0).then(|| (side(width), side(height)))
}

/// Whether rows become columns.
const fn turns(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Refuses sizes that are not decoded, before anything is allocated.
pub(crate) fn bounded(width: u64, height: u64) -> Result<(), Refused> {
    let longest = u64::from(LONGEST_SIDE);
    if width > longest || height > longest || width.saturating_mul(height) > MOST_PIXELS {
        return Err(Refused::TooLarge);
    }
    if width == 0 || height == 0 { Err(Refused::Undecodable) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, Luma, Rgb};
    use jpeg_encoder::SamplingFactor;

    use super::*;

    /// A colourful picture without noise, of sides that are whole blocks.
    fn colourful() -> RgbImage {
        let wave = |at: u32, length: f64| {
            let shade = 127.0 + 120.0 * (f64::from(at) / length).sin();
            shade.round().to_string().parse().expect("a shade")
        };
        RgbImage::from_fn(160, 96, |x, y| Rgb([wave(x, 17.0), wave(y, 23.0), wave(x + y, 31.0)]))
    }

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).expect("a picture");
        bytes
    }

    /// How alike two pictures are, in decibels.
    fn likeness(one: &RgbImage, other: &RgbImage) -> f64 {
        let squares =
            one.iter().zip(other.iter()).map(|(one, other)| f64::from(one.abs_diff(*other)).powi(2));
        let count = u32::try_from(one.len()).expect("a small picture");
        10.0 * (255.0 * 255.0 * f64::from(count) / squares.sum::<f64>().max(0.001)).log10()
    }

    fn is_progressive(file: &[u8]) -> bool {
        jpeg::Segments::of(file).flatten().any(|segment| segment.marker == 0xC2)
    }

    #[test]
    fn a_jpeg_is_written_with_its_own_tables_as_finely_and_no_larger() {
        for (fitted, progressive, sampling) in [
            (false, false, SamplingFactor::R_4_4_4),
            (true, false, SamplingFactor::R_4_4_4),
            (false, true, SamplingFactor::R_4_4_4),
            (false, true, SamplingFactor::R_4_2_2),
            (false, true, SamplingFactor::R_4_2_0),
        ] {
            let (picture, mut source) = (colourful(), Vec::new());
            let mut encoder = jpeg_encoder::Encoder::new(&mut source, 80);
            encoder.set_optimized_huffman_tables(fitted);
            encoder.set_progressive(progressive);
            encoder.set_sampling_factor(sampling);
            let side = |length: u32| u16::try_from(length).expect("a side");
            let (width, height) = (side(picture.width()), side(picture.height()));
            encoder.encode(&picture, width, height, jpeg_encoder::ColorType::Rgb).expect("a JPEG");
            let photo = Photo::decode(&source, 1 << 20).expect("a photo");
            let written = photo.write().expect("a JPEG");
            let (Pixels::Colour(before), Pixels::Colour(after)) = (&photo.pixels, &written.pixels) else {
                panic!("colours")
            };
            assert_eq!(written.media_type, "image/jpeg");
            // Also of a source whose colours are in scans of their own.
            assert!(likeness(&picture, before) >= 30.0, "{} dB", likeness(&picture, before));
            assert!(likeness(before, after) >= 50.0, "{} dB", likeness(before, after));
            let (size, before) = (written.bytes.len(), source.len());
            assert!(size * 100 <= before * 105, "{size} of {before}, fitted: {fitted}");
            assert_eq!(is_progressive(&written.bytes), progressive);
        }
    }

    #[test]
    fn a_jpeg_of_more_scans_than_anybody_writes_is_refused_before_it_is_decoded() {
        for progressive in [false, true] {
            let mut source = Vec::new();
            let mut encoder = jpeg_encoder::Encoder::new(&mut source, 80);
            encoder.set_progressive(progressive);
            encoder.encode(&[90; 64], 8, 8, jpeg_encoder::ColorType::Luma).expect("a JPEG");
            assert_eq!(Photo::decode(&source, 1 << 20).map(|_| ()), Ok(()));
            assert_eq!(bounded_beginnings(&source), Ok(()));
            let end = source.len() - 2;
            let scan = b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0";
            source.splice(end..end, scan.repeat(40));
            assert_eq!(Photo::decode(&source, 1 << 20).map(|_| ()), Err(Refused::Undecodable));
            assert_eq!(bounded_beginnings(&source), Err(Refused::Undecodable));
        }
    }

    #[test]
    fn what_came_without_losses_leaves_without_losses() {
        let colour = DynamicImage::ImageRgb8(colourful());
        let grey = DynamicImage::ImageLuma8(GrayImage::from_fn(30, 20, |x, y| {
            Luma([u8::try_from(x * 4 + y).expect("a shade")])
        }));
        for (picture, format) in [
            (&colour, ImageFormat::Png),
            (&colour, ImageFormat::Tiff),
            (&colour, ImageFormat::WebP),
            (&grey, ImageFormat::Png),
            (&grey, ImageFormat::Tiff),
        ] {
            let written =
                Photo::decode(&file(picture, format), 1 << 20).expect("a photo").write().expect("a PNG");
            assert_eq!(written.media_type, "image/png");
            let same = match &written.pixels {
                Pixels::Grey(read) => Some(read) == picture.as_luma8(),
                Pixels::Colour(read) => Some(read) == picture.as_rgb8(),
            };
            assert!(same, "{format:?}");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_is_refused() {
        let picture = DynamicImage::ImageRgb8(colourful());
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Tiff] {
            let whole = file(&picture, format);
            for part in [whole.len() / 3, whole.len() - whole.len() / 10] {
                let decoded = Photo::decode(&whole[..part], 1 << 20).map(|_| ());
                assert_eq!(decoded, Err(Refused::Undecodable), "{format:?} of {part}");
            }
        }
    }
}
