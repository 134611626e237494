//! Bar codes of any kind, read or not: upright or lying, not far askew.
//!
//! A code is told by many straight edges beside each other, at distances that differ: rulers, blinds and gratings
//! repeat one distance.

use std::iter;

use image::{GrayImage, imageops};

use super::component::Component;
use crate::area::{Area, small, whole};

/// By how much neighbours differ at an edge, of 255.
const EDGE: i16 = 40;
/// How many pixels long an edge is straight, at least.
const STRAIGHT: u8 = 7;
/// How many edges there are around a place of a code, and within how many pixels to each side.
const EDGES: u32 = 7;
const NEAR: usize = 48;
/// How wide and tall the places are together, in pixels, and how much of their rectangle they fill, at least.
const WIDE: f32 = 48.0;
const TALL: f32 = 8.0;
const FILLED: f32 = 0.5;
/// How alike the lines of a code are, at least.
const ALIKE: f32 = 0.7;
/// How many bars and gaps a code has at least, and how far the wide ones are wider than the narrow ones.
const BARS: usize = 18;
const VARIED: (usize, usize) = (14, 10);
/// How many pixels around a line's place its mean is taken of, to each side.
const AROUND: usize = 16;
/// How far it is filled beyond its bars, in pixels.
const MARGIN: f32 = 4.0;

/// The bar codes in a picture.
pub(super) fn find(grey: &GrayImage) -> Vec<Area> {
    let lying = imageops::flip_horizontal(&imageops::rotate90(grey));
    let turned = |((left, top), (right, bottom))| ((top, left), (bottom, right));
    let found = upright(grey).into_iter().chain(upright(&lying).into_iter().map(turned));
    found
        .map(|((left, top), (right, bottom))| {
            Area::upright(left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)
        })
        .collect()
}

type Corners = ((f32, f32), (f32, f32));

/// The corners of codes whose bars are upright.
fn upright(grey: &GrayImage) -> Vec<Corners> {
    let across = usize::try_from(grey.width()).unwrap_or_default().max(1);
    Component::all(&places(grey.as_raw(), across), across, 0.5)
        .iter()
        .filter(|part| part.filled() >= FILLED)
        .filter_map(|part| {
            let ((left, bottom_of_first), (right, bottom)) = part.corners();
            // An edge is known at its last pixel.
            let top = (bottom_of_first - f32::from(STRAIGHT)).max(0.0);
            let large = right - left >= WIDE && bottom - bottom_of_first >= TALL;
            let corners = ((left, top), (right, bottom));
            (large && is_code(grey, corners)).then_some(corners)
        })
        .collect()
}

/// Where there are many straight edges around, as 1, and else 0.
fn places(values: &[u8], across: usize) -> Vec<f32> {
    let mut lasting = [vec![0_u8; across], vec![0_u8; across]];
    // With what stands beside the first and the last: no step.
    let mut steps = vec![0_i16; across + 2];
    let mut starts = vec![0_u8; across];
    let mut marks = vec![0.0; values.len()];
    for (line, marks) in values.chunks(across).zip(marks.chunks_mut(across)) {
        let next = line.iter().skip(1);
        for (step, (shade, next)) in steps.iter_mut().skip(1).zip(line.iter().zip(next)) {
            *step = i16::from(*next) - i16::from(*shade);
        }
        starts.fill(0);
        let mut any = false;
        for (lasting, sign) in lasting.iter_mut().zip([1, -1]) {
            for (lasts, near) in lasting.iter_mut().zip(steps.windows(3)) {
                let steepest = near.iter().map(|step| step * sign).fold(0, i16::max);
                *lasts = if steepest > EDGE { lasts.saturating_add(1) } else { 0 };
            }
            let mut before = false;
            for (lasts, start) in lasting.iter().zip(&mut starts) {
                let straight = *lasts >= STRAIGHT;
                *start += u8::from(straight && !before);
                any |= straight;
                before = straight;
            }
        }
        if any {
            mark(&starts, marks);
        }
    }
    marks
}

/// Marks the places of a line around which enough edges start.
fn mark(starts: &[u8], marks: &mut [f32]) {
    let mut count: u32 = starts.iter().take(NEAR).copied().map(u32::from).sum();
    let coming = starts.iter().skip(NEAR).map(Some).chain(iter::repeat(None));
    let going = iter::repeat_n(None, NEAR).chain(starts.iter().map(Some));
    for (mark, (comes, goes)) in marks.iter_mut().zip(coming.zip(going)) {
        *mark = if count >= EDGES { 1.0 } else { 0.0 };
        count += comes.copied().map_or(0, u32::from);
        count -= goes.copied().map_or(0, u32::from);
    }
}

