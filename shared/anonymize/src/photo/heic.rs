//! Decoding of HEIC.

use heic_decoder::HeifError;
use image::{GrayImage, RgbImage};
use moxcms::ColorProfile;

use super::{Pixels, bounded, colour, raster::on_white};
use crate::Refused;

/// The primaries of Display P3 (ITU-T H.273, table 2).
const DISPLAY_P3: u16 = 12;

/// The pixels of a file's primary picture, upright and in sRGB.
pub(super) fn decode(file: &[u8]) -> Result<Pixels, Refused> {
    let info = heic_decoder::probe(file).map_err(|error| sort(&error))?;
    let size = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    bounded(size(info.width), size(info.height))?;
    bounded(size(info.coded_width), size(info.coded_height))?;
    let picture = heic_decoder::decode(file).map_err(|error| sort(&error))?;
    let mut pixels = if picture.alpha.is_some() {
        let seen = picture.to_rgba8().map_err(|error| sort(&error))?;
        let opaque = seen.data.as_chunks::<4>().0.iter();
        let data = opaque
            .flat_map(|[red, green, blue, alpha]| [*red, *green, *blue].map(|one| on_white(one, *alpha)));
        colours(seen.width, seen.height, data.collect())?
    } else {
        let seen = picture.to_rgb8().map_err(|error| sort(&error))?;
        if picture.chroma_format_idc == 0 {
            let grey = seen.data.as_chunks::<3>().0.iter().map(|[shade, _, _]| *shade).collect();
            let (width, height) = sides(seen.width, seen.height)?;
            Pixels::Grey(GrayImage::from_raw(width, height, grey).ok_or(Refused::Undecodable)?)
        } else {
            colours(seen.width, seen.height, seen.data)?
        }
    };
    match (&picture.metadata.icc_profile, &picture.color_info) {
        (Some(profile), _) => colour::to_srgb(&mut pixels, profile),
        (None, Some(info)) if info.color_primaries == DISPLAY_P3 => {
            colour::from(&mut pixels, &ColorProfile::new_display_p3());
        }
        (None, _) => {}
    }
    Ok(pixels)
}

fn colours(width: usize, height: usize, data: Vec<u8>) -> Result<Pixels, Refused> {
    let (width, height) = sides(width, height)?;
    RgbImage::from_raw(width, height, data).map(Pixels::Colour).ok_or(Refused::Undecodable)
}

fn sides(width: usize, height: usize) -> Result<(u32, u32), Refused> {
    let side = |length: usize| u32::try_from(length).map_err(|_| Refused::TooLarge);
    Ok((side(width)?, side(height)?))
}

fn sort(error: &HeifError) -> Refused {
    if matches!(error, HeifError::LimitExceeded(_)) { Refused::TooLarge } else { Refused::Undecodable }
}
