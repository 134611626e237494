//! Pictures made even: what is faint stands out from what is behind it.

use image::{GrayImage, Luma, imageops};

/// How many pixels of the picture become one of the picture of its light.
const BLOCK: u32 = 16;
/// The least spread of shades that is taken for more than noise.
const LEAST_SPREAD: i32 = 10;
/// What an even place is, and what a spread is, in shades.
const MIDDLE: i32 = 110;
const SPREAD: i32 = 32;

/// The picture with the same light and the same contrast everywhere.
pub(super) fn even(grey: &GrayImage) -> GrayImage {
    let light = blurred(grey);
    let mut apart = grey.clone();
    for (Luma([shade]), Luma([light])) in apart.pixels_mut().zip(light.pixels()) {
        *shade = shade.abs_diff(*light);
    }
    let spread = blurred(&apart);
    let mut even = grey.clone();
    for ((Luma([shade]), Luma([light])), Luma([spread])) in
        even.pixels_mut().zip(light.pixels()).zip(spread.pixels())
    {
        let apart = i32::from(*shade) - i32::from(*light);
        let made = MIDDLE + apart * SPREAD / i32::from(*spread).max(LEAST_SPREAD);
        *shade = u8::try_from(made.clamp(0, 255)).unwrap_or(u8::MAX);
    }
    even
}

/// The picture as it is seen from far away.
fn blurred(grey: &GrayImage) -> GrayImage {
    let (width, height) = grey.dimensions();
    let far = imageops::thumbnail(grey, width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let softer = imageops::blur(&far, 1.0);
    imageops::resize(&softer, width, height, imageops::FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_faint_in_the_dark_is_as_clear_as_what_is_in_the_light() {
        // Light from the left, and two marks that are a little lighter than what is behind them.
        let mut picture =
            GrayImage::from_fn(256, 128, |x, _| Luma([u8::try_from(200 - x / 2).expect("a shade")]));
        for (x, y) in [(40, 60), (200, 60)] {
            for (x, y) in (0..48).map(|dot| (x + dot % 4, y + dot / 4)) {
                picture.get_pixel_mut(x, y).0[0] += 24;
            }
        }
        let even = even(&picture);
        let apart = |x: u32| even.get_pixel(x + 1, 64).0[0].abs_diff(even.get_pixel(x + 20, 64).0[0]);
        assert!(apart(40) > 40 && apart(40).abs_diff(apart(200)) < 16, "{} {}", apart(40), apart(200));
    }
}
