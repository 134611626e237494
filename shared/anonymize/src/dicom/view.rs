//! Frames as a person sees them, eight bits a channel, for what looks for text.

use dicom_core::Tag;
use image::{GrayImage, RgbImage};

use super::{
    data_set::DataSet,
    pixels::{Frames, Photometric, rgb, shade},
};
use crate::photo::Pixels;

const CENTER: Tag = Tag(0x0028, 0x1050);
const WIDTH: Tag = Tag(0x0028, 0x1051);
const INTERCEPT: Tag = Tag(0x0028, 0x1052);
const SLOPE: Tag = Tag(0x0028, 0x1053);
const SHARED: Tag = Tag(0x5200, 0x9229);
const PER_FRAME: Tag = Tag(0x5200, 0x9230);
const FRAME_WINDOW: Tag = Tag(0x0028, 0x9132);
const TRANSFORMATION: Tag = Tag(0x0028, 0x9145);
const DESCRIPTORS: [Tag; 3] = [Tag(0x0028, 0x1101), Tag(0x0028, 0x1102), Tag(0x0028, 0x1103)];
const TABLES: [Tag; 3] = [Tag(0x0028, 0x1201), Tag(0x0028, 0x1202), Tag(0x0028, 0x1203)];
/// A window as wide as this part of all shades shows the same as all shades.
const WIDE: f64 = 0.8;
/// Of a frame without a window, this part of its pixels on either side is taken for extremes.
const EXTREME: usize = 200;

/// A palette, as red, green and blue of eight bits.
#[derive(Debug)]
pub(super) struct Palette {
    first: i64,
    colours: Vec<[u8; 3]>,
}

impl Palette {
    /// The palette that a data set has.
    pub(super) fn of(data_set: &DataSet) -> Option<Self> {
        let mut channels = Vec::new();
        let mut first = 0;
        for (descriptor, table) in DESCRIPTORS.into_iter().zip(TABLES) {
            let [a, b, c, d, bits, _] = *data_set.bytes(descriptor)?.first_chunk::<6>()?;
            let entries = usize::from(u16::from_le_bytes([a, b]));
            let entries = if entries == 0 { 1 << 16 } else { entries };
            first = i16::from_le_bytes([c, d]).into();
            let bytes = data_set.bytes(table)?;
            // Numbers of eight bits may stand one or two in a word (PS3.3, section C.7.6.3.1.6).
            let channel: Vec<u8> = if bytes.len() >= 2 * entries {
                let high = usize::from(bits != 8);
                bytes.iter().skip(high).step_by(2).copied().collect()
            } else {
                bytes.to_vec()
            };
            channels.push(channel);
        }
        let [red, green, blue] = channels.try_into().ok()?;
        let colours = red.into_iter().zip(green).zip(blue).map(|((red, green), blue)| [red, green, blue]);
        Some(Self { first, colours: colours.collect() })
    }

    fn colour(&self, value: i64) -> [u8; 3] {
        let last = self.colours.len().saturating_sub(1);
        let place = usize::try_from(value - self.first).unwrap_or(0).min(last);
        self.colours.get(place).copied().unwrap_or_default()
    }

    /// The number of its darkest colour.
    pub(super) fn darkest(&self) -> u16 {
        let shades =
            self.colours.iter().map(|colour| colour.iter().map(|part| u32::from(*part)).sum::<u32>());
        let place = (0_i64..).zip(shades).min_by_key(|(_, shade)| *shade).map_or(0, |(place, _)| place);
        u16::try_from(place + self.first).unwrap_or(0)
    }
}

/// The ways in which a frame is looked at: with all of its shades, and in the window that a viewer opens it in.
pub(super) fn views(
    frames: &Frames,
    frame: u32,
    data_set: &DataSet,
    palette: Option<&Palette>,
) -> Vec<Pixels> {
    let size = frames.size();
    let data = frames.frame(frame);
    match frames.photometric {
        Photometric::Monochrome1 | Photometric::Monochrome2 => {
            let (low, high) = frames.range(data);
            let (low, high) = (float(low), float(high));
            let mut windows = vec![(low, high)];
            let window = window(data_set, frame).unwrap_or_else(|| usual(frames, data));
            let seen = (window.0.max(low), window.1.min(high));
            if seen.1 > seen.0 && seen.1 - seen.0 < WIDE * (high - low) {
                windows.push(window);
            }
            let inverted = frames.photometric == Photometric::Monochrome1;
            windows.into_iter().filter_map(|window| grey(frames, data, window, inverted)).collect()
        }
        Photometric::Palette => {
            let Some(palette) = palette else { return Vec::new() };
            let mut colours = Vec::with_capacity(3 * data.len() / frames.width);
            frames.each(data, |value| colours.extend(palette.colour(value)));
            RgbImage::from_raw(size.0, size.1, colours).map(Pixels::Colour).into_iter().collect()
        }
        Photometric::Rgb | Photometric::Ybr => colour(frames, data).map(Pixels::Colour).into_iter().collect(),
    }
}

