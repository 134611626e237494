//! The data set as a row of tokens (PS3.5, section 7), read without recursion: no length is believed, and nothing is
//! copied.

use dicom_core::{
    DataDictionary, Tag, VR,
    dictionary::{DataDictionaryEntry, VirtualVr},
    header::{DataElementHeader, SequenceItemHeader},
};
use dicom_dictionary_std::StandardDataDictionary;
use dicom_encoding::{
    decode::{
        Decode, explicit_be::ExplicitVRBigEndianDecoder, explicit_le::ExplicitVRLittleEndianDecoder,
        implicit_le::ImplicitVRLittleEndianDecoder,
    },
    transfer_syntax::{Endianness, TransferSyntax},
};

use super::PIXEL_DATA;
use crate::Refused;

/// How deep sequences may be nested. Enhanced images need 6 levels.
const DEEPEST: usize = 32;
/// Implicit VR Little Endian.
const IMPLICIT: &str = "1.2.840.10008.1.2";

/// How elements are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Implicit VR Little Endian.
    Implicit,
    /// Explicit VR Little Endian.
    Little,
    /// Explicit VR Big Endian.
    Big,
}

impl Coding {
    /// The coding of a transfer syntax.
    pub(super) fn of(syntax: &TransferSyntax) -> Self {
        match (syntax.uid(), syntax.endianness()) {
            (IMPLICIT, _) => Self::Implicit,
            (_, Endianness::Big) => Self::Big,
            (_, Endianness::Little) => Self::Little,
        }
    }

    fn header(self, mut source: &[u8]) -> Result<(DataElementHeader, usize), Refused> {
        match self {
            Self::Implicit => ImplicitVRLittleEndianDecoder::with_std_dict().decode_header(&mut source),
            Self::Little => ExplicitVRLittleEndianDecoder::default().decode_header(&mut source),
            Self::Big => ExplicitVRBigEndianDecoder::default().decode_header(&mut source),
        }
        .map_err(|_| Refused::Undecodable)
    }

    fn item_header(self, mut source: &[u8]) -> Result<SequenceItemHeader, Refused> {
        match self {
            Self::Implicit | Self::Little => {
                ExplicitVRLittleEndianDecoder::default().decode_item_header(&mut source)
            }
            Self::Big => ExplicitVRBigEndianDecoder::default().decode_item_header(&mut source),
        }
        .map_err(|_| Refused::Undecodable)
    }
}

/// A step through a data set.
#[derive(Debug)]
pub(super) enum Token<'d> {
    /// An element with its value as it stands there.
    Value(Element<'d>),
    /// Encapsulated pixel data: the offset table, then the fragments.
    Fragments(Tag, Vec<&'d [u8]>),
    /// A sequence begins.
    Sequence(Tag),
    /// An item begins.
    Item,
    /// An item ends.
    ItemEnd,
    /// A sequence ends.
    SequenceEnd,
}

/// An element that is no sequence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'d> {
    /// Its tag.
    pub(super) tag: Tag,
    /// Its value representation, as the file has it.
    pub(super) vr: VR,
    /// Its bytes.
    pub(super) value: &'d [u8],
    /// Whether numbers have their high bytes first.
    pub(super) big: bool,
}

#[derive(Debug)]
struct Level {
    is_item: bool,
    /// Where it ends, if it says so.
    end: Option<usize>,
    /// Where the innermost level ends that says so.
    within: usize,
    coding: Coding,
}

/// Reads a data set token by token, until its pixel data: nothing behind it is a part of an image.
#[derive(Debug)]
pub(super) struct Tokens<'d> {
    data: &'d [u8],
    at: usize,
    coding: Coding,
    open: Vec<Level>,
    done: bool,
}

impl<'d> Tokens<'d> {
    /// Reads a data set of that coding.
    pub(super) const fn of(data: &'d [u8], coding: Coding) -> Self {
        Self { data, at: 0, coding, open: Vec::new(), done: false }
    }

