//! A new data set, and its bytes in Explicit VR Little Endian.

use std::collections::BTreeMap;

use dicom_core::{Tag, VR};

/// Elements by their tags.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DataSet(pub(super) BTreeMap<Tag, Value>);

/// What an element holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Bytes, numbers with their low bytes first.
    Bytes(VR, Vec<u8>),
    /// The items of a sequence.
    Items(Vec<DataSet>),
}

impl DataSet {
    /// Puts text there, padded as its representation wants it.
    pub(super) fn text(&mut self, tag: Tag, vr: VR, value: &str) {
        self.0.insert(tag, Value::Bytes(vr, padded(vr, value)));
    }

    /// Puts a number of 16 bits there.
    pub(super) fn number(&mut self, tag: Tag, value: u16) {
        self.0.insert(tag, Value::Bytes(VR::US, value.to_le_bytes().to_vec()));
    }

    /// The bytes of an element.
    pub(super) fn bytes(&self, tag: Tag) -> Option<&[u8]> {
        match self.0.get(&tag) {
            Some(Value::Bytes(_, bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The items of a sequence.
    pub(super) fn items(&self, tag: Tag) -> &[Self] {
        match self.0.get(&tag) {
            Some(Value::Items(items)) => items,
            _ => &[],
        }
    }

    /// The first number of an element of text, the way DS and IS have them.
    pub(super) fn decimal(&self, tag: Tag) -> Option<f64> {
        let text = std::str::from_utf8(self.bytes(tag)?).ok()?;
        text.split('\\').next()?.trim_matches([' ', '\0']).parse().ok()
    }

    /// Writes it. What is longer than its length field can say is left out.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (tag, value) in &self.0 {
            match value {
                Value::Bytes(vr, bytes) => {
                    let Ok(length) = u32::try_from(bytes.len()) else { continue };
                    if header(*tag, *vr, length, out).is_some() {
                        out.extend_from_slice(bytes);
                    }
                }
                Value::Items(items) => {
                    let start = out.len();
                    let mut body = Vec::new();
                    for item in items {
                        let mut inner = Vec::new();
                        item.write(&mut inner);
                        let Ok(length) = u32::try_from(inner.len()) else { continue };
                        marker(Tag(0xFFFE, 0xE000), length, &mut body);
                        body.append(&mut inner);
                    }
                    match u32::try_from(body.len()).ok().and_then(|length| header(*tag, VR::SQ, length, out))
                    {
                        Some(()) => out.append(&mut body),
                        None => out.truncate(start),
                    }
                }
            }
        }
    }
}

/// The bytes of text, of an even number (PS3.5, section 6.2).
pub(super) fn padded(vr: VR, value: &str) -> Vec<u8> {
    let mut bytes = value.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(if vr == VR::UI { 0 } else { b' ' });
    }
    bytes
}

fn marker(tag: Tag, length: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&tag.0.to_le_bytes());
    out.extend_from_slice(&tag.1.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
}

/// Writes the head of an element (PS3.5, section 7.1.2), if its length can be said.
pub(super) fn header(tag: Tag, vr: VR, length: u32, out: &mut Vec<u8>) -> Option<()> {
    let long = matches!(
        vr,
        VR::OB
            | VR::OD
            | VR::OF
            | VR::OL
            | VR::OV
            | VR::OW
            | VR::SQ
            | VR::SV
            | VR::UC
            | VR::UN
            | VR::UR
            | VR::UT
            | VR::UV
    );
    let short = if long { None } else { Some(u16::try_from(length).ok()?) };
    out.extend_from_slice(&tag.0.to_le_bytes());
    out.extend_from_slice(&tag.1.to_le_bytes());
    out.extend_from_slice(&vr.to_bytes());
    match short {
        Some(length) => out.extend_from_slice(&length.to_le_bytes()),
        None => {
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&length.to_le_bytes());
        }
    }
    Some(())
}
