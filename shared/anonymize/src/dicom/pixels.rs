//! The pixels of all frames, as they are stored: decompressed, and without anything in bits that no viewer shows.

use std::collections::BTreeMap;

use dicom_core::{Tag, VR};
use dicom_encoding::transfer_syntax::TransferSyntax;

use super::{
    collect::Stored,
    compressed::{self, Compression},
    data_set::DataSet,
    read::Element,
    text,
};
use crate::{Refused, area::Bounds, photo::bounded};

const SAMPLES: Tag = Tag(0x0028, 0x0002);
const PHOTOMETRIC: Tag = Tag(0x0028, 0x0004);
const PLANAR: Tag = Tag(0x0028, 0x0006);
const FRAMES: Tag = Tag(0x0028, 0x0008);
const ROWS: Tag = Tag(0x0028, 0x0010);
const COLUMNS: Tag = Tag(0x0028, 0x0011);
const ALLOCATED: Tag = Tag(0x0028, 0x0100);
const STORED: Tag = Tag(0x0028, 0x0101);
const HIGH: Tag = Tag(0x0028, 0x0102);
const SIGNED: Tag = Tag(0x0028, 0x0103);
/// The most bytes of all frames.
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// The most frames: each is looked at.
const MOST_FRAMES: u32 = 4096;

/// What the numbers of a pixel are (PS3.3, section C.7.6.3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Photometric {
    /// Shades of grey, the least is white.
    Monochrome1,
    /// Shades of grey, the least is black.
    Monochrome2,
    /// Numbers of a palette's colours.
    Palette,
    /// Red, green, blue.
    Rgb,
    /// Luminance and two differences of colour.
    Ybr,
}

/// All frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frames {
    pub(super) rows: u16,
    pub(super) columns: u16,
    pub(super) photometric: Photometric,
    /// Whether each colour has a plane of its own.
    pub(super) planar: bool,
    /// Bytes of a sample: 1, 2 or 4.
    pub(super) width: usize,
    /// Bits of a sample that are shown.
    stored: u16,
    pub(super) signed: bool,
    pub(super) count: u32,
    /// Whether the file says how many there are.
    counted: bool,
    /// The samples, frame by frame, low bytes first.
    pub(super) data: Vec<u8>,
}

impl Frames {
    /// Decodes the pixels of a file.
    pub(super) fn decode(
        facts: &BTreeMap<Tag, Vec<u8>>,
        stored: &Stored<'_>,
        syntax: &TransferSyntax,
    ) -> Result<Self, Refused> {
        let number = |tag| {
            let bytes = facts.get(&tag).and_then(|bytes| bytes.first_chunk::<2>())?;
            Some(u16::from_le_bytes(*bytes))
        };
        let needed = |tag| number(tag).ok_or(Refused::Undecodable);
        let word = |tag| facts.get(&tag).and_then(|bytes| text(bytes));
        let (rows, columns, allocated) = (needed(ROWS)?, needed(COLUMNS)?, needed(ALLOCATED)?);
        bounded(columns.into(), rows.into())?;
        let bits = number(STORED).unwrap_or(allocated);
        let (photometric, samples, halved) = match word(PHOTOMETRIC).ok_or(Refused::Undecodable)? {
            "MONOCHROME1" => (Photometric::Monochrome1, 1, false),
            "MONOCHROME2" => (Photometric::Monochrome2, 1, false),
            "PALETTE COLOR" => (Photometric::Palette, 1, false),
            "RGB" | "YBR_RCT" | "YBR_ICT" => (Photometric::Rgb, 3, false),
            "YBR_FULL" if allocated == 8 => (Photometric::Ybr, 3, false),
            "YBR_FULL_422" if allocated == 8 => (Photometric::Ybr, 3, true),
            _ => return Err(Refused::UnsupportedMedia),
        };
        let usual = matches!(allocated, 8 | 16 | 32)
            && (1..=allocated).contains(&bits)
            && number(HIGH).is_none_or(|high| high == bits - 1)
            && number(SAMPLES).unwrap_or(1) == samples;
        if !usual
            || (photometric != Photometric::Monochrome2
                && photometric != Photometric::Monochrome1
                && allocated == 32)
        {
            return Err(Refused::UnsupportedMedia);
        }
        let count = word(FRAMES).map_or(Ok(1), |count| count.parse().map_err(|_| Refused::Undecodable))?;
        if count > MOST_FRAMES {
            return Err(Refused::TooLarge);
        }
        let mut frames = Self {
            rows,
            columns,
            photometric,
            planar: samples == 3 && number(PLANAR) == Some(1),
            width: usize::from(allocated / 8),
            stored: bits,
            signed: number(SIGNED) == Some(1),
            count,
            counted: facts.contains_key(&FRAMES),
            data: Vec::new(),
        };
        let whole = usize::try_from(count).ok().and_then(|count| frames.frame_size().checked_mul(count));
        match whole {
            Some(0) | None => return Err(Refused::Undecodable),
            Some(whole) if whole > MOST_BYTES => return Err(Refused::TooLarge),
            Some(whole) => frames.read(stored, syntax, whole, halved)?,
        }
        frames.clear_unused();
        Ok(frames)
    }

