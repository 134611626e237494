//! Text of any script, found with PP-OCRv5's detector.
//!
//! The model marks the middle of each line of text; a line's box is that middle, grown.

use std::fmt;

use image::{GrayImage, RgbImage, imageops};
use rten::Model;
use rten_tensor::{AsView, NdTensor};

use super::{
    LONGEST, Unloadable, Unseen,
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
/// look like writing from close by; how sure; and how often longer than tall.
const TALL: (f32, f32, f32) = (0.03, 0.6, 2.0);
/// The tallest line's middle, as a part of the picture's height: what is taller is a shape, not writing.
const TALLEST: f32 = 0.12;
/// The fewest pixels of a line's middle.
const FEWEST: usize = 6;
/// How many pixels of the picture that was looked at a middle is long and tall at most that is a speck, unless it is
/// surer than this.
const SPECK: (f32, f32, f32) = (10.0, 5.0, 0.65);
/// How far a line reaches beyond its middle, in heights of the middle.
const GROWTH: f32 = 0.8;
/// How much further at its ends than at its sides: letters that are as light as what is behind them are not seen.
const ENDS: f32 = 2.0;
/// How far at least, in pixels of the picture that was looked at.
const LEAST_GROWTH: f32 = 3.0;
/// The widest gap in a line, in heights of its middle.
const GAP: f32 = 2.5;

/// How large the picture is that the model sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// The longest side, in pixels.
    pub(super) longest: u32,
    /// Smaller pictures are enlarged to this, at most twice.
    least: u32,
    /// How surely a line is one, on its pixels' average.
    line: f32,
}

/// The look by which a picture is filled.
pub(super) const FIRST_LOOK: Look = Look { longest: LONGEST, least: 960, line: 0.3 };
/// The look at a picture that was made even, in which noise stands out as faint text does.
pub(super) const EVEN_LOOK: Look = Look { longest: 704, least: 640, line: 0.9 };
/// The look by which the new file is checked.
pub(super) const SECOND_LOOK: Look = Look { longest: 640, least: 480, line: 0.5 };
/// The look from afar, in which a tall line must be a line, too.
const FAR_LOOK: Look = Look { longest: 352, least: 352, line: 0.5 };

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
        let seen = self.look(pixels, look)?;
        let tall = |line: &Line| 2.0 * line.middle.across / seen.height > TALL.0;
        let far = if seen.lines.iter().any(tall) { Some(self.look(pixels, FAR_LOOK)?) } else { None };
        let is_writing = |line: &&Line| {
            let Line { sure, middle } = line;
            let (long, across) = (2.0 * middle.along, 2.0 * middle.across);
            if tall(line) {
                across / seen.height < TALLEST
                    && *sure > TALL.1
                    && long > TALL.2 * across
                    && far.as_ref().is_some_and(|far| far.has(middle, &seen))
            } else {
                long > SPECK.0 || across > SPECK.1 || *sure > SPECK.2
            }
        };
        let middles: Vec<Rectangle> = seen.lines.iter().filter(is_writing).map(|line| line.middle).collect();
        let grown = |middle: &Rectangle| {
            let by = (2.0 * middle.across * GROWTH).max(LEAST_GROWTH);
            middle.grown(ENDS * by, by)
        };
        let gaps = middles
            .iter()
            .enumerate()
            .flat_map(|(at, one)| middles.iter().skip(at + 1).filter_map(move |other| one.gap(other, GAP)));
        let gaps: Vec<Rectangle> = gaps.collect();
        let (width, height) = pixels.size();
        let (scale_x, scale_y) = (small(width) / seen.width, small(height) / seen.height);
        Ok(middles.iter().chain(&gaps).map(|middle| grown(middle).scaled(scale_x, scale_y)).collect())
    }

    /// Everything that may be a line, seen at some size.
    fn look(&self, pixels: &Pixels, look: Look) -> Result<Seen, Unseen> {
        let (width, height) = pixels.size();
        let (width, height) = look.size(width, height);
        let input = match pixels {
            Pixels::Grey(grey) => of_grey(&resized(grey, width, height)),
            Pixels::Colour(colour) => of_colour(&resized(colour, width, height)),
        };
        let output = self.0.run_one(input.view().into(), None).map_err(|_| Unseen)?;
        let (_, map) = output.into_shape_vec::<f32, 4>().map_err(|_| Unseen)?;
        let across = usize::try_from(width).map_err(|_| Unseen)?;
        let lines = Component::all(&map, across, PIXEL)
            .into_iter()
            .filter(|line| line.mean > look.line && line.count() >= FEWEST)
            .map(|line| Line { sure: line.mean, middle: line.rectangle() })
            .collect();
        Ok(Seen { lines, width: small(width), height: small(height) })
    }
}

/// What may be a line of text.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// How surely, on its pixels' average.
    sure: f32,
    middle: Rectangle,
}

/// What was seen in a picture of that size.
#[derive(Debug)]
struct Seen {
    lines: Vec<Line>,
    width: f32,
    height: f32,
}

impl Seen {
    /// Whether a line that was seen at another size is a line here, too: as tall, and in the same place.
    fn has(&self, middle: &Rectangle, there: &Self) -> bool {
        let (across, down) = (self.width / there.width, self.height / there.height);
        let (x, y) = (middle.centre.0 * across, middle.centre.1 * down);
        let tall = middle.across * down;
        self.lines.iter().any(|Line { middle: here, .. }| {
            let near = (here.centre.1 - y).abs() < tall && (here.centre.0 - x).abs() < middle.along * across;
            near && (0.5..2.0).contains(&(here.across / tall)) && here.along > TALL.2 * here.across
        })
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