    /// The next token; none at the end.
    pub(super) fn advance(&mut self) -> Result<Option<Token<'d>>, Refused> {
        let (is_item, end) = self.open.last().map_or((true, None), |level| (level.is_item, level.end));
        if end == Some(self.at) {
            return Ok(self.close());
        }
        let top = self.open.is_empty();
        if self.done || (top && self.at == self.data.len()) {
            return if top { Ok(None) } else { Err(Refused::Undecodable) };
        }
        if is_item { self.element() } else { self.item() }.map(Some)
    }

    fn close(&mut self) -> Option<Token<'d>> {
        let level = self.open.pop()?;
        Some(if level.is_item { Token::ItemEnd } else { Token::SequenceEnd })
    }

    fn within(&self) -> usize {
        self.open.last().map_or(self.data.len(), |level| level.within)
    }

    fn coding(&self) -> Coding {
        self.open.last().map_or(self.coding, |level| level.coding)
    }

    fn rest(&self) -> &'d [u8] {
        self.data.get(self.at..self.within()).unwrap_or_default()
    }

    fn push(&mut self, is_item: bool, length: Option<u32>, coding: Coding) -> Result<(), Refused> {
        if self.open.len() >= 2 * DEEPEST {
            return Err(Refused::Undecodable);
        }
        let end = length.map(|length| self.past(length)).transpose()?;
        let within = end.unwrap_or_else(|| self.within());
        self.open.push(Level { is_item, end, within, coding });
        Ok(())
    }

    /// The place so many bytes from here, if they are there.
    fn past(&self, length: u32) -> Result<usize, Refused> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        end.filter(|end| *end <= self.within()).ok_or(Refused::Undecodable)
    }

    fn take(&mut self, length: u32) -> Result<&'d [u8], Refused> {
        let end = self.past(length)?;
        let value = self.data.get(self.at..end).ok_or(Refused::Undecodable)?;
        self.at = end;
        Ok(value)
    }

    fn item(&mut self) -> Result<Token<'d>, Refused> {
        let coding = self.coding();
        let header = coding.item_header(self.rest())?;
        self.at += 8;
        match header {
            SequenceItemHeader::Item { len } => {
                self.push(true, len.get(), coding)?;
                Ok(Token::Item)
            }
            SequenceItemHeader::SequenceDelimiter => self.delimited(false),
            SequenceItemHeader::ItemDelimiter => Err(Refused::Undecodable),
        }
    }

    /// Closes what said nothing of its end.
    fn delimited(&mut self, is_item: bool) -> Result<Token<'d>, Refused> {
        let open = self.open.last().is_some_and(|level| level.is_item == is_item && level.end.is_none());
        open.then(|| self.close()).flatten().ok_or(Refused::Undecodable)
    }

    fn element(&mut self) -> Result<Token<'d>, Refused> {
        let coding = self.coding();
        let (DataElementHeader { tag, vr, len }, length) = coding.header(self.rest())?;
        self.at += length;
        match (tag, len.get()) {
            (Tag(0xFFFE, 0xE00D), _) => self.delimited(true),
            (Tag(0xFFFE, _), _) => Err(Refused::Undecodable),
            (PIXEL_DATA, None) => {
                let fragments = self.fragments()?;
                self.done |= self.open.is_empty();
                Ok(Token::Fragments(tag, fragments))
            }
            (_, length) if length.is_none() || vr == VR::SQ || (vr == VR::UN && is_sequence(tag)) => {
                // What is unknown to the writer is implicit (PS3.5, section 6.2.2, note 4).
                let coding = if vr == VR::UN { Coding::Implicit } else { coding };
                self.push(false, length, coding)?;
                Ok(Token::Sequence(tag))
            }
            (_, Some(length)) => {
                let value = self.take(length)?;
                self.done |= tag == PIXEL_DATA && self.open.is_empty();
                Ok(Token::Value(Element { tag, vr, value, big: coding == Coding::Big }))
            }
            (_, None) => Err(Refused::Undecodable),
        }
    }

    /// The items of encapsulated pixel data (PS3.5, section A.4).
    fn fragments(&mut self) -> Result<Vec<&'d [u8]>, Refused> {
        let mut fragments = Vec::new();
        loop {
            let header = self.coding().item_header(self.rest())?;
            self.at += 8;
            match header {
                SequenceItemHeader::Item { len } => {
                    fragments.push(self.take(len.get().ok_or(Refused::Undecodable)?)?);
                }
                SequenceItemHeader::SequenceDelimiter => return Ok(fragments),
                SequenceItemHeader::ItemDelimiter => return Err(Refused::Undecodable),
            }
        }
    }
}

/// Whether the dictionary has it as a sequence.
fn is_sequence(tag: Tag) -> bool {
    StandardDataDictionary.by_tag(tag).is_some_and(|entry| entry.vr() == VirtualVr::Exact(VR::SQ))
}