/// A stored number: 32 bits are exact.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "stored numbers have at most 32 bits")]
const fn float(value: i64) -> f64 {
    value as f64
}

/// The range of a frame's numbers without extremes.
fn usual(frames: &Frames, data: &[u8]) -> (f64, f64) {
    let apart = data.len() / frames.width / 20_000 + 1;
    let (mut sorted, mut at) = (Vec::new(), 0);
    frames.each(data, |value| {
        if at % apart == 0 {
            sorted.push(value);
        }
        at += 1;
    });
    sorted.sort_unstable();
    let cut = sorted.len() / EXTREME;
    let at = |place: usize| float(sorted.get(place).copied().unwrap_or_default());
    (at(cut), at(sorted.len().saturating_sub(cut + 1)))
}

fn grey(frames: &Frames, data: &[u8], (low, high): (f64, f64), inverted: bool) -> Option<Pixels> {
    let scale = 255.0 / (high - low).max(f64::MIN_POSITIVE);
    let mut shades = Vec::with_capacity(data.len() / frames.width);
    frames.each(data, |value| {
        let shade = shade((float(value) - low) * scale);
        shades.push(if inverted { 255 - shade } else { shade });
    });
    let (width, height) = frames.size();
    GrayImage::from_raw(width, height, shades).map(Pixels::Grey)
}

/// The window that a viewer opens the frame in, in stored numbers.
fn window(data_set: &DataSet, frame: u32) -> Option<(f64, f64)> {
    let own = usize::try_from(frame).ok().and_then(|frame| data_set.items(PER_FRAME).get(frame));
    let groups = [own, data_set.items(SHARED).first()];
    let number = |tag, sequence| {
        let grouped =
            groups.into_iter().flatten().find_map(|group| group.items(sequence).first()?.decimal(tag));
        grouped.or_else(|| data_set.decimal(tag))
    };
    let (center, width) = (number(CENTER, FRAME_WINDOW)?, number(WIDTH, FRAME_WINDOW)?);
    let slope = number(SLOPE, TRANSFORMATION).filter(|slope| *slope != 0.0).unwrap_or(1.0);
    let intercept = number(INTERCEPT, TRANSFORMATION).unwrap_or(0.0);
    let ends = [center - width / 2.0, center + width / 2.0].map(|end| (end - intercept) / slope);
    Some((ends[0].min(ends[1]), ends[0].max(ends[1])))
}

fn colour(frames: &Frames, data: &[u8]) -> Option<RgbImage> {
    let (width, height) = frames.size();
    // Of the samples, the bits that show most.
    let shift = frames.stored().saturating_sub(8);
    let mut samples: Vec<u8> = Vec::with_capacity(data.len() / frames.width);
    frames.each(data, |value| samples.push(u8::try_from((value >> shift).clamp(0, 255)).unwrap_or(u8::MAX)));
    let mut pixels = if frames.planar {
        let planes = samples.len() / 3;
        let plane = |colour: usize| samples.iter().skip(colour * planes).take(planes);
        plane(0).zip(plane(1)).zip(plane(2)).flat_map(|((one, two), three)| [*one, *two, *three]).collect()
    } else {
        samples
    };
    if frames.photometric == Photometric::Ybr {
        pixels.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = rgb(*pixel));
    }
    RgbImage::from_raw(width, height, pixels)
}

#[cfg(test)]
mod tests {
    use dicom_core::VR;

    use super::*;

    #[test]
    fn a_window_is_in_stored_numbers_and_a_frames_own_goes_first() {
        let mut data_set = DataSet::default();
        data_set.text(CENTER, VR::DS, "40");
        data_set.text(WIDTH, VR::DS, "400\\80");
        data_set.text(INTERCEPT, VR::DS, "-1024");
        data_set.text(SLOPE, VR::DS, "2");
        assert_eq!(window(&data_set, 0), Some((432.0, 632.0)));
    }
}
