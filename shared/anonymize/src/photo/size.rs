//! Pictures at a smaller size.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::{ImageBuffer, Pixel, imageops};

/// A picture at a smaller size, of which each pixel is the average of those that it stands for.
pub(crate) fn averaged<P>(
    picture: &ImageBuffer<P, Vec<u8>>,
    width: u32,
    height: u32,
) -> ImageBuffer<P, Vec<u8>>
where
    P: Pixel<Subpixel = u8> + 'static,
{
    let kind = if P::CHANNEL_COUNT == 1 { PixelType::U8 } else { PixelType::U8x3 };
    let mut smaller = Image::new(width, height, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box)).use_alpha(false);
    let whole = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), kind);
    let averaged = whole.is_ok_and(|whole| Resizer::new().resize(&whole, &mut smaller, &options).is_ok());
    let pixels = if averaged { ImageBuffer::from_raw(width, height, smaller.into_vec()) } else { None };
    // What cannot be averaged so must be seen all the same.
    pixels.unwrap_or_else(|| imageops::thumbnail(picture, width, height))
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;

    #[test]
    fn a_smaller_picture_has_the_averages_of_the_larger() {
        let grey =
            GrayImage::from_fn(6, 4, |x, y| Luma([u8::try_from(40 * (x / 2) + 10 * y).expect("a shade")]));
        assert_eq!(averaged(&grey, 3, 2).into_raw(), [5, 45, 85, 25, 65, 105]);
        let colour = RgbImage::from_fn(4, 2, |x, _| Rgb([u8::try_from(20 * x).expect("a shade"), 7, 250]));
        assert_eq!(averaged(&colour, 2, 1).into_raw(), [10, 7, 250, 50, 7, 250]);
    }
}
