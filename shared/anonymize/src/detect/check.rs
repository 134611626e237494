//! The check of a new file: text of any script, found with PP-OCRv5's detector, which was trained on the world's
//! signs and papers, at another scale than the one that the file was filled by.
//!
//! The model marks the middle of each line of text; a line's box is that middle, grown.

use super::{
    Unloadable, Unseen,
    component::{Component, Rectangle},
    network::{Look, Marks, Network, Plane},
};
use crate::{
    area::{Area, small},
    photo::Pixels,
};

/// Blue, green and red as the model was trained (ImageNet's means and spreads).
const PLANES: [Plane; 3] = [
    Plane { colour: 2, mean: 0.485, spread: 0.229 },
    Plane { colour: 1, mean: 0.456, spread: 0.224 },
    Plane { colour: 0, mean: 0.406, spread: 0.225 },
];
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
/// The look at the new file.
const AGAIN: (Look, f32) = (Look { longest: 512, least: 480 }, 0.7);
/// The look from afar, in which a tall line must be a line, too.
const FAR: (Look, f32) = (Look { longest: 352, least: 352 }, 0.5);

/// The detector.
#[derive(Debug)]
pub(super) struct Detector(Network);

impl Detector {
    pub(super) fn load() -> Result<Self, Unloadable> {
        Network::load(include_bytes!(concat!(env!("OUT_DIR"), "/text.onnx")), PLANES).map(Self)
    }

    /// The lines of text in a picture.
    pub(super) fn find(&self, pixels: &Pixels) -> Result<Vec<Area>, Unseen> {
        let seen = self.look(pixels, AGAIN)?;
        let tall = |line: &Line| 2.0 * line.middle.across / seen.height > TALL.0;
        let far = if seen.lines.iter().any(tall) { Some(self.look(pixels, FAR)?) } else { None };
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
        let grown = |middle: &Rectangle| {
            let by = (2.0 * middle.across * GROWTH).max(LEAST_GROWTH);
            middle.grown(ENDS * by, by)
        };
        let (width, height) = pixels.size();
        let (scale_x, scale_y) = (small(width) / seen.width, small(height) / seen.height);
        let lines = seen.lines.iter().filter(is_writing);
        Ok(lines.map(|line| grown(&line.middle).scaled(scale_x, scale_y)).collect())
    }

    /// Everything that may be a line that sure, seen at some size.
    fn look(&self, pixels: &Pixels, (look, sure): (Look, f32)) -> Result<Seen, Unseen> {
        let Marks { values, size } = self.0.see(pixels, look)?;
        let across = usize::try_from(size.0).map_err(|_| Unseen)?;
        let lines = Component::all(&values, across, PIXEL)
            .into_iter()
            .filter(|line| line.mean > sure && line.count() >= FEWEST)
            .map(|line| Line { sure: line.mean, middle: line.rectangle() })
            .collect();
        Ok(Seen { lines, width: small(size.0), height: small(size.1) })
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
