//! Differences of colour that several pixels share, found again.
//!
//! A JPEG file may keep one difference of colour for two or four pixels. Decoders make the pixels' own of it by mixing
//! it with its neighbours' (three parts to one, as libjpeg does). Their average is not what was mixed, so that a photo
//! that is averaged again loses colour each time: here the mixing is undone.

use image::RgbImage;

/// How often what is still mixed is taken off: each time an eighth of the error is left.
const TIMES: usize = 4;

/// A difference of colour, with a value for all the pixels that share one.
#[derive(Debug, Clone)]
struct Plane {
    width: usize,
    values: Vec<f32>,
}

/// The picture as luminance and differences of colour, pixel by pixel. Pixels that will share a difference have the
/// same: two across, two down, or both.
pub(super) fn shared(colour: &RgbImage, across: bool, down: bool) -> Vec<u8> {
    let (pixels, width) = (colour.as_raw().as_chunks::<3>().0, width(colour));
    let (columns, lines) = sharing(across, down);
    let [blue, red] = differences(colour, across, down);
    let mut made = Vec::with_capacity(3 * pixels.len());
    let differences = blue.values.chunks(blue.width).zip(red.values.chunks(red.width));
    for (rows, (blue, red)) in pixels.chunks(width * lines).zip(differences) {
        for row in rows.chunks(width) {
            for ((pixels, blue), red) in row.chunks(columns).zip(blue).zip(red) {
                let (blue, red) = (whole(*blue), whole(*red));
                for pixel in pixels {
                    made.extend([luminance(*pixel), blue, red]);
                }
            }
        }
    }
    made
}

/// The picture as luminance, pixel by pixel, and two differences of colour, one for all the pixels that share it.
pub(super) fn planes(colour: &RgbImage, across: bool, down: bool) -> [Vec<u8>; 3] {
    let [blue, red] = differences(colour, across, down);
    let light = colour.as_raw().as_chunks::<3>().0.iter().map(|pixel| luminance(*pixel)).collect();
    let [blue, red] = [blue, red].map(|plane| plane.values.into_iter().map(whole).collect());
    [light, blue, red]
}

/// The differences of blue and of red (ITU-T T.871, section 7).
fn differences(colour: &RgbImage, across: bool, down: bool) -> [Plane; 2] {
    let pixels = colour.as_raw().as_chunks::<3>().0;
    [[-0.168_736, -0.331_264, 0.5], [0.5, -0.418_688, -0.081_312]].map(|parts| {
        let mut plane = Plane::of(pixels, width(colour), sharing(across, down), parts);
        if across {
            plane = plane.unmixed();
        }
        if down {
            plane = plane.transposed().unmixed().transposed();
        }
        plane
    })
}

fn width(colour: &RgbImage) -> usize {
    usize::try_from(colour.width()).unwrap_or(usize::MAX).max(1)
}

/// How many pixels share a difference, across and down.
const fn sharing(across: bool, down: bool) -> (usize, usize) {
    (if across { 2 } else { 1 }, if down { 2 } else { 1 })
}

fn luminance(pixel: [u8; 3]) -> u8 {
    whole(mixed(pixel, [0.299, 0.587, 0.114], 0.0))
}

fn mixed(pixel: [u8; 3], parts: [f32; 3], middle: f32) -> f32 {
    let ([r, g, b], [of_r, of_g, of_b]) = (pixel, parts);
    middle + f32::from(r) * of_r + f32::from(g) * of_g + f32::from(b) * of_b
}

/// The nearest whole number: what is no shade is the nearest that is.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at both ends"
)]
fn whole(value: f32) -> u8 {
    (value + 0.5) as u8
}

impl Plane {
    /// The averages of pixels that share a difference: as many across and down as are told, or what there is.
    fn of(pixels: &[[u8; 3]], width: usize, (columns, lines): (usize, usize), parts: [f32; 3]) -> Self {
        let mut values = Vec::with_capacity(pixels.len() / columns / lines + width);
        for rows in pixels.chunks(width * lines) {
            let (row, below) = rows.split_at(width.min(rows.len()));
            let below = if below.is_empty() { row } else { below };
            for (pixels, below) in row.chunks(columns).zip(below.chunks(columns)) {
                let (mut sum, mut count) = (0.0, 0.0);
                for pixel in pixels.iter().chain(below) {
                    sum += mixed(*pixel, parts, 128.0);
                    count += 1.0;
                }
                values.push(sum / count);
            }
        }
        Self { width: width.div_ceil(columns), values }
    }

    /// The values that, mixed by a decoder and averaged, are these. The average of what is mixed is three quarters of
    /// a value and an eighth of each neighbour.
    fn unmixed(mut self) -> Self {
        let mut guess = vec![0.0; self.width];
        for row in self.values.chunks_exact_mut(self.width) {
            guess.copy_from_slice(row);
            for _ in 0..TIMES {
                let mut before = guess.first().copied().unwrap_or_default();
                for at in 0..guess.len() {
                    let here = guess.get(at).copied().unwrap_or_default();
                    let after = guess.get(at + 1).copied().unwrap_or(here);
                    let still =
                        row.get(at).copied().unwrap_or_default() - (0.75 * here + 0.125 * (before + after));
                    guess.get_mut(at).into_iter().for_each(|value| *value += still);
                    before = here;
                }
            }
            row.copy_from_slice(&guess);
        }
        self
    }

    /// Rows as columns.
    fn transposed(&self) -> Self {
        let height = self.values.len() / self.width.max(1);
        let mut values = Vec::with_capacity(self.values.len());
        for column in 0..self.width {
            values.extend(self.values.iter().skip(column).step_by(self.width));
        }
        Self { width: height, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_decoder_mixed_is_found_again() {
        let kept: [f32; 8] = [100.0, 104.0, 160.0, 150.0, 90.0, 40.0, 42.0, 43.0];
        let at = |place: usize| kept[place.min(7)];
        let mixed: Vec<f32> = (0..8)
            .flat_map(|place| {
                let before = 0.75 * at(place) + 0.25 * at(place.saturating_sub(1));
                [before, 0.75 * at(place) + 0.25 * at(place + 1)]
            })
            .collect();
        let averages = mixed.chunks(2).map(|pair| f32::midpoint(pair[0], pair[1])).collect();
        let found = Plane { width: 8, values: averages }.unmixed();
        for (found, kept) in found.values.iter().zip(kept) {
            assert!((found - kept).abs() < 0.5, "{found} {kept}");
        }
    }

    #[test]
    fn rows_and_columns_of_odd_lengths_are_kept() {
        let picture = RgbImage::from_fn(5, 3, |x, y| {
            image::Rgb([200, u8::try_from(x * 9 + y * 7).expect("a shade"), 9])
        });
        for (across, down) in [(true, true), (true, false), (false, true), (false, false)] {
            let shared = shared(&picture, across, down);
            assert_eq!(shared.len(), 45);
            let [light, blue, red] = planes(&picture, across, down);
            let count = if across { 3 } else { 5 } * if down { 2 } else { 3 };
            assert_eq!([light.len(), blue.len(), red.len()], [15, count, count]);
            assert_eq!([light[0], blue[0], red[0]], shared[..3]);
            if across {
                assert_eq!(shared[1..3], shared[4..6]);
            }
            if down {
                assert_eq!(shared[1..3], shared[16..18]);
            }
        }
    }
}
