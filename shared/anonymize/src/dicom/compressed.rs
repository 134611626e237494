//! Frames of encapsulated pixel data (PS3.5, annex A.4), and their decoding.

use std::{
    borrow::Cow,
    collections::HashSet,
    io::{Cursor, Read},
};

use dicom_encoding::{
    adapters::{PixelDataObject, RawPixelData},
    transfer_syntax::TransferSyntax,
};
use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

use super::{
    part10,
    pixels::{Frames, Photometric},
};
use crate::{Refused, photo::bounded_beginnings};

/// How a JPEG file and a JPEG 2000 codestream begin.
const BEGINNINGS: [&[u8]; 2] = [b"\xFF\xD8\xFF", CODESTREAM];
const CODESTREAM: &[u8] = b"\xFF\x4F\xFF\x51";
/// JPEG 2000's marker of coding style, and how far behind the beginning it is looked for.
const CODING_STYLE: &[u8] = b"\xFF\x52";
const HEADER: usize = 4096;

/// How a frame is compressed, if it is in a way that is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// JPEG: baseline, extended, lossless, lossless of first order.
    Jpeg,
    /// JPEG 2000, also of high throughput.
    Jpeg2000,
    /// Runs of bytes.
    Runs,
    /// Deflated.
    Deflated,
    /// Not at all, though encapsulated.
    None,
}

impl Compression {
    /// The compression of a transfer syntax (PS3.6, annex A).
    pub(super) fn of(syntax: &TransferSyntax) -> Option<Self> {
        match syntax.uid().strip_prefix("1.2.840.10008.1.2.")? {
            "4.50" | "4.51" | "4.57" | "4.70" => Some(Self::Jpeg),
            "4.90" | "4.91" | "4.92" | "4.93" | "4.201" | "4.202" | "4.203" => Some(Self::Jpeg2000),
            "5" => Some(Self::Runs),
            "8.1" => Some(Self::Deflated),
            "1.98" => Some(Self::None),
            _ => None,
        }
    }
}

/// The bytes of each frame, from the offset table and the fragments. None, if they cannot be told apart.
pub(super) fn frames<'d>(fragments: &[&'d [u8]], count: u32) -> Option<Vec<Cow<'d, [u8]>>> {
    let (table, fragments) = fragments.split_first()?;
    let count = usize::try_from(count).ok()?;
    if fragments.len() == count {
        return Some(fragments.iter().map(|fragment| Cow::Borrowed(*fragment)).collect());
    }
    let mut starts: Vec<usize> = if table.len() == count.checked_mul(4)? {
        let offsets: HashSet<usize> = table
            .as_chunks::<4>()
            .0
            .iter()
            .filter_map(|offset| usize::try_from(u32::from_le_bytes(*offset)).ok())
            .collect();
        let mut at = 0;
        let places = fragments.iter().map(|fragment| {
            let place = at;
            at += fragment.len() + 8;
            place
        });
        places.enumerate().filter(|(_, place)| offsets.contains(place)).map(|(index, _)| index).collect()
    } else if count == 1 {
        vec![0]
    } else {
        let begins = |fragment: &[u8]| BEGINNINGS.iter().any(|beginning| fragment.starts_with(beginning));
        (0..).zip(fragments).filter(|(_, fragment)| begins(fragment)).map(|(index, _)| index).collect()
    };
    if starts.len() != count || starts.first() != Some(&0) {
        return None;
    }
    starts.push(fragments.len());
    starts
        .windows(2)
        .map(|ends| Some(Cow::Owned(fragments.get(*ends.first()?..*ends.last()?)?.concat())))
        .collect()
}

/// Decodes a frame and appends it to the others. Returns what its numbers are then.
pub(super) fn decode(
    frames: &mut Frames,
    syntax: &TransferSyntax,
    compression: Compression,
    frame: Cow<'_, [u8]>,
) -> Result<Photometric, Refused> {
    let mut photometric = frames.photometric;
    match compression {
        Compression::Jpeg => jpeg(frames, &frame)?,
        Compression::Jpeg2000 => {
            let transformed = check_codestream(frames, &frame)?;
            let codec = syntax.pixel_data_reader().ok_or(Refused::UnsupportedTransferSyntax)?;
            let one = One {
                syntax: syntax.uid(),
                rows: frames.rows,
                columns: frames.columns,
                samples: if frames.samples() == 3 { 3 } else { 1 },
                allocated: frames.allocated(),
                stored: frames.stored(),
                frame,
            };
            codec.decode_frame(&one, 0, &mut frames.data).map_err(|_| Refused::Undecodable)?;
            if transformed {
                photometric = Photometric::Rgb;
            }
        }
        Compression::Runs => runs(frames, &frame).ok_or(Refused::Undecodable)?,
        Compression::Deflated => {
            let most = u64::try_from(frames.frame_size()).unwrap_or(u64::MAX).saturating_add(2);
            let mut reader =
                part10::inflating(Box::new(&*frame)).ok_or(Refused::UnsupportedTransferSyntax)?.take(most);
            let start = frames.data.len();
            reader.read_to_end(&mut frames.data).map_err(|_| Refused::Undecodable)?;
            frames.data.truncate(start + frames.frame_size());
        }
        Compression::None => {
            frames.data.extend_from_slice(frame.get(..frames.frame_size()).unwrap_or_default())
        }
    }
    Ok(photometric)
}

