//! The file format (PS3.10, section 7): what stands before the data set, and how the data set is coded.

use std::{borrow::Cow, io::Read};

use dicom_core::Tag;
use dicom_encoding::{
    Codec, TransferSyntaxIndex,
    decode::{Decode, explicit_le::ExplicitVRLittleEndianDecoder},
    transfer_syntax::TransferSyntax,
};
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;

use super::{compressed::Compression, text};
use crate::Refused;

/// The most bytes that a deflated data set may have.
const MOST_INFLATED: u64 = 256 * 1024 * 1024;
/// Where the four letters stand that every file has.
const LETTERS: usize = 128;
/// How a file without its preamble begins: the length of the meta information, as the standard has it first.
const WITHOUT_PREAMBLE: &[u8] = b"\x02\0\0\0UL\x04\0";
/// Deflated Explicit VR Little Endian.
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
/// The transfer syntax.
const TRANSFER_SYNTAX: Tag = Tag(0x0002, 0x0010);

/// Whether some bytes are a DICOM file.
pub(crate) fn is_dicom(file: &[u8]) -> bool {
    file.get(LETTERS..LETTERS + 4) == Some(b"DICM") || file.starts_with(WITHOUT_PREAMBLE)
}

/// What inflates what was deflated.
pub(super) fn inflating<'r>(reader: Box<dyn Read + 'r>) -> Option<Box<dyn Read + 'r>> {
    match TransferSyntaxRegistry.get(DEFLATED)?.codec() {
        Codec::Dataset(Some(deflated)) => Some(deflated.adapt_reader(reader)),
        _ => None,
    }
}

/// A file taken apart. Of the preamble and the meta information nothing is kept but the transfer syntax.
pub(super) struct Part10<'f> {
    /// How the data set and the pixels are coded.
    pub(super) syntax: &'static TransferSyntax,
    /// The data set, inflated.
    pub(super) data_set: Cow<'f, [u8]>,
}

impl<'f> Part10<'f> {
    /// Takes a file apart.
    pub(super) fn of(file: &'f [u8]) -> Result<Self, Refused> {
        let whole = file.get(LETTERS..).and_then(|rest| rest.strip_prefix(b"DICM"));
        let mut rest = whole.unwrap_or(file);
        let mut named = None;
        while rest.starts_with(b"\x02\0") {
            let (header, length) = ExplicitVRLittleEndianDecoder::default()
                .decode_header(&mut &*rest)
                .map_err(|_| Refused::Undecodable)?;
            let end = header.len.get().and_then(|value| length.checked_add(usize::try_from(value).ok()?));
            let (element, after) =
                end.and_then(|end| rest.split_at_checked(end)).ok_or(Refused::Undecodable)?;
            if header.tag == TRANSFER_SYNTAX {
                named = element.get(length..).and_then(text);
            }
            rest = after;
        }
        let syntax = TransferSyntaxRegistry
            .get(named.ok_or(Refused::Undecodable)?)
            .ok_or(Refused::UnsupportedTransferSyntax)?;
        let data_set = match syntax.codec() {
            Codec::None => Cow::Borrowed(rest),
            Codec::EncapsulatedPixelData(..) if Compression::of(syntax).is_some() => Cow::Borrowed(rest),
            Codec::Dataset(Some(_)) => {
                let mut inflated = Vec::new();
                let reader = inflating(Box::new(rest)).ok_or(Refused::UnsupportedTransferSyntax)?;
                let mut reader = reader.take(MOST_INFLATED + 1);
                reader.read_to_end(&mut inflated).map_err(|_| Refused::Undecodable)?;
                if u64::try_from(inflated.len()).is_ok_and(|length| length > MOST_INFLATED) {
                    return Err(Refused::TooLarge);
                }
                Cow::Owned(inflated)
            }
            Codec::EncapsulatedPixelData(..) | Codec::Dataset(None) => {
                return Err(Refused::UnsupportedTransferSyntax);
            }
        };
        Ok(Self { syntax, data_set })
    }
}