    fn read(
        &mut self,
        stored: &Stored<'_>,
        syntax: &TransferSyntax,
        whole: usize,
        halved: bool,
    ) -> Result<(), Refused> {
        match stored {
            Stored::Native(element) if halved => {
                self.photometric = Photometric::Rgb;
                let half = native(element, self.width, whole / 3 * 2)?;
                self.planar = false;
                self.data.reserve_exact(whole);
                for pair in half.chunks_exact(4 * self.width) {
                    let part =
                        |at: usize| pair.get(at * self.width..(at + 1) * self.width).unwrap_or_default();
                    for at in [0, 2, 3, 1, 2, 3] {
                        self.data.extend_from_slice(part(at));
                    }
                }
                self.paint();
            }
            Stored::Native(element) => self.data = native(element, self.width, whole)?,
            Stored::Encapsulated(fragments) => {
                let compression = Compression::of(syntax).ok_or(Refused::UnsupportedTransferSyntax)?;
                self.planar = false;
                self.data.reserve_exact(whole);
                for frame in compressed::frames(fragments, self.count).ok_or(Refused::Undecodable)? {
                    let start = self.data.len();
                    self.photometric = compressed::decode(self, syntax, compression, frame)?;
                    if self.data.len() - start != self.frame_size() {
                        return Err(Refused::Undecodable);
                    }
                }
                if self.photometric == Photometric::Ybr {
                    self.paint();
                }
            }
        }
        if self.data.len() == whole { Ok(()) } else { Err(Refused::Undecodable) }
    }

