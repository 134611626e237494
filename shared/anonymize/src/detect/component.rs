//! Connected pixels of a map, and the rectangle that they stand in.

use crate::area::{Area, small};

/// Where a rectangle is taken for askew: from this slope on, a tenth of a right angle or so.
const ASKEW: f32 = 0.12;

/// Pixels of a map that touch each other, also by their corners.
#[derive(Debug, Clone)]
pub(super) struct Component {
    /// The mean of the map's values there.
    pub(super) mean: f32,
    pixels: Vec<(f32, f32)>,
}

impl Component {
    /// The components of a map's pixels above a threshold.
    pub(super) fn all(map: &[f32], width: usize, threshold: f32) -> Vec<Self> {
        let mut waiting: Vec<bool> = map.iter().map(|value| *value > threshold).collect();
        let mut components = Vec::new();
        let mut from = 0;
        while let Some(further) = waiting.get(from..).and_then(|rest| rest.iter().position(|one| *one)) {
            components.push(Self::from(from + further, map, width, &mut waiting));
            from += further + 1;
        }
        components
    }

    fn from(start: usize, map: &[f32], width: usize, waiting: &mut [bool]) -> Self {
        let (mut stack, mut pixels, mut sum) = (vec![start], Vec::new(), 0.0);
        waiting.get_mut(start).into_iter().for_each(|one| *one = false);
        while let Some(at) = stack.pop() {
            let (x, y) = (at % width, at / width);
            pixels.push((place(x), place(y)));
            sum += map.get(at).copied().unwrap_or_default();
            for row in y.saturating_sub(1)..=y + 1 {
                for column in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let beside = row * width + column;
                    if let Some(one @ true) = waiting.get_mut(beside) {
                        *one = false;
                        stack.push(beside);
                    }
                }
            }
        }
        Self { mean: sum / place(pixels.len()), pixels }
    }

    /// How many pixels it has.
    pub(super) const fn count(&self) -> usize {
        self.pixels.len()
    }

    /// Its pixels, from the left and the top.
    pub(super) fn pixels(&self) -> impl Iterator<Item = (f32, f32)> {
        self.pixels.iter().copied()
    }

    /// The upper left corner of the upright rectangle around it, and the lower right one.
    pub(super) fn corners(&self) -> ((f32, f32), (f32, f32)) {
        self.pixels().fold(
            ((f32::INFINITY, f32::INFINITY), (0.0, 0.0)),
            |((left, top), (right, bottom)), (x, y)| {
                ((left.min(x), top.min(y)), (right.max(x + 1.0), bottom.max(y + 1.0)))
            },
        )
    }

    /// How much of its upright rectangle it fills, from 0 to 1.
    pub(super) fn filled(&self) -> f32 {
        let ((left, top), (right, bottom)) = self.corners();
        place(self.pixels.len()) / ((right - left) * (bottom - top))
    }

    /// The rectangle around it: its centre, direction and half lengths, along and across, the longer along. Upright,
    /// unless the pixels stand clearly askew.
    pub(super) fn rectangle(&self) -> Rectangle {
        let count = place(self.pixels.len());
        let mean = |of: fn(&(f32, f32)) -> f32| self.pixels.iter().map(of).sum::<f32>() / count;
        let (x, y) = (mean(|pixel| pixel.0), mean(|pixel| pixel.1));
        let (mut xx, mut yy, mut xy) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (px, py) in &self.pixels {
            let (dx, dy) = (px - x, py - y);
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        // The direction of the pixels' largest spread.
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        let (dy, dx) = angle.sin_cos();
        let (spread, narrow) = (
            xx * dx * dx + yy * dy * dy + 2.0 * xy * dx * dy,
            xx * dy * dy + yy * dx * dx - 2.0 * xy * dx * dy,
        );
        let askew = dx.abs().min(dy.abs()) > ASKEW && spread > 6.0 * narrow;
        let direction = if askew {
            (dx, dy)
        } else if xx >= yy {
            (1.0, 0.0)
        } else {
            (0.0, 1.0)
        };
        self.along(direction)
    }

    fn along(&self, (dx, dy): (f32, f32)) -> Rectangle {
        let (mut ahead, mut aside) = ((f32::INFINITY, f32::NEG_INFINITY), (f32::INFINITY, f32::NEG_INFINITY));
        for (x, y) in &self.pixels {
            // A pixel's middle.
            let (x, y) = (x + 0.5, y + 0.5);
            let (forth, across) = (x * dx + y * dy, y * dx - x * dy);
            ahead = (ahead.0.min(forth), ahead.1.max(forth));
            aside = (aside.0.min(across), aside.1.max(across));
        }
        let (forth, across) = (f32::midpoint(ahead.0, ahead.1), f32::midpoint(aside.0, aside.1));
        Rectangle {
            centre: (forth * dx - across * dy, forth * dy + across * dx),
            direction: (dx, dy),
            along: (ahead.1 - ahead.0) / 2.0 + 0.5,
            across: (aside.1 - aside.0) / 2.0 + 0.5,
        }
    }
}

/// A rectangle by its centre, its direction, and its half lengths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rectangle {
    pub(super) centre: (f32, f32),
    pub(super) direction: (f32, f32),
    /// Half its length, in pixels.
    pub(super) along: f32,
    /// Half its width, in pixels.
    pub(super) across: f32,
}

impl Rectangle {
    /// The place between two upright rectangles of like height on one line, if they are no further apart than so
    /// many heights: where a weak letter or a space parts a line.
    pub(super) fn gap(&self, other: &Self, widest: f32) -> Option<Self> {
        let lying = |one: &Self| one.direction == (1.0, 0.0) || one.along < 1.5 * one.across;
        let (width, other_width) = (self.width(), other.width());
        let height = self.height().max(other.height());
        let level = (self.centre.1 - other.centre.1).abs() < height / 2.0;
        let alike = self.height().min(other.height()) > 0.4 * height;
        let (left, right) = if self.centre.0 < other.centre.0 {
            (self.centre.0 + width, other.centre.0 - other_width)
        } else {
            (other.centre.0 + other_width, self.centre.0 - width)
        };
        let between = lying(self)
            && lying(other)
            && level
            && alike
            && left < right
            && right - left < 2.0 * widest * height;
        between.then(|| Self {
            centre: (f32::midpoint(left, right), f32::midpoint(self.centre.1, other.centre.1)),
            direction: (1.0, 0.0),
            along: (right - left) / 2.0,
            across: height,
        })
    }

    /// Half its extent from left to right.
    fn width(&self) -> f32 {
        if self.direction.0 == 0.0 { self.across } else { self.along }
    }

    /// Half its extent from top to bottom.
    fn height(&self) -> f32 {
        if self.direction.0 == 0.0 { self.along } else { self.across }
    }

    /// The area, grown at its ends and at its sides.
    pub(super) fn grown(&self, ends: f32, sides: f32) -> Area {
        Area::askew(self.centre, self.direction, self.along + ends, self.across + sides)
    }
}

fn place(at: usize) -> f32 {
    small(u32::try_from(at).unwrap_or(u32::MAX))
}
