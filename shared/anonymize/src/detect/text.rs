//! Text of any script, found with PP-OCRv5's detector.
//!
//! The model marks the middle of each line of text; a line's box is that middle, grown.

use std::fmt;

use image::{GrayImage, RgbImage, imageops};
use rten::Model;
use rten_tensor::{AsView, NdTensor};

use super::{
    Unloadable, Unseen,
    component::{Component, Rectangle},
};
use crate::{
    area::{Area, small, whole},
    photo::Pixels,
};

/// The pixels' mean and spread that the model was trained with (ImageNet's), of blue, green and red.
const NORMAL: [(f32, f32); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];
/// The model's sides are multiples of this, in pixels.
const STEP: u32 = 32;
/// How surely a pixel belongs to text.
const PIXEL: f32 = 0.2;
/// How tall a line's middle is, as a part of the picture's height, that has to be surer than others, since shapes
/// look like writing from afar; and how sure.
const TALL: (f32, f32) = (0.03, 0.6);
/// The tallest line's middle, as a part of the picture's height: what is taller is a shape, not writing.
const TALLEST: f32 = 0.12;
/// The fewest pixels of a line's middle.
const FEWEST: usize = 6;
/// How far a line reaches beyond its middle, in heights of the middle.
const GROWTH: f32 = 0.8;
/// How far at least, in pixels of the picture that was looked at.
const LEAST_GROWTH: f32 = 3.0;
/// The widest gap in a line, in heights of its middle.
const GAP: f32 = 2.5;

/// How large the picture is that the model sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// The longest side, in pixels.
    longest: u32,
    /// Smaller pictures are enlarged to this, at most twice.
    least: u32,
    /// How surely a line is one, on its pixels' average.
    line: f32,
}

/// The look by which a picture is filled.
pub(super) const FIRST_LOOK: Look = Look { longest: 1280, least: 960, line: 0.3 };
/// The look by which the new file is checked.
pub(super) const SECOND_LOOK: Look = Look { longest: 640, least: 480, line: 0.5 };

/// The detector.
pub(super) struct Detector(Model);

impl fmt::Debug for Detector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Detector(text)")
    }
}

impl Detector {
    pub(super) fn load() -> Result<Self, Unloadable> {
        let model = include_bytes!(concat!(env!("OUT_DIR"), "/text.onnx"));
        Model::load_static_slice(model).map(Self).map_err(|_| Unloadable)
    }

    /// The lines of text in a picture.
    pub(super) fn find(&self, pixels: &Pixels, look: Look) -> Result<Vec<Area>, Unseen> {
        let (width, height) = pixels.size();
        let (seen_width, seen_height) = look.size(width, height);
        let input = match pixels {
            Pixels::Grey(grey) => of_grey(&resized(grey, seen_width, seen_height)),
            Pixels::Colour(colour) => of_colour(&resized(colour, seen_width, seen_height)),
        };
        let output = self.0.run_one(input.view().into(), None).map_err(|_| Unseen)?;
        let (_, map) = output.into_shape_vec::<f32, 4>().map_err(|_| Unseen)?;
        let across = usize::try_from(seen_width).map_err(|_| Unseen)?;
        let (scale_x, scale_y) = (small(width) / small(seen_width), small(height) / small(seen_height));
        let middles: Vec<Rectangle> = Component::all(&map, across, PIXEL)
            .into_iter()
            .filter(|line| line.mean > look.line && line.count() >= FEWEST)
            .map(|line| (line.mean, line.rectangle()))
            .filter(|(sure, middle)| {
                let tall = 2.0 * middle.across / small(seen_height);
                tall < TALL.0 || (tall < TALLEST && *sure > TALL.1)
            })
            .map(|(_, middle)| middle)
            .collect();
        let grown = |middle: &Rectangle| middle.grown((2.0 * middle.across * GROWTH).max(LEAST_GROWTH));
        let gaps = middles
            .iter()
            .enumerate()
            .flat_map(|(at, one)| middles.iter().skip(at + 1).filter_map(move |other| one.gap(other, GAP)));
        let gaps: Vec<Rectangle> = gaps.collect();
        Ok(middles.iter().chain(&gaps).map(|middle| grown(middle).scaled(scale_x, scale_y)).collect())
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

fn resized<P>(
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
        imageops::thumbnail(picture, width, height)
    } else {
        imageops::resize(picture, width, height, imageops::FilterType::Triangle)
    }
}

fn of_grey(seen: &GrayImage) -> NdTensor<f32, 4> {
    planes(seen.dimensions(), |plane| {
        let shades = shades(plane);
        seen.as_raw()
            .iter()
            .map(move |shade| shades.get(usize::from(*shade)).copied().unwrap_or_default())
            .collect()
    })
}

fn of_colour(seen: &RgbImage) -> NdTensor<f32, 4> {
    planes(seen.dimensions(), |plane| {
        let shades = shades(plane);
        let of =
            |pixel: &[u8; 3]| pixel.get(2 - plane).and_then(|shade| shades.get(usize::from(*shade))).copied();
        seen.as_raw().as_chunks::<3>().0.iter().map(|pixel| of(pixel).unwrap_or_default()).collect()
    })
}

/// A tensor of three planes: blue, green, red.
fn planes((width, height): (u32, u32), plane: impl Fn(usize) -> Vec<f32>) -> NdTensor<f32, 4> {
    let side = |length: u32| usize::try_from(length).unwrap_or_default();
    let data: Vec<f32> = (0..3).flat_map(plane).collect();
    NdTensor::from_data([1, 3, side(height), side(width)], data)
}

/// What the model sees of each shade of a plane.
fn shades(plane: usize) -> [f32; 256] {
    let (mean, spread) = NORMAL.get(plane).copied().unwrap_or((0.5, 0.25));
    let mut shades = [0.0; 256];
    for (shade, seen) in (0_u16..).zip(&mut shades) {
        *seen = (f32::from(shade) / 255.0 - mean) / spread;
    }
    shades
}
