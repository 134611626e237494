//! Text as the rules read it: without accents, without invisible characters, with plain digits, dashes and quotes;
//! and the way back to the text as it was typed.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{Anonymised, Change, Span};

/// A normalised text.
#[derive(Debug)]
pub(super) struct Normal<'a> {
    text: Cow<'a, str>,
    /// Where each byte of the normalised text stood in the original, in bytes; none, if nothing was changed.
    origins: Option<Vec<usize>>,
}

impl<'a> Normal<'a> {
    pub(super) fn of(original: &'a str) -> Self {
        if original.is_ascii() {
            return Self { text: Cow::Borrowed(original), origins: None };
        }
        let (mut text, mut origins) =
            (String::with_capacity(original.len()), Vec::with_capacity(original.len() + 1));
        for (at, character) in original.char_indices() {
            let before = text.len();
            if character.is_ascii() {
                text.push(character)
            } else {
                push(&mut text, character)
            }
            origins.resize(origins.len() + text.len() - before, at);
        }
        origins.push(original.len());
        Self { text: Cow::Owned(text), origins: Some(origins) }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The original with placeholders for the spans.
    pub(super) fn replaced(&self, original: &str, spans: &[Span]) -> Anonymised {
        let mut text = String::with_capacity(original.len());
        let mut changes = Vec::with_capacity(spans.len());
        let (mut done, mut characters) = (0, 0);
        for span in spans {
            let (start, end) = (self.origin(span.start), self.origin(span.end));
            let (before, inside) = (piece(original, done, start), piece(original, start, end));
            text.push_str(before);
            text.push_str(&span.placeholder());
            characters += before.chars().count();
            let length = inside.chars().count();
            changes.push(Change { kind: span.kind, start: characters, end: characters + length });
            characters += length;
            done = end;
        }
        text.push_str(piece(original, done, original.len()));
        Anonymised { text, changes }
    }

    fn origin(&self, at: usize) -> usize {
        self.origins.as_ref().map_or(at, |origins| origins.get(at).copied().unwrap_or_default())
    }
}

fn piece(text: &str, start: usize, end: usize) -> &str {
    text.get(start..end).unwrap_or_default()
}

/// Appends what the rules read for a character beyond ASCII; nothing, if it is invisible.
fn push(text: &mut String, character: char) {
    match character {
        '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}'
        | '\u{FEFF}'
        | '\u{AD}' => {}
        '\u{2010}'..='\u{2015}' | '\u{2212}' => text.push('-'),
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2BC}' | '\u{2032}' => text.push('\''),
        '\u{201C}'..='\u{201F}' => text.push('"'),
        'ß' => text.push_str("ss"),
        'ø' => text.push('o'),
        'Ø' => text.push('O'),
        'ł' => text.push('l'),
        'Ł' => text.push('L'),
        'Đ' => text.push('D'),
        'đ' => text.push('d'),
        'ı' => text.push('i'),
        'æ' => text.push_str("ae"),
        'œ' => text.push_str("oe"),
        _ => match digit(character) {
            Some(digit) => text.push(digit),
            None => text.extend(character.nfkd().filter(|part| !is_combining_mark(*part))),
        },
    }
}

/// The digit that an Arabic, Persian or Devanagari digit is.
fn digit(character: char) -> Option<char> {
    let zeros = ['\u{660}', '\u{6F0}', '\u{966}'].map(u32::from);
    let value = zeros
        .into_iter()
        .find_map(|zero| u32::from(character).checked_sub(zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Kind;

    #[test]
    fn what_was_typed_is_found_again_behind_what_is_read() {
        let typed = "Zoë Mü\u{200B}ller, \u{FF11}\u{0662}3–4";
        let normal = Normal::of(typed);
        assert_eq!(normal.text(), "Zoe Muller, 123-4");
        let done = normal.replaced(typed, &[Span::new(Kind::Name, 4, 10)]);
        assert_eq!(done.text, "Zoë [NAME], \u{FF11}\u{0662}3–4");
        assert_eq!(done.changes, [Change { kind: Kind::Name, start: 4, end: 11 }]);
    }
}
