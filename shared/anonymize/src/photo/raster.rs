//! Decoding of what the crate `image` decodes.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, Rgba, metadata::Orientation,
};
use jpeg_decoder::{Decoder, PixelFormat};

use super::{Pixels, bounded, colour, jpeg};
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
    let mut picture = if format == ImageFormat::Jpeg && jpeg::is_apart(file) {
        apart(file, (width, height))?
    } else {
        DynamicImage::from_decoder(decoder).map_err(sort)?
    };
    picture.apply_orientation(orientation);
    let mut pixels = seen(picture);
    if let Some(profile) = profile {
        colour::to_srgb(&mut pixels, &profile);
    }
    Ok((pixels, orientation))
}

/// The picture, of that size, of a JPEG file whose lightness and colours are in scans of their own, which the crate `image`'s decoder
/// takes for one another.
fn apart(file: &[u8], (width, height): (u32, u32)) -> Result<DynamicImage, Refused> {
    let mut decoder = Decoder::new(file);
    decoder.set_max_decoding_buffer_size(usize::try_from(MOST_MEMORY).unwrap_or(usize::MAX));
    let shades = decoder.decode().map_err(|_| Refused::Undecodable)?;
    let info =
        decoder.info().filter(|info| (u32::from(info.width), u32::from(info.height)) == (width, height));
    let info = info.ok_or(Refused::Undecodable)?;
    let picture = match info.pixel_format {
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, shades).map(DynamicImage::ImageRgb8),
        PixelFormat::L8 | PixelFormat::L16 | PixelFormat::CMYK32 => None,
    };
    picture.ok_or(Refused::Undecodable)
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
