//! Colours as the source's ICC profile means them, in sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};

use super::Pixels;

/// Pixels that are converted at a time.
const CHUNK: usize = 3 * 4096;
/// How far an sRGB value may be from what the profile means without any conversion.
const SAME: u8 = 1;

/// Converts the pixels from what the profile means to sRGB. A profile that cannot be read, that is of another kind
/// of colour, or that means sRGB anyway, changes nothing.
pub(super) fn to_srgb(pixels: &mut Pixels, profile: &[u8]) {
    if let Ok(profile) = ColorProfile::new_from_slice(profile) {
        from(pixels, &profile);
    }
}

/// Converts the pixels from a profile's colours to sRGB.
pub(super) fn from(pixels: &mut Pixels, profile: &ColorProfile) {
    let Pixels::Colour(picture) = pixels else { return };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let Ok(transform) = profile.create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options) else {
        return;
    };
    if means_srgb(transform.as_ref()) {
        return;
    }
    let mut converted = vec![0; CHUNK];
    for chunk in picture.chunks_mut(CHUNK) {
        let Some(converted) = converted.get_mut(..chunk.len()) else { return };
        if transform.transform(chunk, converted).is_ok() {
            chunk.copy_from_slice(converted);
        }
    }
}

/// Whether the conversion changes no colour visibly, tried on a cube of 9 × 9 × 9.
fn means_srgb(transform: &(dyn TransformExecutor<u8> + Send + Sync)) -> bool {
    let steps = || (0..=8_u8).map(|step| step.saturating_mul(32).saturating_sub(u8::from(step == 8)));
    let cube: Vec<u8> = steps()
        .flat_map(|red| steps().flat_map(move |green| steps().flat_map(move |blue| [red, green, blue])))
        .collect();
    let mut converted = vec![0; cube.len()];
    transform.transform(&cube, &mut converted).is_ok()
        && cube.iter().zip(&converted).all(|(before, after)| before.abs_diff(*after) <= SAME)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    #[test]
    fn colours_of_a_wider_space_are_converted_and_those_of_srgb_are_kept() {
        let plain = Pixels::Colour(RgbImage::from_pixel(3, 2, Rgb([200, 30, 90])));
        let mut wide = plain.clone();
        to_srgb(&mut wide, &ColorProfile::new_display_p3().encode().expect("a profile"));
        let Pixels::Colour(converted) = &wide else { panic!("colours") };
        // A red of Display P3 is a stronger one in sRGB.
        assert!(converted.get_pixel(1, 1).0[0] > 210, "{:?}", converted.get_pixel(1, 1));
        let mut same = plain.clone();
        to_srgb(&mut same, &ColorProfile::new_srgb().encode().expect("a profile"));
        to_srgb(&mut same, b"no profile");
        assert_eq!(same, plain);
    }
}
