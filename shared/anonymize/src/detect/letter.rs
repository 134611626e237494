//! Letters that stand alone, such as the side of a body or initials: what a top-hat transform raises out of its
//! surroundings, light or dark, and a small network takes for a letter or a figure (`models/training` says how).
//!
//! Of lines of writing they are seen, too, and are left to the detector of lines where it saw them.

use std::fmt;

use image::{GrayImage, Luma};
use rten::Model;
use rten_tensor::{AsView, NdTensor};

use super::{Unloadable, Unseen, component::Component};
use crate::area::{Area, small, whole};

/// How far the transform reaches to each side, in pixels: strokes are narrower than twice this and one.
const REACH: usize = 6;
/// How far above its surroundings a stroke is, of 255: letters on something as light part from it at the second.
const LEVELS: [f32; 2] = [50.0, 110.0];
/// How wide and how tall a letter is, in pixels.
const WIDE: (f32, f32) = (3.0, 44.0);
const TALL: (f32, f32) = (6.0, 44.0);
/// The fewest pixels of a letter's strokes, and how much of its rectangle they fill at most.
const FEWEST: usize = 8;
const FULLEST: f32 = 0.85;
/// How many at most are looked at: more are a texture.
const MOST: usize = 3_000;
/// The side of what the network sees, in steps, and in a letter's longer side.
const STEPS: u32 = 20;
const AROUND: f32 = 1.5;
/// The height that is 0 for the network, in pixels.
const USUAL: f32 = 16.0;
/// How surely something is a letter.
const SURE: f32 = 0.985;
/// How far it is filled beyond its strokes, in its heights, and at least, in pixels.
const GROWTH: (f32, f32) = (0.25, 2.0);

/// The detector.
pub(super) struct Detector(Model);

/// What may be a letter: its rectangle, and what the network sees of it.
#[derive(Debug)]
struct Candidate {
    area: Area,
    seen: Vec<f32>,
}

/// Shades, line by line.
#[derive(Debug, Clone, Copy)]
struct Shades<'shades> {
    values: &'shades [u8],
    size: (u32, u32),
}

impl fmt::Debug for Detector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Detector").finish_non_exhaustive()
    }
}

impl Detector {
    pub(super) fn load() -> Result<Self, Unloadable> {
        Model::load_static_slice(include_bytes!("../../models/letter.onnx")).map(Self).map_err(|_| Unloadable)
    }

    /// The letters in a picture that stand in none of some areas.
    pub(super) fn find(&self, grey: &GrayImage, known: &[Area]) -> Result<Vec<Area>, Unseen> {
        let size = grey.dimensions();
        let known: Vec<_> = known.iter().filter_map(|area| area.bounds(size)).collect();
        let inverted: Vec<u8> = grey.as_raw().iter().map(|shade| 255 - shade).collect();
        let candidates: Vec<Candidate> = [grey.as_raw(), &inverted]
            .into_iter()
            .flat_map(|values| Shades { values, size }.candidates())
            .filter(|candidate| !candidate.area.is_within(size, known.iter().copied()))
            .take(MOST)
            .collect();
        let mut letters: Vec<Area> = Vec::new();
        for (candidate, sure) in candidates.iter().zip(self.judged(&candidates)?) {
            let found = letters.iter().filter_map(|area| area.bounds(size));
            if sure > SURE && !candidate.area.is_within(size, found) {
                letters.push(candidate.area);
            }
        }
        Ok(letters)
    }

    /// How surely each is a letter.
    fn judged(&self, candidates: &[Candidate]) -> Result<Vec<f32>, Unseen> {
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let side = usize::try_from(STEPS).map_err(|_| Unseen)?;
        let seen: Vec<f32> = candidates.iter().flat_map(|candidate| &candidate.seen).copied().collect();
        let input = NdTensor::from_data([candidates.len(), 4, side, side], seen);
        let output = self.0.run_one(input.view().into(), None).map_err(|_| Unseen)?;
        let (_, sure) = output.into_shape_vec::<f32, 2>().map_err(|_| Unseen)?;
        Ok(sure)
    }
}

