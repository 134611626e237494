//! Decoding of what the crate `image` decodes.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgba, metadata::Orientation};

use super::{Pixels, bounded, colour};
use crate::Refused;

/// The most memory that a decoder may take, in bytes.
const MOST_MEMORY: u64 = 320 * 1024 * 1024;

/// The pixels of a file's first picture, upright and in sRGB, and how they had to be turned.
pub(super) fn decode(file: &[u8], format: ImageFormat) -> Result<(Pixels, Orientation), Refused> {
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(sort)?;
    let (width, height) = decoder.dimensions();
    bounded(width.into(), height.into())?;
    if decoder.total_bytes() > MOST_MEMORY {
        return Err(Refused::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or_default();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(sort)?;
    picture.apply_orientation(orientation);
    let mut pixels = seen(picture);
    if let Some(profile) = profile {
        colour::to_srgb(&mut pixels, &profile);
    }
    Ok((pixels, orientation))
}

fn sort(error: image::ImageError) -> Refused {
    match error {
        image::ImageError::Limits(_) => Refused::TooLarge,
        _ => Refused::Undecodable,
    }
}

/// The picture as it is seen: what transparency hides is hidden for good. Without it, the colours
/// behind fully transparent pixels would come back.
fn seen(picture: DynamicImage) -> Pixels {
    let (colours, transparent) = (picture.color().has_color(), picture.color().has_alpha());
    if !transparent {
        return if colours {
            Pixels::Colour(picture.into_rgb8())
        } else {
            Pixels::Grey(picture.into_luma8())
        };
    }
    let mut picture = picture.into_rgba8();
    picture.pixels_mut().for_each(|Rgba([red, green, blue, alpha])| {
        for colour in [red, green, blue] {
            *colour = on_white(*colour, *alpha);
        }
        *alpha = u8::MAX;
    });
    let picture = DynamicImage::ImageRgba8(picture);
    if colours { Pixels::Colour(picture.into_rgb8()) } else { Pixels::Grey(picture.into_luma8()) }
}

/// A colour of that opacity on white.
pub(super) fn on_white(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    let mixed = (colour * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_colour_on_white_is_as_dark_as_it_is_opaque() {
        assert_eq!(
            [super::on_white(0, 128), super::on_white(255, 3), super::on_white(7, 255)],
            [127, 255, 7]
        );
    }
}
