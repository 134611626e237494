//! Lines of writing, found with a network that was trained for it: `models/training` says how.
//!
//! The network marks the middle half of each line, at half the size of what it sees.

use super::{
    LONGEST, Unloadable, Unseen,
    component::{Component, Rectangle},
    network::{Look, Marks, Network, Plane},
};
use crate::{
    area::{Area, small},
    photo::Pixels,
};

/// Red, green and blue as the network was trained.
const PLANES: [Plane; 3] = [
    Plane { colour: 0, mean: 0.5, spread: 0.25 },
    Plane { colour: 1, mean: 0.5, spread: 0.25 },
    Plane { colour: 2, mean: 0.5, spread: 0.25 },
];
/// The look by which a picture is filled.
const LOOK: Look = Look { longest: LONGEST, least: 960 };
/// The longest sides of the looks from afar, for lines that are too tall to be known from close by.
const FAR: [u32; 2] = [384, 160];
/// How much larger what the network sees is than what it says.
const SCALE: u32 = 2;
/// How surely a pixel belongs to a line, and a line is one, on its pixels' average.
const PIXEL: f32 = 0.3;
const LINE: f32 = 0.55;
/// How surely it is one if it was seen from afar, where shapes look like writing; how tall its middle is then, in pixels
/// of what the network says, and how often longer than tall.
const FAR_LINE: (f32, f32, f32) = (0.82, 4.0, 2.0);
/// The fewest pixels of a line's middle.
const FEWEST: usize = 4;
/// How far a line reaches beyond its middle, at its sides and at its ends, in heights of the middle.
const SIDES: f32 = 0.8;
const ENDS: f32 = 1.6;
/// How far at least, in pixels of what the network says.
const LEAST: f32 = 1.5;
/// The widest gap in a line, in heights of its middle.
const GAP: f32 = 2.5;

/// The detector.
#[derive(Debug)]
pub(super) struct Detector(Network);

impl Detector {
    pub(super) fn load() -> Result<Self, Unloadable> {
        Network::load(include_bytes!("../../models/line.onnx"), PLANES).map(Self)
    }

    /// The lines of writing in a picture.
    pub(super) fn find(&self, pixels: &Pixels) -> Result<Vec<Area>, Unseen> {
        let mut lines = self.look(pixels, LOOK, |line, _| line.mean > LINE)?;
        let (sure, tall, long) = FAR_LINE;
        let is_tall = |line: &Component, middle: &Rectangle| {
            line.mean > sure && 2.0 * middle.across >= tall && middle.along >= long * middle.across
        };
        for longest in FAR {
            lines.extend(self.look(pixels, Look { longest, least: 1 }, is_tall)?);
        }
        Ok(lines)
    }

    /// What is seen at some size and is taken for a line.
    fn look(
        &self,
        pixels: &Pixels,
        look: Look,
        is_line: impl Fn(&Component, &Rectangle) -> bool,
    ) -> Result<Vec<Area>, Unseen> {
        let Marks { values, size } = self.0.see(pixels, look)?;
        let (width, height) = (size.0 / SCALE, size.1 / SCALE);
        let across = usize::try_from(width).map_err(|_| Unseen)?;
        let middles: Vec<Rectangle> = Component::all(&woven(&values, across)?, across, PIXEL)
            .into_iter()
            .filter(|line| line.count() >= FEWEST)
            .filter_map(|line| Some(line.rectangle()).filter(|middle| is_line(&line, middle)))
            .collect();
        let gaps = middles
            .iter()
            .enumerate()
            .flat_map(|(at, one)| middles.iter().skip(at + 1).filter_map(move |other| one.gap(other, GAP)));
        let gaps: Vec<Rectangle> = gaps.collect();
        let grown = |middle: &Rectangle| {
            let tall = 2.0 * middle.across;
            middle.grown((tall * ENDS).max(LEAST), (tall * SIDES).max(LEAST))
        };
        let whole = pixels.size();
        let (scale_x, scale_y) = (small(whole.0) / small(width), small(whole.1) / small(height));
        Ok(middles.iter().chain(&gaps).map(|middle| grown(middle).scaled(scale_x, scale_y)).collect())
    }
}

/// The network's four answers, each of which is for one place of each square of four, as one map of that width.
fn woven(values: &[f32], width: usize) -> Result<Vec<f32>, Unseen> {
    let answers: Vec<&[f32]> = values.chunks((values.len() / 4).max(1)).collect();
    let [first, second, third, fourth] = answers.try_into().map_err(|_| Unseen)?;
    let beside = |left: &[f32], right: &[f32]| -> Vec<f32> {
        left.iter().zip(right).flat_map(|(left, right)| [*left, *right]).collect()
    };
    let (upper, lower) = (beside(first, second), beside(third, fourth));
    let rows = upper.chunks(width.max(1)).zip(lower.chunks(width.max(1)));
    Ok(rows.flat_map(|(upper, lower)| upper.iter().chain(lower)).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_answers_are_woven_into_one_map() {
        // Two squares beside each other.
        let woven = woven(&[1.0, 5.0, 2.0, 6.0, 3.0, 7.0, 4.0, 8.0], 4).expect("a map");
        assert_eq!(woven, [1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 8.0]);
    }
}
