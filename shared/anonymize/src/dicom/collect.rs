//! From a file's data set to a new one: what has a rule goes over by its rule, all else is left behind and remembered
//! for the check.

use std::collections::BTreeMap;

use dicom_core::{Tag, VR};
use serde::Serialize;

use super::{
    PIXEL_DATA,
    data_set::{DataSet, Value},
    identifier::Identifiers,
    key::Key,
    read::{Element, Token, Tokens},
    readable,
    rule::{self, Rule},
    text,
};
use crate::Refused;

const PIXEL_REPRESENTATION: Tag = Tag(0x0028, 0x0103);
const CODE_VALUE: Tag = Tag(0x0008, 0x0100);
const CODING_SCHEME: Tag = Tag(0x0008, 0x0102);
const CODE_MEANING: Tag = Tag(0x0008, 0x0104);
/// Tables of shades, each with the attribute that says how long it is.
const TABLES: [(Tag, Tag); 4] = [
    (Tag(0x0028, 0x3002), Tag(0x0028, 0x3006)),
    (Tag(0x0028, 0x1101), Tag(0x0028, 0x1201)),
    (Tag(0x0028, 0x1102), Tag(0x0028, 0x1202)),
    (Tag(0x0028, 0x1103), Tag(0x0028, 0x1203)),
];
/// Attributes whose words say which part of the body is seen: part, study, series, protocol, meaning of a code.
const DESCRIBING: [Tag; 5] =
    [Tag(0x0018, 0x0015), Tag(0x0008, 0x1030), Tag(0x0008, 0x103E), Tag(0x0018, 0x1030), CODE_MEANING];
/// What is applied to an attribute that has no rule.
const LEFT_BEHIND: &str = "left_behind";
/// The most bytes of such words.
const MOST_WORDS: usize = 1 << 16;

/// How many attributes went over, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Attributes {
    /// As they were.
    pub kept: u32,
    /// With another value, or none.
    pub replaced: u32,
    /// Left behind.
    pub removed: u32,
    /// How often each rule was applied, by its name; `left_behind` where there was none.
    pub rules: BTreeMap<&'static str, u32>,
}

impl Attributes {
    fn apply(&mut self, rule: Option<Rule>) {
        *self.rules.entry(rule.map_or(LEFT_BEHIND, Rule::name)).or_default() += 1;
    }
}

/// The pixels as the file has them.
#[derive(Debug)]
pub(super) enum Stored<'d> {
    /// As they are in memory; numbers have their high bytes first or last.
    Native(Element<'d>),
    /// Compressed: the offset table, then the fragments.
    Encapsulated(Vec<&'d [u8]>),
}

/// What was taken from a data set.
#[derive(Debug)]
pub(super) struct Collected<'d> {
    /// The new one, without its pixels.
    pub(super) data_set: DataSet,
    /// What the file says of its pixels: the bytes of numbers and words, numbers with their low bytes first.
    pub(super) facts: BTreeMap<Tag, Vec<u8>>,
    /// Its pixels.
    pub(super) stored: Option<Stored<'d>>,
    /// Words that say which part of the body is seen.
    pub(super) described: String,
    /// What was left behind and may say who somebody is.
    pub(super) identifiers: Identifiers,
    /// What happened to the attributes.
    pub(super) attributes: Attributes,
}

/// What is being read.
#[derive(Debug)]
enum Open {
    Sequence {
        tag: Tag,
        rule: Rule,
        items: Vec<DataSet>,
    },
    Item {
        data_set: DataSet,
        coded: bool,
    },
    /// Something that is left behind.
    Skipped,
}

/// Reads a data set to its end.
pub(super) fn collect<'d>(mut tokens: Tokens<'d>, key: &Key) -> Result<Collected<'d>, Refused> {
    let mut collected = Collected {
        data_set: DataSet::default(),
        facts: BTreeMap::new(),
        stored: None,
        described: String::new(),
        identifiers: Identifiers::default(),
        attributes: Attributes::default(),
    };
    let mut open: Vec<Open> = Vec::new();
    while let Some(token) = tokens.advance()? {
        match token {
            Token::Value(element) if element.tag == PIXEL_DATA && open.is_empty() => {
                collected.stored = Some(Stored::Native(element));
            }
            Token::Fragments(PIXEL_DATA, fragments) if open.is_empty() => {
                collected.stored = Some(Stored::Encapsulated(fragments));
            }
            Token::Value(element) => collected.value(&element, open.last_mut(), key),
            Token::Fragments(..) => {
                collected.attributes.apply(None);
                collected.attributes.removed += 1;
            }
            Token::Sequence(tag) => open.push(collected.sequence(tag, open.last())),
            Token::Item => open.push(match open.last() {
                Some(Open::Sequence { rule: rule @ (Rule::Items | Rule::Code), .. }) => {
                    Open::Item { data_set: DataSet::default(), coded: *rule == Rule::Code }
                }
                _ => Open::Skipped,
            }),
            Token::ItemEnd => collected.item_end(&mut open),
            Token::SequenceEnd => {
                let Some(Open::Sequence { tag, items, .. }) = open.pop() else { continue };
                let parent = match open.last_mut() {
                    Some(Open::Item { data_set, .. }) => data_set,
                    _ => &mut collected.data_set,
                };
                parent.0.entry(tag).or_insert(Value::Items(items));
            }
        }
    }
    cut_tables(&mut collected.data_set);
    Ok(collected)
}