impl Shades<'_> {
    /// What may be letters, lighter than what is around them.
    fn candidates(self) -> Vec<Candidate> {
        let across = usize::try_from(self.size.0).unwrap_or_default().max(1);
        let raised: Vec<f32> = self.raised(across);
        let parts = LEVELS.into_iter().flat_map(|level| Component::all(&raised, across, level));
        parts.filter_map(|part| self.candidate(&part)).collect()
    }

    /// How far each pixel is above its surroundings: the white top-hat transform with a square.
    fn raised(self, across: usize) -> Vec<f32> {
        let eroded = in_squares(self.values, across, u8::MAX, |one, other| one.min(other));
        let opened = in_squares(&eroded, across, 0, |one, other| one.max(other));
        self.values
            .iter()
            .zip(opened)
            .map(|(shade, around)| f32::from(shade.saturating_sub(around)))
            .collect()
    }

    /// What the network sees of a part that is as large as a letter: its shades, its strokes, its size and how far
    /// it stands out.
    fn candidate(self, part: &Component) -> Option<Candidate> {
        let ((left, top), (right, bottom)) = part.corners();
        let (width, height) = (right - left, bottom - top);
        let is_letter = (WIDE.0..=WIDE.1).contains(&width)
            && (TALL.0..=TALL.1).contains(&height)
            && part.count() >= FEWEST
            && part.filled() <= FULLEST;
        if !is_letter {
            return None;
        }
        // The strokes, with an empty pixel on every side.
        let (columns, rows) = (whole(width) + 2, whole(height) + 2);
        let mut strokes = GrayImage::new(columns, rows);
        for (x, y) in part.pixels() {
            strokes.put_pixel(whole(x - left) + 1, whole(y - top) + 1, Luma([u8::MAX]));
        }
        let strokes = Shades { values: strokes.as_raw(), size: (columns, rows) };
        let side = AROUND * width.max(height);
        let step = side / small(STEPS);
        let at = |corner: f32, length: f32, number: u32| {
            corner + (length - side) / 2.0 + (small(number) + 0.5) * step - 0.5
        };
        let places = || {
            (0..STEPS)
                .flat_map(|row| (0..STEPS).map(move |column| (column, row)))
                .map(|(column, row)| (at(left, width, column), at(top, height, row)))
        };
        let shades: Vec<f32> = places().map(|(x, y)| self.at(x, y)).collect();
        let least = shades.iter().copied().fold(f32::INFINITY, f32::min);
        let range = shades.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least;
        let mut seen: Vec<f32> = shades.iter().map(|shade| (shade - least) / range.max(1.0)).collect();
        seen.extend(places().map(|(x, y)| strokes.at(x - left + 1.0, y - top + 1.0) / 255.0));
        seen.extend(shades.iter().map(|_| (height / USUAL).ln()));
        seen.extend(shades.iter().map(|_| range / 255.0));
        let by = (height * GROWTH.0).max(GROWTH.1);
        Some(Candidate { area: Area::upright(left - by, top - by, right + by, bottom + by), seen })
    }

    /// The shade at a place between pixels' middles, and beyond the edge that of the edge.
    fn at(self, x: f32, y: f32) -> f32 {
        let (width, height) = self.size;
        let along = |place: f32, most: u32| {
            let place = place.clamp(0.0, small(most.saturating_sub(1)));
            (whole(place.floor()), (whole(place.floor()) + 1).min(most.saturating_sub(1)), place.fract())
        };
        let ((left, right, across), (top, bottom, down)) = (along(x, width), along(y, height));
        let shade = |column: u32, row: u32| {
            let place = usize::try_from(row * width + column).unwrap_or(usize::MAX);
            self.values.get(place).copied().map_or(0.0, f32::from)
        };
        let upper = shade(left, top) + (shade(right, top) - shade(left, top)) * across;
        let lower = shade(left, bottom) + (shade(right, bottom) - shade(left, bottom)) * across;
        upper + (lower - upper) * down
    }
}

/// The least or the greatest value in the square around each, in lines of that length.
fn in_squares(values: &[u8], across: usize, edge: u8, of: impl Fn(u8, u8) -> u8 + Copy) -> Vec<u8> {
    let lines: Vec<u8> = values.chunks(across).flat_map(|line| slid(line, 1, edge, of)).collect();
    slid(&lines, across, edge, of)
}

/// The least or the greatest of each value and those that stand up to [`REACH`] steps before and after it.
fn slid(values: &[u8], step: usize, edge: u8, of: impl Fn(u8, u8) -> u8 + Copy) -> Vec<u8> {
    let beyond = vec![edge; REACH * step];
    let padded = [&beyond, values, &beyond].concat();
    let with_later = |values: &[u8], steps: usize| -> Vec<u8> {
        let later = values.get(steps * step..).unwrap_or_default();
        values.iter().zip(later).map(|(one, other)| of(*one, *other)).collect()
    };
    // Of 2, of 4, of 8 and of 13 = 2 · REACH + 1 values in a row.
    let four = with_later(&with_later(&padded, 1), 2);
    with_later(&with_later(&four, 4), 2 * REACH - 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_reach_to_both_sides_and_end_at_the_edges() {
        let across = 40;
        let mut values = vec![9; across * 30];
        values[across * 15 + 20] = 3;
        values[0] = 1;
        let least = in_squares(&values, across, u8::MAX, |one, other| one.min(other));
        for (at, value) in least.iter().enumerate() {
            let (x, y) = (at % across, at / across);
            let expected = match (x.abs_diff(20).max(y.abs_diff(15)) <= REACH, x.max(y) <= REACH) {
                (true, _) => 3,
                (_, true) => 1,
                _ => 9,
            };
            assert_eq!(*value, expected, "{x}, {y}");
        }
    }

    /// A picture in which an L of those shades stands, and a ring and a stroke that are none.
    fn picture(ground: u8, ink: u8) -> GrayImage {
        GrayImage::from_fn(200, 120, |x, y| {
            let letter = (30..33).contains(&x) && (40..56).contains(&y)
                || (30..40).contains(&x) && (53..56).contains(&y);
            let stroke = (100..180).contains(&x) && (80..83).contains(&y);
            let apart = (f64::from(x) - 130.0).hypot(f64::from(y) - 40.0);
            let ring = (24.0..27.0).contains(&apart);
            Luma([if letter || stroke || ring { ink } else { ground }])
        })
    }

    #[test]
    fn a_letter_alone_is_found_light_or_dark_and_what_is_known_is_not() {
        let detector = Detector::load().expect("the model");
        for (ground, ink) in [(20, 250), (230, 10)] {
            let picture = picture(ground, ink);
            let found = detector.find(&picture, &[]).expect("seen");
            let bounds: Vec<_> = found.iter().filter_map(|area| area.bounds(picture.dimensions())).collect();
            let [only] = bounds.as_slice() else { panic!("{bounds:?}") };
            assert!(
                only.x <= 30 && only.y <= 40 && only.x + only.width >= 40 && only.y + only.height >= 56,
                "{only:?}"
            );
            assert!(only.width <= 20 && only.height <= 26, "{only:?}");
            let known = Area::upright(20.0, 30.0, 60.0, 70.0);
            assert_eq!(detector.find(&picture, &[known]).expect("seen"), []);
        }
    }
}
