//! Differences of colour that several pixels share, found again.
//!
//! A JPEG file may keep one difference of colour for two or four pixels. Decoders make the pixels' own of it by mixing
//! it with its neighbours' (three parts to one, as libjpeg does). Their average is not what was mixed, so that a photo
//! that is averaged again loses colour each time: here the mixing is undone.

use image::RgbImage;

/// How often what is still mixed is taken off: each time an eighth of the error is left.
const TIMES: usize = 4;
/// How many columns are unmixed together: few enough that a processor holds them.
const STRIP: usize = 64;

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
    let mut made = vec![[0; 3]; pixels.len()];
    let rows = pixels.chunks(width).zip(made.chunks_mut(width)).enumerate();
    for (line, (row, made)) in rows {
        let (blue, red) = (blue.row(line / lines), red.row(line / lines));
        let differences = blue.iter().zip(red).map(|(blue, red)| (whole(*blue), whole(*red)));
        for ((pixels, made), (blue, red)) in
            row.chunks(columns).zip(made.chunks_mut(columns)).zip(differences)
        {
            for (pixel, made) in pixels.iter().zip(made) {
                *made = [luminance(*pixel), blue, red];
            }
        }
    }
    made.into_flattened()
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
    averages(colour, sharing(across, down)).map(|mut plane| {
        if across {
            plane.unmix_rows();
        }
        if down {
            plane.unmix_columns();
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

/// To the nearest whole number, with parts of 65,536.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the parts are a whole, so that the sum is a shade"
)]
fn luminance([r, g, b]: [u8; 3]) -> u8 {
    let sum = 19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b);
    ((sum + 32_768) >> 16) as u8
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

/// The average differences of pixels that share one: as many across and down as are told, or what there is.
fn averages(colour: &RgbImage, (columns, lines): (usize, usize)) -> [Plane; 2] {
    let (pixels, width) = (colour.as_raw().as_chunks::<3>().0, width(colour));
    let count = width.div_ceil(columns) * pixels.len().div_ceil(width).div_ceil(lines);
    let mut planes =
        [(); 2].map(|()| Plane { width: width.div_ceil(columns), values: Vec::with_capacity(count) });
    let [blue, red] = &mut planes;
    let mut sums = vec![[0_u16; 3]; width];
    for rows in pixels.chunks(width * lines) {
        let (row, below) = rows.split_at(width.min(rows.len()));
        let below = if below.is_empty() { row } else { below };
        for ((sum, above), below) in sums.iter_mut().zip(row).zip(below) {
            *sum = added(above.map(u16::from), below.map(u16::from));
        }
        let mut push = |[r, g, b]: [u16; 3], count: f32| {
            let [r, g, b] = [r, g, b].map(|sum| f32::from(sum) * (1.0 / count));
            blue.values.push(128.0 - 0.168_736 * r - 0.331_264 * g + 0.5 * b);
            red.values.push(128.0 + 0.5 * r - 0.418_688 * g - 0.081_312 * b);
        };
        if columns == 2 {
            let (pairs, last) = sums.as_chunks::<2>();
            pairs.iter().for_each(|[left, right]| push(added(*left, *right), 4.0));
            last.iter().for_each(|sum| push(*sum, 2.0));
        } else {
            sums.iter().for_each(|sum| push(*sum, 2.0));
        }
    }
    planes
}

const fn added([a, b, c]: [u16; 3], [d, e, f]: [u16; 3]) -> [u16; 3] {
    [a + d, b + e, c + f]
}

/// The values that, mixed with the one before and the one after and averaged, are these: neighbours are so many places
/// apart. The average of what is mixed is three quarters of a value and an eighth of each neighbour.
fn unmixed(averages: &[f32], apart: usize) -> Vec<f32> {
    let count = averages.len();
    // Before the first and after the last stands the same once more.
    let mut guess = vec![0.0; count + 2 * apart];
    guess.iter_mut().skip(apart).zip(averages).for_each(|(guess, average)| *guess = *average);
    let mut better = guess.clone();
    for _ in 0..TIMES {
        guess.copy_within(apart..2 * apart, 0);
        guess.copy_within(count..count + apart, count + apart);
        let (_, here) = guess.split_at(apart);
        let (_, after) = here.split_at(apart);
        let (_, better_here) = better.split_at_mut(apart);
        let guesses = guess.iter().zip(here).zip(after);
        for ((better, average), ((before, here), after)) in better_here.iter_mut().zip(averages).zip(guesses)
        {
            *better = average + 0.25 * here - 0.125 * (before + after);
        }
        std::mem::swap(&mut guess, &mut better);
    }
    guess.truncate(count + apart);
    guess.split_off(apart)
}

impl Plane {
    fn row(&self, line: usize) -> &[f32] {
        self.values.chunks_exact(self.width).nth(line).unwrap_or_default()
    }

    /// Undoes what a decoder mixed across.
    fn unmix_rows(&mut self) {
        for row in self.values.chunks_exact_mut(self.width) {
            row.copy_from_slice(&unmixed(row, 1));
        }
    }

    /// Undoes what a decoder mixed down.
    fn unmix_columns(&mut self) {
        for left in (0..self.width).step_by(STRIP) {
            let wide = STRIP.min(self.width - left);
            let mut averages = Vec::with_capacity(self.values.len() / self.width * wide);
            for row in self.values.chunks_exact(self.width) {
                averages.extend_from_slice(row.get(left..left + wide).unwrap_or_default());
            }
            let found = unmixed(&averages, wide);
            for (row, found) in self.values.chunks_exact_mut(self.width).zip(found.chunks_exact(wide)) {
                row.iter_mut().skip(left).zip(found).for_each(|(value, found)| *value = *found);
            }
        }
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
        let averages: Vec<f32> = mixed.chunks(2).map(|pair| f32::midpoint(pair[0], pair[1])).collect();
        let [mut lying, mut standing] = [8, 1].map(|width| Plane { width, values: averages.clone() });
        lying.unmix_rows();
        standing.unmix_columns();
        for found in [lying, standing] {
            for (found, kept) in found.values.iter().zip(kept) {
                assert!((found - kept).abs() < 0.5, "{found} {kept}");
            }
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
