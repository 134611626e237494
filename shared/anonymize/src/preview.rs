//! Small pictures of an image that was released, made of what is seen of it: for lists, for what browsers do not show,
//! and for many frames at a glance.

use image::{
    DynamicImage, ExtendedColorType, ImageEncoder, ImageResult, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops,
};

use crate::{Refused, anonymise::Released, photo::Pixels};

/// The longest side of a preview, in pixels.
pub const LONGEST: u32 = 2_048;
/// The longest side of a thumbnail, and of a filmstrip's frame.
const SMALL: u32 = 256;
/// The most frames of a filmstrip.
pub(crate) const MOST_FRAMES: u32 = 12;
/// How finely a thumbnail is written, of 100.
const FINENESS: u8 = 80;

/// Pictures of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previews {
    /// A JPEG file of at most 256 pixels a side.
    pub thumbnail: Vec<u8>,
    /// Of a DICOM image or a series of them, the middle frame as a PNG file.
    pub preview: Option<Vec<u8>>,
    /// Of several frames, up to twelve from first to last, side by side, as a PNG file.
    pub filmstrip: Option<Vec<u8>>,
}

impl Previews {
    /// The pictures of an image.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn of(released: &Released) -> Result<Self, Refused> {
        let shown = &released.shown;
        let middle = shown.get(shown.len() / 2).ok_or(Refused::VerificationFailed)?;
        let needs_preview = !released.report.media_type.starts_with("image/");
        let made = || {
            Ok(Self {
                thumbnail: jpeg(middle.smaller(SMALL).as_ref().unwrap_or(middle))?,
                preview: needs_preview.then(|| png(middle)).transpose()?,
                filmstrip: (shown.len() > 1).then(|| png(&filmstrip(shown))).transpose()?,
            })
        };
        made().map_err(|_: image::ImageError| Refused::VerificationFailed)
    }
}

fn filmstrip(shown: &[Pixels]) -> Pixels {
    let frames: Vec<RgbImage> = shown
        .iter()
        .map(|frame| match frame.clone().shrunk(SMALL) {
            Pixels::Grey(grey) => DynamicImage::ImageLuma8(grey).into_rgb8(),
            Pixels::Colour(colour) => colour,
        })
        .collect();
    let width = frames.iter().map(RgbImage::width).sum();
    let height = frames.iter().map(RgbImage::height).max().unwrap_or(0);
    let mut strip = RgbImage::new(width, height);
    let mut left = 0;
    for frame in &frames {
        imageops::replace(&mut strip, frame, left, 0);
        left += i64::from(frame.width());
    }
    Pixels::Colour(strip)
}

fn png(pixels: &Pixels) -> ImageResult<Vec<u8>> {
    let mut file = Vec::new();
    write(pixels, PngEncoder::new(&mut file))?;
    Ok(file)
}

fn jpeg(pixels: &Pixels) -> ImageResult<Vec<u8>> {
    let mut file = Vec::new();
    write(pixels, JpegEncoder::new_with_quality(&mut file, FINENESS))?;
    Ok(file)
}

fn write(pixels: &Pixels, encoder: impl ImageEncoder) -> ImageResult<()> {
    let (width, height) = pixels.size();
    match pixels {
        Pixels::Grey(grey) => encoder.write_image(grey, width, height, ExtendedColorType::L8),
        Pixels::Colour(colour) => encoder.write_image(colour, width, height, ExtendedColorType::Rgb8),
    }
}
