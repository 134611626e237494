//! JPEG's markers (ITU-T T.81, annex B): how a source coded its pixels, and how they are coded again.

use image::{GrayImage, RgbImage};
use jpeg_encoder::{
    ChromaSubsamplingMethod, ColorType, Encoder, EncodingError, QuantizationTableType, SamplingFactor,
};
use mozjpeg_rs::{Subsampling, TrellisConfig};

use super::{Pixels, chroma};
use crate::Refused;

/// Where the coefficient at a place in the zigzag order stands in a block (figure A.6).
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];
/// The most scans of a file: of its components, and of a progressive one. Each takes a decoder through the whole picture,
/// however few bytes it has.
const MOST_SCANS: [usize; 2] = [4, 32];
/// Quality, out of 100, of what came with losses of another kind: high enough to read an X-ray by.
const FINE: u8 = 95;

/// A quantisation table, row by row.
type Table = [u16; 64];

/// How a JPEG file codes its pixels.
#[derive(Debug, Clone)]
pub(super) struct Coding {
    /// Of lightness.
    luma: Table,
    /// Of colours; lightness's in a file of greys.
    chroma: Table,
    /// How many pixels, across and down, share a colour sample.
    shared: (u8, u8),
    /// What its codes are.
    codes: Codes,
}

/// The codes of a file's numbers. Each kind takes less room than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codes {
    /// The usual ones.
    Usual,
    /// Chosen for its own pixels.
    Fitted,
    /// Chosen for its own pixels, and for each of several scans that become finer.
    Progressive,
}

/// A marker and what belongs to it.
pub(super) struct Segment<'a> {
    /// The marker's second byte.
    pub(super) marker: u8,
    /// What follows its length.
    pub(super) body: &'a [u8],
}

/// The segments of a file up to its end marker, compressed pixels left out.
pub(super) struct Segments<'a> {
    file: &'a [u8],
    at: usize,
    ended: bool,
}

impl<'a> Segments<'a> {
    /// Of a file that begins with the start marker.
    pub(super) const fn of(file: &'a [u8]) -> Self {
        Self { file, at: 2, ended: false }
    }

    /// Where the file's picture ends.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    fn segment(&mut self) -> Option<Segment<'a>> {
        // Any number of fill bytes may stand before a marker.
        while self.file.get(self.at..self.at + 2)? == [0xFF, 0xFF] {
            self.at += 1;
        }
        let &[0xFF, marker] = self.file.get(self.at..self.at + 2)? else { return None };
        self.at += 2;
        if matches!(marker, 0xD9) {
            return Some(Segment { marker, body: &[] });
        }
        let &[high, low] = self.file.get(self.at..self.at + 2)? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let body = self.file.get(self.at + 2..self.at + length)?;
        self.at += length;
        if marker == 0xDA {
            self.skip_pixels()?;
        }
        Some(Segment { marker, body })
    }

    /// Goes to the next marker that is no part of compressed pixels: neither a stuffed byte nor a restart.
    fn skip_pixels(&mut self) -> Option<()> {
        loop {
            self.at += self.file.get(self.at..)?.iter().position(|byte| *byte == 0xFF)?;
            match self.file.get(self.at + 1)? {
                0x00 | 0xD0..=0xD7 => self.at += 2,
                0xFF => self.at += 1,
                _ => return Some(()),
            }
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Segment<'a>, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let segment = self.segment().ok_or(Refused::Undecodable);
        self.ended = segment.as_ref().map_or(true, |segment| segment.marker == 0xD9);
        Some(segment)
    }
}

