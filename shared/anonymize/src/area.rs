//! Places in a picture.

use serde::Serialize;

/// A rectangle of pixels, which may stand askew: its corners in order, in pixels from the top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area([(f32, f32); 4]);

/// The upright rectangle around an area, in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Area {
    /// An upright rectangle.
    pub const fn upright(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self([(left, top), (right, top), (right, bottom), (left, bottom)])
    }

    /// A rectangle around a centre, along a direction of length 1, by its half lengths along and across.
    pub fn askew(centre: (f32, f32), direction: (f32, f32), along: f32, across: f32) -> Self {
        let ((x, y), (dx, dy)) = (centre, direction);
        Self(
            [(-along, -across), (along, -across), (along, across), (-along, across)]
                .map(|(forth, aside)| (x + dx * forth - dy * aside, y + dy * forth + dx * aside)),
        )
    }

    /// The area in a picture that is so many times larger.
    #[must_use]
    pub fn scaled(self, across: f32, down: f32) -> Self {
        Self(self.0.map(|(x, y)| (x * across, y * down)))
    }

    /// The upright rectangle around it, within a picture of that size. None, if it is outside.
    pub fn bounds(&self, (width, height): (u32, u32)) -> Option<Bounds> {
        let (xs, ys) = (self.0.map(|corner| corner.0), self.0.map(|corner| corner.1));
        let (left, right) = span(xs, width)?;
        let (top, bottom) = span(ys, height)?;
        Some(Bounds { x: left, y: top, width: right - left, height: bottom - top })
    }

    /// Whether its middle, in a picture of that size, is in one of some rectangles. What is outside of the picture is.
    pub(crate) fn is_within(&self, size: (u32, u32), rectangles: impl IntoIterator<Item = Bounds>) -> bool {
        let Some(Bounds { x, y, width, height }) = self.bounds(size) else { return true };
        let (x, y) = (x + width / 2, y + height / 2);
        rectangles
            .into_iter()
            .any(|one| (one.x..one.x + one.width).contains(&x) && (one.y..one.y + one.height).contains(&y))
    }

    /// The pixels that it covers, line by line, in a picture of that size: the line, and from where to where (past
    /// the end).
    pub fn lines(&self, size: (u32, u32)) -> impl Iterator<Item = (u32, u32, u32)> {
        let bounds = self.bounds(size);
        let lines = bounds.map_or(0..0, |bounds| bounds.y..bounds.y + bounds.height);
        lines.filter_map(move |line| {
            let (left, right) = self.across(line)?;
            let (left, right) = span([left, right, left, right], size.0)?;
            Some((line, left, right))
        })
    }

    /// From where to where it covers a line of pixels, at the line's top or bottom or anywhere between.
    fn across(&self, line: u32) -> Option<(f32, f32)> {
        let (top, bottom) = (small(line), small(line) + 1.0);
        let mut covered: Option<(f32, f32)> = None;
        let mut cover = |x: f32| {
            covered = Some(covered.map_or((x, x), |(left, right)| (left.min(x), right.max(x))));
        };
        let [a, b, c, d] = self.0;
        for ((x, y), (to_x, to_y)) in [(a, b), (b, c), (c, d), (d, a)] {
            if (top..=bottom).contains(&y) {
                cover(x);
            }
            for edge in [top, bottom] {
                if (y - edge) * (to_y - edge) < 0.0 {
                    cover(x + (to_x - x) * (edge - y) / (to_y - y));
                }
            }
        }
        covered
    }
}

/// From the least to the greatest, in whole pixels of a picture that has so many.
fn span(ends: [f32; 4], most: u32) -> Option<(u32, u32)> {
    let least = ends.into_iter().fold(f32::INFINITY, f32::min).max(0.0).floor();
    let greatest = ends.into_iter().fold(f32::NEG_INFINITY, f32::max).min(small(most)).ceil();
    (least < greatest).then(|| (whole(least), whole(greatest)))
}

/// A length in pixels: never more than a `f32` counts exactly.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "pictures have far less than 2^24 pixels a side"
)]
pub(crate) const fn small(length: u32) -> f32 {
    length as f32
}

/// A length without its fraction; 0 for what is below.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at both ends"
)]
pub(crate) const fn whole(length: f32) -> u32 {
    length as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upright_area_covers_each_pixel_that_it_touches() {
        let area = Area::upright(1.5, 0.2, 3.2, 1.9);
        assert_eq!(area.lines((10, 10)).collect::<Vec<_>>(), [(0, 1, 4), (1, 1, 4)]);
        assert_eq!(area.bounds((3, 1)), Some(Bounds { x: 1, y: 0, width: 2, height: 1 }));
        assert_eq!(Area::upright(-5.0, 0.0, -1.0, 4.0).bounds((9, 9)), None);
    }

    #[test]
    fn an_area_askew_covers_less_than_the_rectangle_around_it() {
        let slope = std::f32::consts::FRAC_1_SQRT_2;
        let area = Area::askew((50.0, 50.0), (slope, slope), 40.0, 4.0);
        let covered: u32 = area.lines((100, 100)).map(|(_, left, right)| right - left).sum();
        assert!((640..900).contains(&covered), "{covered}");
        assert!(area.lines((100, 100)).any(|(line, left, right)| line == 50 && left < 50 && right > 50));
    }
}
