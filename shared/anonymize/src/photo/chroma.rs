//! Differences of colour that several pixels share, found again.
//!
//! A JPEG file may keep one difference of colour for two or four pixels. Decoders make the pixels' own of it by mixing
//! it with its neighbours' (three parts to one, as libjpeg does). Their average is not what was mixed, so that a photo
//! that is averaged again loses colour each time: here the mixing is undone.

use image::RgbImage;

/// How often what is still mixed is taken off: each time an eighth of the error is left.
const TIMES: usize = 4;

/// One channel of a picture.
#[derive(Debug, Clone)]
struct Plane {
    width: usize,
    values: Vec<f32>,
}

/// The picture as luminance and differences of colour, pixel by pixel. Pixels that will share a difference have the
/// same: two across, two down, or both.
pub(super) fn shared(colour: &RgbImage, across: bool, down: bool) -> Vec<u8> {
    let width = usize::try_from(colour.width()).unwrap_or(usize::MAX);
    let pixels = colour.as_raw().as_chunks::<3>().0;
    // ITU-T T.871, section 7.
    let luminance = pixels.iter().map(|[r, g, b]| mixed([*r, *g, *b], [0.299, 0.587, 0.114], 0.0));
    let difference = |parts: [f32; 3]| {
        let values = pixels.iter().map(|pixel| mixed(*pixel, parts, 128.0)).collect();
        let mut plane = Plane { width, values };
        if across {
            plane = plane.halved().unmixed();
        }
        if down {
            plane = plane.transposed().halved().unmixed().doubled(height(colour)).transposed();
        }
        if across { plane.doubled(width) } else { plane }
    };
    let blue = difference([-0.168_736, -0.331_264, 0.5]);
    let red = difference([0.5, -0.418_688, -0.081_312]);
    luminance
        .zip(blue.values)
        .zip(red.values)
        .flat_map(|((luminance, blue), red)| [luminance, blue, red].map(whole))
        .collect()
}

fn height(colour: &RgbImage) -> usize {
    usize::try_from(colour.height()).unwrap_or(usize::MAX)
}

fn mixed(pixel: [u8; 3], parts: [f32; 3], middle: f32) -> f32 {
    pixel.into_iter().zip(parts).fold(middle, |sum, (shade, part)| sum + f32::from(shade) * part)
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at both ends"
)]
fn whole(value: f32) -> u8 {
    value.round() as u8
}

impl Plane {
    /// Each two values of a row as their average.
    fn halved(&self) -> Self {
        let rows = self.values.chunks_exact(self.width);
        let average = |pair: &[f32]| match pair {
            [one, other] => f32::midpoint(*one, *other),
            _ => pair.first().copied().unwrap_or_default(),
        };
        Self {
            width: self.width.div_ceil(2),
            values: rows.flat_map(|row| row.chunks(2).map(average)).collect(),
        }
    }

    /// Each value of a row twice, in rows of that width.
    fn doubled(&self, width: usize) -> Self {
        let rows = self.values.chunks_exact(self.width);
        let values = rows.flat_map(|row| row.iter().flat_map(|value| [*value; 2]).take(width));
        Self { width, values: values.collect() }
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
        let found = Plane { width: 16, values: mixed }.halved().unmixed();
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
            if across {
                assert_eq!(shared[1..3], shared[4..6]);
            }
            if down {
                assert_eq!(shared[1..3], shared[16..18]);
            }
        }
    }
}
