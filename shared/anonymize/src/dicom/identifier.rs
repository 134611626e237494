//! What was left behind and may say who somebody is: none of it may stand in the new file.

use std::{collections::BTreeSet, ops::Range};

use aho_corasick::AhoCorasick;
use dicom_core::VR;

use super::{key::ROOT, read::Element, readable, rule};

/// The fewest letters of a word that is looked for, and the fewest figures of a number: what is shorter stands
/// somewhere by chance.
const FEWEST_LETTERS: usize = 5;
const FEWEST_FIGURES: usize = 8;
/// How the standard's own identifiers begin.
const STANDARD: &str = "1.2.840.10008.";
/// The longest value whose words are looked for, and the most words.
const LONGEST: usize = 4096;
const MOST: usize = 20_000;

/// Words and numbers of values that were left behind.
#[derive(Debug, Default)]
pub(super) struct Identifiers(BTreeSet<String>);

impl Identifiers {
    /// Remembers the words of a value, if it is text.
    pub(super) fn remember(&mut self, element: &Element<'_>) {
        let is_text = matches!(
            element.vr,
            VR::AE
                | VR::CS
                | VR::DA
                | VR::DT
                | VR::LO
                | VR::LT
                | VR::PN
                | VR::SH
                | VR::ST
                | VR::TM
                | VR::UC
                | VR::UI
                | VR::UN
                | VR::UR
                | VR::UT
        );
        if !is_text || element.value.len() > LONGEST || self.0.len() > MOST {
            return;
        }
        let value = readable(element.value);
        let words = if element.vr == VR::UI {
            vec![value.trim_end_matches(['\0', ' '])]
        } else {
            words(&value).collect()
        };
        self.0.extend(words.into_iter().filter(|word| tells(word)).map(str::to_lowercase));
    }

    /// Whether one of them stands in a new file's bytes, otherwise than within a word that the standard has, or as
    /// figures within an identifier that was made for the file.
    pub(super) fn stand_in(&self, bytes: &[u8]) -> bool {
        let search = AhoCorasick::builder().ascii_case_insensitive(true).build(&self.0);
        search.map_or(true, |search| {
            search.find_overlapping_iter(bytes).any(|found| {
                let word = around(bytes, found.range(), |byte| byte.is_ascii_alphanumeric());
                !rule::is_word(&word) && !is_own(bytes, found.range())
            })
        })
    }
}

/// The word of such letters in which a place stands, in capital letters.
fn around(bytes: &[u8], place: Range<usize>, is_letter: impl Fn(&u8) -> bool) -> String {
    let before = bytes.get(..place.start).unwrap_or_default();
    let after = bytes.get(place.end..).unwrap_or_default();
    let start = place.start - before.iter().rev().take_while(|byte| is_letter(byte)).count();
    let end = place.end + after.iter().take_while(|byte| is_letter(byte)).count();
    String::from_utf8_lossy(bytes.get(start..end).unwrap_or_default()).to_uppercase()
}

/// Whether figures stand within an identifier that was made for the file. A whole identifier that was left behind has
/// dots, and is none.
fn is_own(bytes: &[u8], place: Range<usize>) -> bool {
    let figures = bytes.get(place.clone()).unwrap_or_default().iter().all(u8::is_ascii_digit);
    figures && around(bytes, place, |byte| byte.is_ascii_digit() || *byte == b'.').starts_with(ROOT)
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split(|letter: char| !letter.is_alphanumeric())
}

/// Whether a word tells anything that the new file would not say anyway.
fn tells(word: &str) -> bool {
    if word.bytes().all(|letter| letter.is_ascii_digit() || letter == b'.') {
        return word.len() >= FEWEST_FIGURES && !word.starts_with(STANDARD) && !rule::is_word(word);
    }
    word.len() >= FEWEST_LETTERS && !rule::is_word(&word.to_uppercase())
}

#[cfg(test)]
mod tests {
    use dicom_core::Tag;

    use super::*;

    #[test]
    fn names_and_numbers_are_looked_for_and_words_of_the_standard_are_not() {
        let mut identifiers = Identifiers::default();
        for (vr, value) in [
            (VR::PN, b"Doering^Jane".as_slice()),
            (VR::LO, b"Chest, 2 views, no. 12"),
            (VR::DA, b"19700412"),
            (VR::LO, b"Applicat"),
        ] {
            identifiers.remember(&Element { tag: Tag(0x0010, 0x4000), vr, value, big: false });
        }
        assert!(identifiers.stand_in(b"..DOERING.."));
        assert!(identifiers.stand_in(b"x19700412x"));
        assert!(!identifiers.stand_in(b"CHEST views 12 Jane"));
        // What a new identifier's figures come to.
        assert!(!identifiers.stand_in(b"\x002.25.331970041290\0"));
        assert!(identifiers.stand_in(b"\x001.25.331970041290\0"));
        let kept = Element { tag: Tag(0x0020, 0x000D), vr: VR::UI, value: b"2.25.1234567", big: false };
        identifiers.remember(&kept);
        assert!(identifiers.stand_in(b"\x002.25.1234567\0"));
        // A piece of a word.
        assert!(!identifiers.stand_in(b"Basic Application Confidentiality"));
        assert!(identifiers.stand_in(b"\0applicat \0"));
    }
}
