//! Networks that mark the pixels of a picture, and what they are shown of it.

use std::fmt;

use image::{GrayImage, RgbImage, imageops};
use rten::Model;
use rten_tensor::{AsView, NdTensor};

use super::{Unloadable, Unseen};
use crate::{
    area::{small, whole},
    photo::{Pixels, averaged},
};

/// The networks' sides are multiples of this, in pixels.
const STEP: u32 = 32;

/// How large the picture is that a network sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// The longest side, in pixels.
    pub(super) longest: u32,
    /// Smaller pictures are enlarged to this, at most twice.
    pub(super) least: u32,
}

/// A network, and how it was trained to see.
pub(super) struct Network {
    model: Model,
    planes: [Plane; 3],
}

/// A plane of what a network sees: which colour of red, green and blue, and the mean and the spread of its shades, of
/// which the lightest is 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    pub(super) colour: usize,
    pub(super) mean: f32,
    pub(super) spread: f32,
}

/// What a network says of each pixel, from 0 to 1, line by line.
#[derive(Debug)]
pub(super) struct Marks {
    /// The values of each of the network's answers, in its order.
    pub(super) values: Vec<f32>,
    /// The size of the picture that it saw, in pixels.
    pub(super) size: (u32, u32),
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Network").field("planes", &self.planes).finish_non_exhaustive()
    }
}

impl Network {
    pub(super) fn load(model: &'static [u8], planes: [Plane; 3]) -> Result<Self, Unloadable> {
        let model = Model::load_static_slice(model).map_err(|_| Unloadable)?;
        Ok(Self { model, planes })
    }

    /// What it says of a picture, seen at a look's size.
    pub(super) fn see(&self, pixels: &Pixels, look: Look) -> Result<Marks, Unseen> {
        let (width, height) = pixels.size();
        let (width, height) = look.size(width, height);
        let input = match pixels {
            Pixels::Grey(grey) => self.of_grey(&resized(grey, width, height)),
            Pixels::Colour(colour) => self.of_colour(&resized(colour, width, height)),
        };
        let output = self.model.run_one(input.view().into(), None).map_err(|_| Unseen)?;
        let (_, values) = output.into_shape_vec::<f32, 4>().map_err(|_| Unseen)?;
        Ok(Marks { values, size: (width, height) })
    }

    fn of_grey(&self, seen: &GrayImage) -> NdTensor<f32, 4> {
        self.tensor(seen.dimensions(), |plane| {
            let shades = plane.shades();
            let of = |shade: &u8| shades.get(usize::from(*shade)).copied().unwrap_or_default();
            seen.as_raw().iter().map(of).collect()
        })
    }

    fn of_colour(&self, seen: &RgbImage) -> NdTensor<f32, 4> {
        self.tensor(seen.dimensions(), |plane| {
            let shades = plane.shades();
            let of = |pixel: &[u8; 3]| shades.get(usize::from(*pixel.get(plane.colour)?)).copied();
            seen.as_raw().as_chunks::<3>().0.iter().map(|pixel| of(pixel).unwrap_or_default()).collect()
        })
    }

    fn tensor(&self, (width, height): (u32, u32), plane: impl Fn(&Plane) -> Vec<f32>) -> NdTensor<f32, 4> {
        let side = |length: u32| usize::try_from(length).unwrap_or_default();
        let mut data = Vec::with_capacity(3 * side(height) * side(width));
        self.planes.iter().for_each(|one| data.extend(plane(one)));
        NdTensor::from_data([1, 3, side(height), side(width)], data)
    }
}

impl Plane {
    /// What is seen of each shade.
    fn shades(&self) -> [f32; 256] {
        let mut shades = [0.0; 256];
        for (shade, seen) in (0_u16..).zip(&mut shades) {
            *seen = (f32::from(shade) / 255.0 - self.mean) / self.spread;
        }
        shades
    }
}

impl Look {
    /// The size at which a picture of that size is seen.
    fn size(self, width: u32, height: u32) -> (u32, u32) {
        let longest = small(width.max(height));
        let scale = (small(self.longest) / longest).min((small(self.least) / longest).clamp(1.0, 2.0));
        let side = |length: u32| {
            let steps = whole((small(length) * scale / small(STEP)).round()).max(1);
            steps * STEP
        };
        (side(width), side(height))
    }
}

/// The picture at another size.
pub(super) fn resized<P>(
    picture: &image::ImageBuffer<P, Vec<u8>>,
    width: u32,
    height: u32,
) -> image::ImageBuffer<P, Vec<u8>>
where
    P: image::Pixel<Subpixel = u8> + 'static,
{
    if (width, height) == picture.dimensions() {
        picture.clone()
    } else if width < picture.width() && height < picture.height() {
        averaged(picture, width, height)
    } else {
        imageops::resize(picture, width, height, imageops::FilterType::Triangle)
    }
}