/// Decodes a JPEG file, whose colours stay as they are stored.
fn jpeg(frames: &mut Frames, frame: &[u8]) -> Result<(), Refused> {
    let sorted = |error| match error {
        jpeg_decoder::Error::Unsupported(_) => Refused::UnsupportedTransferSyntax,
        _ => Refused::Undecodable,
    };
    bounded_beginnings(frame)?;
    let mut decoder = Decoder::new(Cursor::new(frame));
    decoder.read_info().map_err(sorted)?;
    let info = decoder.info().ok_or(Refused::Undecodable)?;
    let format = match (frames.samples(), frames.width) {
        (1, 1) => PixelFormat::L8,
        (1, 2) => PixelFormat::L16,
        (3, 1) => PixelFormat::RGB24,
        _ => return Err(Refused::UnsupportedTransferSyntax),
    };
    if (info.width, info.height, info.pixel_format) != (frames.columns, frames.rows, format) {
        return Err(Refused::Undecodable);
    }
    if frames.samples() == 3 {
        decoder.set_color_transform(ColorTransform::RGB);
    }
    frames.data.extend(decoder.decode().map_err(sorted)?);
    Ok(())
}

/// Decodes runs of bytes (PS3.5, annex G): a row of segments, the highest bytes of all pixels' first sample, the next
/// lower, and so on.
fn runs(frames: &mut Frames, frame: &[u8]) -> Option<()> {
    let (width, count) = (frames.width, frames.samples() * frames.width);
    let place = |word: usize| {
        let bytes = frame.get(4 * word..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    if place(0)? != count {
        return None;
    }
    let start = frames.data.len();
    frames.data.resize(start + frames.frame_size(), 0);
    let made = frames.data.get_mut(start..)?;
    for segment in 0..count {
        let end = if segment + 1 == count { frame.len() } else { place(segment + 2)? };
        let mut rest = frame.get(place(segment + 1)?..end)?;
        let at = segment / width * width + (width - 1 - segment % width);
        let mut bytes = made.iter_mut().skip(at).step_by(count).peekable();
        while bytes.peek().is_some() {
            let (control, after) = rest.split_first()?;
            let (run, read): (&[u8], usize) = match *control {
                control @ 0..=127 => (after.get(..usize::from(control) + 1)?, usize::from(control) + 1),
                128 => (&[], 0),
                control => {
                    let byte = after.first()?;
                    bytes.by_ref().take(257 - usize::from(control)).for_each(|made| *made = *byte);
                    (&[], 1)
                }
            };
            bytes.by_ref().zip(run).for_each(|(made, byte)| *made = *byte);
            rest = after.get(read..)?;
        }
    }
    Some(())
}

/// Checks that a JPEG 2000 codestream is as large as it should be, before it is decoded (ITU-T T.800, annex A).
/// Returns whether its decoder makes red, green and blue of it.
fn check_codestream(frames: &Frames, frame: &[u8]) -> Result<bool, Refused> {
    let header = frame.get(..HEADER).unwrap_or(frame);
    let start = header.windows(4).position(|bytes| bytes == CODESTREAM).ok_or(Refused::Undecodable)?;
    let word = |at: usize| {
        let bytes = frame.get(start + at..).and_then(|bytes| bytes.first_chunk::<4>());
        bytes.map(|bytes| u32::from_be_bytes(*bytes)).ok_or(Refused::Undecodable)
    };
    let (width, height) = (word(8)?.checked_sub(word(16)?), word(12)?.checked_sub(word(20)?));
    let components = frame
        .get(start + 40..)
        .and_then(|bytes| bytes.first_chunk::<2>())
        .map(|bytes| u16::from_be_bytes(*bytes));
    if (width, height) != (Some(frames.columns.into()), Some(frames.rows.into()))
        || components.map(usize::from) != Some(frames.samples())
    {
        return Err(Refused::Undecodable);
    }
    let style = header.get(start..).and_then(|rest| {
        let at = rest.windows(2).position(|bytes| bytes == CODING_STYLE)?;
        rest.get(at + 8)
    });
    Ok(frames.samples() == 3 && style == Some(&1))
}

/// A frame, as the codecs want it.
struct One<'d> {
    syntax: &'static str,
    rows: u16,
    columns: u16,
    samples: u16,
    allocated: u16,
    stored: u16,
    frame: Cow<'d, [u8]>,
}

impl PixelDataObject for One<'_> {
    fn transfer_syntax_uid(&self) -> &str {
        self.syntax
    }

    fn rows(&self) -> Option<u16> {
        Some(self.rows)
    }

    fn cols(&self) -> Option<u16> {
        Some(self.columns)
    }

    fn samples_per_pixel(&self) -> Option<u16> {
        Some(self.samples)
    }

    fn bits_allocated(&self) -> Option<u16> {
        Some(self.allocated)
    }

    fn bits_stored(&self) -> Option<u16> {
        Some(self.stored)
    }

    fn photometric_interpretation(&self) -> Option<&str> {
        None
    }

    fn number_of_frames(&self) -> Option<u32> {
        Some(1)
    }

    fn number_of_fragments(&self) -> Option<u32> {
        Some(1)
    }

    fn fragment(&self, fragment: usize) -> Option<Cow<'_, [u8]>> {
        (fragment == 0).then(|| Cow::Borrowed(&*self.frame))
    }

    fn offset_table(&self) -> Option<Cow<'_, [u32]>> {
        Some(Cow::Borrowed(&[]))
    }

    fn raw_pixel_data(&self) -> Option<RawPixelData> {
        Some(RawPixelData { fragments: vec![self.frame.to_vec()].into(), offset_table: Vec::new().into() })
    }
}