impl Collected<'_> {
    fn sequence(&mut self, tag: Tag, parent: Option<&Open>) -> Open {
        let rule = match parent {
            None | Some(Open::Item { .. }) => rule::of(tag).map(|attribute| attribute.rule),
            _ => None,
        };
        self.attributes.apply(rule);
        match rule {
            Some(rule @ (Rule::Items | Rule::Code)) => {
                self.attributes.kept += 1;
                Open::Sequence { tag, rule, items: Vec::new() }
            }
            Some(rule @ Rule::None) => {
                self.attributes.replaced += 1;
                Open::Sequence { tag, rule, items: Vec::new() }
            }
            _ => {
                self.attributes.removed += 1;
                Open::Skipped
            }
        }
    }

    fn item_end(&mut self, open: &mut Vec<Open>) {
        let Some(Open::Item { data_set: mut item, coded }) = open.pop() else { return };
        let Some(Open::Sequence { items, .. }) = open.last_mut() else { return };
        cut_tables(&mut item);
        if !coded || explained(&mut item) {
            items.push(item);
        } else {
            self.attributes.removed += 1;
        }
    }

    fn value(&mut self, element: &Element<'_>, parent: Option<&mut Open>, key: &Key) {
        if DESCRIBING.contains(&element.tag) && self.described.len() < MOST_WORDS {
            let words = element.value.get(..MOST_WORDS).unwrap_or(element.value);
            self.described.push_str(&readable(words));
            self.described.push(' ');
        }
        let (target, top, coded) = match parent {
            None => (Some(&mut self.data_set), true, false),
            Some(Open::Item { data_set, coded }) => (Some(data_set), false, *coded),
            Some(_) => (None, false, false),
        };
        let attribute = rule::of(element.tag).filter(|attribute| match attribute.rule {
            Rule::Written => top,
            Rule::CodePart => coded,
            _ => true,
        });
        let attribute = attribute.filter(|_| target.is_some());
        self.attributes.apply(attribute.map(|attribute| attribute.rule));
        let (Some(target), Some(attribute)) = (target, attribute) else {
            self.attributes.removed += 1;
            self.identifiers.remember(element);
            return;
        };
        if attribute.rule == Rule::Written {
            self.facts.entry(element.tag).or_insert_with(|| little(element));
            return;
        }
        let signed = self.facts.get(&PIXEL_REPRESENTATION).is_some_and(|bytes| bytes.starts_with(&[1]));
        match attribute.applied(element, key, signed) {
            Some((vr, bytes)) => {
                if text(&bytes) == text(element.value) {
                    self.attributes.kept += 1;
                } else {
                    self.attributes.replaced += 1;
                    self.identifiers.remember(element);
                }
                target.0.entry(element.tag).or_insert(Value::Bytes(vr, bytes));
            }
            None => {
                self.attributes.removed += 1;
                self.identifiers.remember(element);
            }
        }
    }
}

/// A number of 16 bits with its low byte first, or words.
fn little(element: &Element<'_>) -> Vec<u8> {
    let mut bytes = element.value.get(..16).unwrap_or(element.value).to_vec();
    if element.big && element.vr == VR::US {
        bytes.reverse();
    }
    bytes
}

/// Gives a coded concept the meaning that the standard has for it. False: the standard has none.
fn explained(item: &mut DataSet) -> bool {
    let said = |tag| item.bytes(tag).and_then(text).unwrap_or_default();
    let Some(meaning) = rule::meaning(said(CODING_SCHEME), said(CODE_VALUE)) else { return false };
    item.text(CODE_MEANING, VR::LO, meaning);
    true
}

/// Cuts tables to the length that they are said to have, and drops what is no table.
fn cut_tables(item: &mut DataSet) {
    for (descriptor, table) in TABLES {
        let said = item.bytes(descriptor).and_then(|bytes| bytes.first_chunk::<2>().copied());
        let entries = said.map_or(0, |bytes| match u16::from_le_bytes(bytes) {
            0 => 1 << 16,
            entries => usize::from(entries),
        });
        let Some(Value::Bytes(_, bytes)) = item.0.get_mut(&table) else { continue };
        // Numbers of 8 bits may stand two in a word.
        let length = if bytes.len() < 2 * entries { entries.next_multiple_of(2) } else { 2 * entries };
        if entries == 0 || bytes.len() < length {
            item.0.remove(&table);
        } else {
            bytes.truncate(length);
        }
    }
}