impl Coding {
    /// Reads it from a file, which must have its end.
    pub(super) fn of(file: &[u8]) -> Result<Self, Refused> {
        let mut tables: [Option<Table>; 4] = [None; 4];
        let mut components: Vec<[u8; 3]> = Vec::new();
        let (mut fitted, mut progressive, mut scans) = (false, false, 0);
        for segment in Segments::of(file) {
            let Segment { marker, body } = segment?;
            match marker {
                0xDB => read_tables(body, &mut tables).ok_or(Refused::Undecodable)?,
                0xC4 => fitted |= is_fitted(body),
                0xDA => scans += 1,
                0xC0..=0xC2 => {
                    progressive |= marker == 0xC2;
                    components = body.get(6..).unwrap_or_default().as_chunks().0.to_vec();
                }
                _ => {}
            }
        }
        bounded_scans(scans, progressive)?;
        let factors =
            |component: Option<&[u8; 3]>| component.map_or((1, 1), |[_, both, _]| (both >> 4, both & 15));
        let table = |component: Option<&[u8; 3]>| {
            component.and_then(|[_, _, table]| *tables.get(usize::from(*table))?).ok_or(Refused::Undecodable)
        };
        let (light, colour) = (components.first(), components.get(1).or(components.first()));
        let ((across, down), (colour_across, colour_down)) = (factors(light), factors(colour));
        Ok(Self {
            luma: table(light)?,
            chroma: table(colour)?,
            shared: (across / colour_across.max(1), down / colour_down.max(1)),
            codes: match (progressive, fitted) {
                (true, _) => Codes::Progressive,
                (false, true) => Codes::Fitted,
                (false, false) => Codes::Usual,
            },
        })
    }

    /// Turns rows into columns.
    pub(super) fn turn(&mut self) {
        self.shared = (self.shared.1, self.shared.0);
        for table in [&mut self.luma, &mut self.chroma] {
            let before = *table;
            for (place, value) in table.iter_mut().enumerate() {
                *value = before.get(place % 8 * 8 + place / 8).copied().unwrap_or(1);
            }
        }
    }
}

/// Refuses files of more scans than any encoder writes, before they are decoded.
fn bounded_scans(count: usize, progressive: bool) -> Result<(), Refused> {
    let [usual, most] = MOST_SCANS;
    if count <= if progressive { most } else { usual } { Ok(()) } else { Err(Refused::Undecodable) }
}

/// The same of a file in DICOM, in which a decoder may find scans behind bytes that belong to nothing: it has no more
/// than there are beginnings of scans among its bytes.
pub(crate) fn bounded_beginnings(file: &[u8]) -> Result<(), Refused> {
    let (mut scans, mut progressive) = (0, false);
    for marker in file.windows(2).filter_map(|pair| pair.strip_prefix(&[0xFF])) {
        scans += usize::from(marker == [0xDA]);
        progressive |= marker == [0xC2];
    }
    bounded_scans(scans, progressive)
}

/// Reads the tables of a segment: each a byte of precision and place, then its values in zigzag order.
fn read_tables(mut body: &[u8], tables: &mut [Option<Table>; 4]) -> Option<()> {
    while let Some((head, rest)) = body.split_first() {
        let wide = head >> 4 != 0;
        let (values, rest) = rest.split_at_checked(if wide { 128 } else { 64 })?;
        let mut table = [1; 64];
        for (step, place) in ZIGZAG.into_iter().enumerate() {
            let value = if wide {
                u16::from_be_bytes([*values.get(2 * step)?, *values.get(2 * step + 1)?])
            } else {
                u16::from(*values.get(step)?)
            };
            // What is written has eight bits a value.
            *table.get_mut(place)? = value.clamp(1, 255);
        }
        *tables.get_mut(usize::from(head & 15))? = Some(table);
        body = rest;
    }
    Some(())
}

/// Whether a file that is not progressive has scans of some of its components alone.
pub(super) fn is_apart(file: &[u8]) -> bool {
    let mut components = None;
    for segment in Segments::of(file) {
        let Ok(Segment { marker, body }) = segment else { return false };
        match marker {
            0xC0 | 0xC1 => components = body.get(5).copied(),
            0xC2 => return false,
            0xDA => return components.is_some() && body.first().copied() != components,
            _ => {}
        }
    }
    false
}

