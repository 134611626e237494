//! What a new data set may have, and in what form. An attribute that has no rule is left behind, whatever it is.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use dicom_core::{
    DataDictionary, Tag, VR,
    dictionary::{DataDictionaryEntry, UidDictionary, VirtualVr},
};
use dicom_dictionary_std::{StandardDataDictionary, StandardSopClassDictionary};

use super::{METHOD, data_set::padded, key::Key, read::Element, text};

/// A day, an hour and a moment that say nothing, for attributes that may not be empty.
const DAY: &str = "19000101";
const HOUR: &str = "000000";
const MOMENT: &str = "19000101000000";
/// A word that says nothing, for the same.
const REMOVED: &str = "REMOVED";
/// What numbers measure when it is not said (PS3.3, section C.11.1.1.2).
const UNSPECIFIED: &str = "US";
/// The age of everybody who is older (45 CFR 164.514(b)(2)(i)(C)).
const OLDEST: &str = "090Y";

/// What becomes of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Numbers, kept if they are numbers.
    Number,
    /// Defined terms, kept if the standard has them.
    Term,
    /// A sequence, whose items follow the same rules.
    Items,
    /// A sequence of coded concepts, kept if the standard has them, with the standard's meaning.
    Code,
    /// A part of a coded concept.
    CodePart,
    /// An identifier, replaced.
    Uid,
    /// A class of the standard.
    Class,
    /// Emptied: the standard wants it to be there.
    Empty,
    /// A sequence without its items: the standard wants it to be there.
    None,
    /// Replaced by a constant: the standard wants it to be there and filled.
    Constant(&'static str),
    /// The sex.
    Sex,
    /// The age, up to 90 years.
    Age,
    /// Directions of the body.
    Orientation,
    /// What the numbers measure.
    Scale,
    /// A table of shades.
    Lut,
    /// Written anew, of the pixels as they are written.
    Written,
}

impl Rule {
    /// Its stable name, for the report.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Term => "term",
            Self::Items => "items",
            Self::Code => "code",
            Self::CodePart => "code_part",
            Self::Uid => "uid",
            Self::Class => "class",
            Self::Empty => "empty",
            Self::None => "no_items",
            Self::Constant(_) => "constant",
            Self::Sex => "sex",
            Self::Age => "age",
            Self::Orientation => "orientation",
            Self::Scale => "scale",
            Self::Lut => "lut",
            Self::Written => "written",
        }
    }
}

/// An attribute that a new data set may have.
#[derive(Debug)]
pub(super) struct Attribute {
    /// What becomes of it.
    pub(super) rule: Rule,
    vr: VirtualVr,
}

static ATTRIBUTES: LazyLock<HashMap<Tag, Attribute>> =
    LazyLock::new(|| include_str!("../../data/dicom_attributes.txt").lines().filter_map(attribute).collect());
static TERMS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../data/dicom_terms.txt").lines().collect());
static CODES: LazyLock<HashMap<(&'static str, &'static str), &'static str>> = LazyLock::new(|| {
    let concepts = include_str!("../../data/dicom_codes.txt").lines().filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?, fields.next()?, fields.next()?, fields.next()?))
    });
    concepts
        .flat_map(|(scheme, code, former, meaning)| [((scheme, code), meaning), (("SRT", former), meaning)])
        .collect()
});

/// The words of terms, of coded concepts, of constants and of what is written about the removal.
static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let said = TERMS.iter().chain(CODES.values()).chain(&METHOD).chain(&[DAY, HOUR, MOMENT, REMOVED]);
    let words = said.flat_map(|phrase| phrase.split(|letter: char| !letter.is_alphanumeric()));
    words.map(str::to_uppercase).collect()
});

/// The rule of an attribute. None: it is left behind.
pub(super) fn of(tag: Tag) -> Option<&'static Attribute> {
    ATTRIBUTES.get(&tag)
}

/// Whether the standard has it as a defined term.
pub(super) fn is_term(word: &str) -> bool {
    TERMS.contains(word)
}

/// Whether it is a word that a new data set says whoever it is about, in capital letters.
pub(super) fn is_word(word: &str) -> bool {
    WORDS.contains(word)
}

/// The meaning of a coded concept, as the standard has it. SNOMED's former codes go by three names.
pub(super) fn meaning(scheme: &str, code: &str) -> Option<&'static str> {
    let scheme = if matches!(scheme, "SNM3" | "99SDM") { "SRT" } else { scheme };
    CODES.get(&(scheme, code)).copied()
}