/// Whether lines of a rectangle are alike, and their bars and their gaps of several widths.
fn is_code(grey: &GrayImage, ((left, top), (right, bottom)): Corners) -> bool {
    let line = |part: f32| -> Vec<bool> {
        let row = whole(top + (bottom - top) * part);
        let shades: Vec<i32> = (whole(left)..whole(right))
            .filter_map(|column| Some(i32::from(grey.get_pixel_checked(column, row)?.0[0])))
            .collect();
        let lighter = |(at, shade): (usize, &i32)| {
            let around = shades
                .get(at.saturating_sub(AROUND)..(at + AROUND + 1).min(shades.len()))
                .unwrap_or_default();
            let count = i32::try_from(around.len()).unwrap_or(i32::MAX);
            shade * count > around.iter().sum()
        };
        shades.iter().enumerate().map(lighter).collect()
    };
    let (upper, middle, lower) = (line(0.25), line(0.5), line(0.75));
    let alike = |other: &[bool]| {
        let same = middle.iter().zip(other).filter(|(one, other)| one == other).count();
        place(same) >= ALIKE * place(middle.len())
    };
    let widths: Vec<usize> = middle.chunk_by(|one, other| one == other).map(<[bool]>::len).collect();
    // The first and the last are cut off.
    let whole = widths.get(1..widths.len().saturating_sub(1)).unwrap_or_default();
    let varied = |first: usize| {
        let mut widths: Vec<usize> = whole.iter().skip(first).step_by(2).copied().collect();
        widths.sort_unstable();
        let at = |part: usize| widths.get(widths.len() * part / 10).copied().unwrap_or_default();
        at(8) * VARIED.1 >= at(2) * VARIED.0
    };
    alike(&upper) && alike(&lower) && whole.len() >= BARS && varied(0) && varied(1)
}

fn place(count: usize) -> f32 {
    small(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    /// Bars and gaps of those widths by turns, of that height, on soft grey; and where they stand.
    fn picture(widths: &[u32], module: u32, lying: bool) -> (GrayImage, [u32; 4]) {
        let mut ink = Vec::new();
        for (number, width) in widths.iter().enumerate() {
            ink.extend(vec![number % 2 == 0; usize::try_from(width * module).expect("a width")]);
        }
        let length = u32::try_from(ink.len()).expect("a length");
        let (x, y) = (60, 50);
        let picture = GrayImage::from_fn(640, 400, |column, row| {
            let at = usize::try_from(column.wrapping_sub(x)).expect("a place");
            let dark = (y..y + 40).contains(&row) && ink.get(at) == Some(&true);
            Luma([if dark { 20 } else { 235 }])
        });
        if lying {
            (imageops::flip_horizontal(&imageops::rotate90(&picture)), [y, x, y + 40, x + length])
        } else {
            (picture, [x, y, x + length, y + 40])
        }
    }

    /// The widths of Code 39's `*A1*` (ISO/IEC 16388): narrow is 1, wide 2.
    const CODE: &str = "1211212111211112112112112111112111212112111";

    fn widths(code: &str) -> Vec<u32> {
        code.chars().filter_map(|width| width.to_digit(10)).collect()
    }

    #[test]
    fn codes_are_found_upright_and_lying_and_what_repeats_itself_is_none() {
        for (module, lying) in [(2, false), (3, false), (4, true), (2, true)] {
            let (picture, [left, top, right, bottom]) = picture(&widths(CODE), module, lying);
            let found = find(&picture);
            let [only] = found.as_slice() else { panic!("{found:?}, {module}, {lying}") };
            let only = only.bounds(picture.dimensions()).expect("in the picture");
            assert!(only.x <= left + 2 && only.y <= top + 2, "{only:?}, {module}, {lying}");
            assert!(
                only.x + only.width + 2 >= right && only.y + only.height + 2 >= bottom,
                "{only:?}, {module}, {lying}"
            );
        }
        assert_eq!(find(&picture(&[1; 60], 3, false).0), []);
        assert_eq!(find(&picture(&[4, 4, 4, 4], 4, true).0), []);
    }
}