/// Whether codes, each table of which is a byte of class and place, how many there are of each length, and what they
/// stand for, are others than the usual ones (annex K.3), which stand for 12 and for 162 things.
fn is_fitted(mut body: &[u8]) -> bool {
    while let Some((_, rest)) = body.split_first() {
        let Some((lengths, rest)) = rest.split_at_checked(16) else { return true };
        let count: usize = lengths.iter().copied().map(usize::from).sum();
        if count != 12 && count != 162 {
            return true;
        }
        body = rest.get(count..).unwrap_or_default();
    }
    false
}

/// A JPEG file of the pixels, coded as the source was; as a fine one, if it was no JPEG.
pub(super) fn encode(pixels: &Pixels, coding: Option<&Coding>) -> Result<Vec<u8>, Refused> {
    match coding {
        Some(coding) if coding.codes == Codes::Progressive => progressive(pixels, coding),
        _ => baseline(pixels, coding).map_err(|_| Refused::VerificationFailed),
    }
}

fn baseline(pixels: &Pixels, coding: Option<&Coding>) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, FINE);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    let mut shared = (2, 2);
    if let Some(coding) = coding {
        let table = |table: &Table| QuantizationTableType::Custom(Box::new(*table));
        encoder.set_quantization_tables(table(&coding.luma), table(&coding.chroma));
        // What cannot be written with the source's sampling is written with a finer one.
        let (across, down) = coding.shared;
        let factor = SamplingFactor::from_factors(across, down);
        shared = factor.map_or((1, 1), |_| coding.shared);
        encoder.set_sampling_factor(factor.unwrap_or(SamplingFactor::R_4_4_4));
        encoder.set_optimized_huffman_tables(coding.codes == Codes::Fitted);
    }
    let side = |length: u32| u16::try_from(length).unwrap_or(u16::MAX);
    match pixels {
        Pixels::Grey(grey) => encode_grey(encoder, grey, side),
        Pixels::Colour(colour) => encode_colour(encoder, colour, shared, side),
    }?;
    Ok(file)
}

fn encode_grey(
    encoder: Encoder<&mut Vec<u8>>,
    grey: &GrayImage,
    side: fn(u32) -> u16,
) -> Result<(), EncodingError> {
    encoder.encode(grey.as_raw(), side(grey.width()), side(grey.height()), ColorType::Luma)
}

fn encode_colour(
    encoder: Encoder<&mut Vec<u8>>,
    colour: &RgbImage,
    (across, down): (u8, u8),
    side: fn(u32) -> u16,
) -> Result<(), EncodingError> {
    let (width, height) = (side(colour.width()), side(colour.height()));
    if matches!((across, down), (2, 1 | 2) | (1, 2)) {
        let pixels = chroma::shared(colour, across == 2, down == 2);
        return encoder.encode(&pixels, width, height, ColorType::Ycbcr);
    }
    encoder.encode(colour.as_raw(), width, height, ColorType::Rgb)
}

/// A file that becomes finer with each of its scans. Other sampling than these is written with none.
fn progressive(pixels: &Pixels, coding: &Coding) -> Result<Vec<u8>, Refused> {
    let (subsampling, shared) = match coding.shared {
        (2, 1) => (Subsampling::S422, (true, false)),
        (1, 2) => (Subsampling::S440, (false, true)),
        (2, 2) => (Subsampling::S420, (true, true)),
        _ => (Subsampling::S444, (false, false)),
    };
    let encoder = mozjpeg_rs::Encoder::progressive_balanced()
        // Of tables that are told, this quality changes nothing.
        .quality(50)
        .force_baseline(true)
        .custom_luma_qtable(coding.luma)
        .custom_chroma_qtable(coding.chroma)
        .subsampling(subsampling)
        // The source's numbers are found again only if none is rounded otherwise to save room.
        .trellis(TrellisConfig::disabled())
        .overshoot_deringing(false);
    let written = match pixels {
        Pixels::Grey(grey) => encoder.encode_gray(grey.as_raw(), grey.width(), grey.height()),
        Pixels::Colour(colour) => {
            let [light, blue, red] = chroma::planes(colour, shared.0, shared.1);
            encoder.encode_ycbcr_planar(&light, &blue, &red, colour.width(), colour.height())
        }
    };
    written.map_err(|_| Refused::VerificationFailed)
}