fn attribute(line: &str) -> Option<(Tag, Attribute)> {
    let mut fields = line.split(' ');
    let number = u32::from_str_radix(fields.next()?, 16).ok()?;
    let tag = Tag(u16::try_from(number >> 16).ok()?, u16::try_from(number & 0xFFFF).ok()?);
    let rule = match fields.next()? {
        "number" => Rule::Number,
        "term" => Rule::Term,
        "items" => Rule::Items,
        "code" => Rule::Code,
        "code_part" => Rule::CodePart,
        "uid" => Rule::Uid,
        "class" => Rule::Class,
        "empty" => Rule::Empty,
        "none" => Rule::None,
        "day" => Rule::Constant(DAY),
        "hour" => Rule::Constant(HOUR),
        "moment" => Rule::Constant(MOMENT),
        "replace" => Rule::Constant(REMOVED),
        "sex" => Rule::Sex,
        "age" => Rule::Age,
        "orientation" => Rule::Orientation,
        "scale" => Rule::Scale,
        "lut" => Rule::Lut,
        "written" => Rule::Written,
        _ => return None,
    };
    Some((tag, Attribute { rule, vr: StandardDataDictionary.by_tag(tag)?.vr() }))
}

impl Attribute {
    /// The attribute's new value, if it may have one: its representation and its bytes.
    pub(super) fn applied(&self, element: &Element<'_>, key: &Key, signed: bool) -> Option<(VR, Vec<u8>)> {
        let vr = self.representation(element.vr, signed);
        let value = match self.rule {
            Rule::Number if matches!(vr, VR::DS | VR::IS) => decimals(element.value, vr)?,
            Rule::Number | Rule::Lut => return Some((vr, numbers(element, vr)?)),
            Rule::Term => terms(element)?,
            Rule::CodePart => text(element.value)?.to_owned(),
            Rule::Uid => uids(element.value, key)?,
            Rule::Class => {
                let class = StandardSopClassDictionary.by_uid(text(element.value)?)?;
                dicom_core::dictionary::UidDictionaryEntry::uid(class).to_owned()
            }
            Rule::Empty => String::new(),
            Rule::Constant(constant) => constant.to_owned(),
            Rule::Sex => text(element.value)
                .filter(|sex| matches!(*sex, "M" | "F" | "O"))
                .unwrap_or_default()
                .to_owned(),
            Rule::Age => age(text(element.value)?)?,
            Rule::Orientation => orientation(element.value)?,
            Rule::Scale => terms(element).unwrap_or_else(|| UNSPECIFIED.to_owned()),
            Rule::Items | Rule::Code | Rule::None | Rule::Written => return None,
        };
        Some((vr, padded(vr, &value)))
    }

    /// The representation that the dictionary has, chosen by the file where the dictionary leaves a choice.
    fn representation(&self, found: VR, signed: bool) -> VR {
        match self.vr {
            VirtualVr::Exact(vr) => vr,
            VirtualVr::Xs if matches!(found, VR::US | VR::SS) => found,
            VirtualVr::Xs if signed => VR::SS,
            VirtualVr::Xs => VR::US,
            VirtualVr::Lt if matches!(found, VR::US | VR::SS) => found,
            _ => VR::OW,
        }
    }
}

/// Numbers as bytes, the low ones first.
fn numbers(element: &Element<'_>, vr: VR) -> Option<Vec<u8>> {
    let width = match vr {
        VR::US | VR::SS | VR::OW | VR::AT => 2,
        VR::UL | VR::SL | VR::FL | VR::OF | VR::OL => 4,
        VR::UV | VR::SV | VR::FD | VR::OD | VR::OV => 8,
        _ => return None,
    };
    let whole = if vr == VR::AT { 4 } else { width };
    if !element.value.len().is_multiple_of(whole) {
        return None;
    }
    let mut bytes = element.value.to_vec();
    if element.big {
        bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    }
    Some(bytes)
}

/// Numbers as text (PS3.5, section 6.2): nothing else is between the backslashes.
fn decimals(value: &[u8], vr: VR) -> Option<String> {
    let longest = if vr == VR::DS { 16 } else { 12 };
    let parts = text(value)?.split('\\').map(|part| {
        let part = part.trim();
        let right = match vr {
            VR::DS => part.parse::<f64>().is_ok_and(f64::is_finite),
            _ => part.parse::<i64>().is_ok(),
        };
        (part.is_empty() || (right && part.len() <= longest)).then_some(part)
    });
    Some(parts.collect::<Option<Vec<_>>>()?.join("\\"))
}