    /// Makes red, green and blue of luminance and differences: pixels that are not compressed are seldom allowed to be
    /// anything else.
    fn paint(&mut self) {
        self.photometric = Photometric::Rgb;
        self.data.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = rgb(*pixel));
    }

    /// Numbers a pixel.
    pub(super) const fn samples(&self) -> usize {
        match self.photometric {
            Photometric::Rgb | Photometric::Ybr => 3,
            Photometric::Monochrome1 | Photometric::Monochrome2 | Photometric::Palette => 1,
        }
    }

    /// Bits of memory a sample.
    pub(super) fn allocated(&self) -> u16 {
        u16::try_from(self.width * 8).unwrap_or(u16::MAX)
    }

    /// Bits of a sample that are shown.
    pub(super) const fn stored(&self) -> u16 {
        self.stored
    }

    /// Bytes of a frame.
    pub(super) fn frame_size(&self) -> usize {
        usize::from(self.rows) * usize::from(self.columns) * self.samples() * self.width
    }

    /// Width and height in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.columns.into(), self.rows.into())
    }

    /// Clears the bits that are not shown: signed numbers are filled up with their sign.
    fn clear_unused(&mut self) {
        let unused = u32::from(self.allocated() - self.stored);
        if unused == 0 {
            return;
        }
        match (self.width, self.signed) {
            (1, false) => self.data.iter_mut().for_each(|one| *one = *one << unused >> unused),
            (1, true) => self.data.iter_mut().for_each(|one| {
                *one = ((*one << unused).cast_signed() >> unused).cast_unsigned();
            }),
            (2, false) => self.data.as_chunks_mut::<2>().0.iter_mut().for_each(|one| {
                *one = (u16::from_le_bytes(*one) << unused >> unused).to_le_bytes();
            }),
            (2, true) => self.data.as_chunks_mut::<2>().0.iter_mut().for_each(|one| {
                *one = (i16::from_le_bytes(*one) << unused >> unused).to_le_bytes();
            }),
            (_, false) => self.data.as_chunks_mut::<4>().0.iter_mut().for_each(|one| {
                *one = (u32::from_le_bytes(*one) << unused >> unused).to_le_bytes();
            }),
            (_, true) => self.data.as_chunks_mut::<4>().0.iter_mut().for_each(|one| {
                *one = (i32::from_le_bytes(*one) << unused >> unused).to_le_bytes();
            }),
        }
    }

    /// Tells the numbers of one sample a pixel, of one frame or of all.
    pub(super) fn each(&self, data: &[u8], mut tell: impl FnMut(i64)) {
        match (self.width, self.signed) {
            (1, false) => data.iter().for_each(|one| tell((*one).into())),
            (1, true) => data.iter().for_each(|one| tell(one.cast_signed().into())),
            (2, false) => {
                data.as_chunks::<2>().0.iter().for_each(|one| tell(u16::from_le_bytes(*one).into()))
            }
            (2, true) => data.as_chunks::<2>().0.iter().for_each(|one| tell(i16::from_le_bytes(*one).into())),
            (_, false) => {
                data.as_chunks::<4>().0.iter().for_each(|one| tell(u32::from_le_bytes(*one).into()))
            }
            (_, true) => data.as_chunks::<4>().0.iter().for_each(|one| tell(i32::from_le_bytes(*one).into())),
        }
    }

    /// The least and the greatest of these numbers.
    pub(super) fn range(&self, data: &[u8]) -> (i64, i64) {
        let (mut low, mut high) = (i64::MAX, i64::MIN);
        self.each(data, |value| (low, high) = (low.min(value), high.max(value)));
        if low > high { (0, 0) } else { (low, high) }
    }

    /// One frame.
    pub(super) fn frame(&self, frame: u32) -> &[u8] {
        let size = self.frame_size();
        let start = usize::try_from(frame).unwrap_or(usize::MAX).saturating_mul(size);
        self.data.get(start..start.saturating_add(size)).unwrap_or_default()
    }

    /// Whether a place is the same in all frames.
    pub(super) fn is_still(&self, place: Bounds) -> bool {
        let whole = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
        let columns = usize::from(self.columns);
        // Of planes, one after another, as of a taller frame.
        let (pixel, planes) =
            if self.planar { (self.width, self.samples()) } else { (self.samples() * self.width, 1) };
        let lines = (0..planes).flat_map(|plane| {
            let top = plane * usize::from(self.rows) + whole(place.y);
            (top..top + whole(place.height)).map(|line| {
                let start = line * columns + whole(place.x).min(columns);
                let end = line * columns + (whole(place.x) + whole(place.width)).min(columns);
                start * pixel..end * pixel
            })
        });
        let lines: Vec<_> = lines.collect();
        let first = self.frame(0);
        (1..self.count).all(|frame| {
            let frame = self.frame(frame);
            lines.iter().all(|line| frame.get(line.clone()) == first.get(line.clone()))
        })
    }

    /// Writes down what the pixels are (PS3.3, section C.7.6.3).
    pub(super) fn describe(&self, data_set: &mut DataSet) {
        let photometric = match self.photometric {
            Photometric::Monochrome1 => "MONOCHROME1",
            Photometric::Monochrome2 => "MONOCHROME2",
            Photometric::Palette => "PALETTE COLOR",
            Photometric::Rgb => "RGB",
            Photometric::Ybr => "YBR_FULL",
        };
        data_set.text(PHOTOMETRIC, VR::CS, photometric);
        let samples: u16 = if self.samples() == 3 { 3 } else { 1 };
        for (tag, value) in [
            (SAMPLES, samples),
            (ROWS, self.rows),
            (COLUMNS, self.columns),
            (ALLOCATED, self.allocated()),
            (STORED, self.stored),
            (HIGH, self.stored - 1),
            (SIGNED, self.signed.into()),
        ] {
            data_set.number(tag, value);
        }
        if samples == 3 {
            data_set.number(PLANAR, self.planar.into());
        }
        if self.counted {
            data_set.text(FRAMES, VR::IS, &self.count.to_string());
        }
    }
}

/// Native pixels, low bytes first, without what pads them.
fn native(element: &Element<'_>, width: usize, length: usize) -> Result<Vec<u8>, Refused> {
    // Words of 16 bits have their high byte first even if they are two pixels (PS3.5, section 8.1.1).
    let swapped = if element.vr == VR::OW { width.max(2) } else { width };
    let mut data = element.value.to_vec();
    if element.big && swapped > 1 {
        data.chunks_exact_mut(swapped).for_each(<[u8]>::reverse);
    }
    if data.len() < length {
        return Err(Refused::Undecodable);
    }
    data.truncate(length);
    Ok(data)
}

/// Red, green and blue of luminance and differences (PS3.3, section C.7.6.3.1.2).
pub(super) fn rgb([luminance, blue, red]: [u8; 3]) -> [u8; 3] {
    let (y, b, r) = (f64::from(luminance), f64::from(blue) - 128.0, f64::from(red) - 128.0);
    [y + 1.402 * r, y - 0.114 * 1.772 / 0.587 * b - 0.299 * 1.402 / 0.587 * r, y + 1.772 * b]
        .map(|value| shade(value.round()))
}

/// The shade of a number between black and white.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at both ends"
)]
pub(super) const fn shade(value: f64) -> u8 {
    value as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_standard() {
        assert_eq!(rgb([0, 128, 128]), [0, 0, 0]);
        assert_eq!(rgb([255, 128, 128]), [255, 255, 255]);
        assert_eq!(rgb([76, 85, 255]), [254, 0, 0]);
    }
}