/// Defined terms. In the type of an image each has its place, so that others are replaced; elsewhere they go.
fn terms(element: &Element<'_>) -> Option<String> {
    let placed = matches!(element.tag, Tag(0x0008, 0x0008 | 0x9007));
    let found = text(element.value)?.split('\\').map(str::trim);
    let terms: Vec<&str> = found
        .filter_map(
            |term| {
                if term.is_empty() || is_term(term) { Some(term) } else { placed.then_some("OTHER") }
            },
        )
        .collect();
    (!terms.is_empty()).then(|| terms.join("\\"))
}

fn uids(value: &[u8], key: &Key) -> Option<String> {
    let replaced = text(value)?.split('\\').map(|uid| match uid.trim() {
        "" => String::new(),
        uid => key.replaced(uid),
    });
    Some(replaced.collect::<Vec<_>>().join("\\"))
}

fn age(value: &str) -> Option<String> {
    let (count, unit) = value.split_at_checked(3)?;
    let count: u32 = count.parse().ok()?;
    match unit {
        "Y" if count >= 90 => Some(OLDEST.to_owned()),
        "Y" | "M" | "W" | "D" => Some(format!("{count:03}{unit}")),
        _ => None,
    }
}

fn orientation(value: &[u8]) -> Option<String> {
    let value = text(value)?;
    let plain =
        value.split('\\').all(|part| part.len() <= 3 && part.chars().all(|letter| "ALPRHF".contains(letter)));
    plain.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(tag: Tag, vr: VR, value: &[u8]) -> Option<Vec<u8>> {
        let element = Element { tag, vr, value, big: false };
        of(tag)?.applied(&element, &Key::new([7; 32]), false).map(|(_, bytes)| bytes)
    }

    #[test]
    fn every_line_of_the_lists_is_understood() {
        assert_eq!(ATTRIBUTES.len(), include_str!("../../data/dicom_attributes.txt").lines().count());
        assert_eq!(meaning("SCT", "69536005"), Some("Head"));
        assert_eq!(meaning("SNM3", "T-D1100"), Some("Head"));
        assert_eq!(meaning("SCT", "12345678"), None);
        assert!(is_term("CHEST") && !is_term("SMITH"));
    }

    #[test]
    fn an_attribute_without_a_rule_is_left_behind() {
        for tag in [Tag(0x0008, 0x0080), Tag(0x0010, 0x1000), Tag(0x0009, 0x1001), Tag(0x6000, 0x3000)] {
            assert!(of(tag).is_none(), "{tag}");
        }
    }

    #[test]
    fn numbers_are_kept_and_nothing_else_in_their_place() {
        let spacing = Tag(0x0028, 0x0030);
        assert_eq!(applied(spacing, VR::DS, b"0.35\\0.35 "), Some(b"0.35\\0.35 ".to_vec()));
        assert_eq!(applied(spacing, VR::DS, b"0.35\\DOE"), None);
        assert_eq!(applied(spacing, VR::LO, b"nan "), None);
        assert_eq!(applied(Tag(0x0018, 0x9087), VR::FD, &[0; 12]), None);
    }

    #[test]
    fn terms_are_the_standards() {
        assert_eq!(applied(Tag(0x0018, 0x0015), VR::CS, b"CHEST "), Some(b"CHEST ".to_vec()));
        assert_eq!(applied(Tag(0x0018, 0x0015), VR::CS, b"JANE DOE"), None);
        assert_eq!(
            applied(Tag(0x0008, 0x0008), VR::CS, b"ORIGINAL\\PRIMARY\\JANEDOE "),
            Some(b"ORIGINAL\\PRIMARY\\OTHER".to_vec())
        );
    }

    #[test]
    fn nobody_is_older_than_ninety() {
        let of = |age: &[u8]| applied(Tag(0x0010, 0x1010), VR::AS, age);
        assert_eq!(of(b"097Y"), Some(b"090Y".to_vec()));
        assert_eq!(of(b"004M"), Some(b"004M".to_vec()));
        assert_eq!(of(b"DOEY"), None);
    }
}
