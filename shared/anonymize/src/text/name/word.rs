//! Words as the rules of names read them.

use super::super::{
    Span,
    lexicon::{Lexicon, Sort},
    place::words,
};

/// A word with what is known of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: &'a str,
    pub(super) sort: Sort,
    pub(super) shape: Shape,
    /// What stands between it and the word before.
    pub(super) gap: &'a str,
    /// Another rule has taken it.
    pub(super) taken: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Lower,
    Title,
    Upper,
    Initial,
}

impl Word<'_> {
    pub(super) fn is(&self, list: &[&str]) -> bool {
        list.iter().any(|one| self.text.eq_ignore_ascii_case(one))
    }

    /// Whether it is capitalised as names are.
    pub(super) const fn capital(&self) -> bool {
        matches!(self.shape, Shape::Title | Shape::Upper)
    }

    /// Whether it may be part of a name, and of nothing else.
    pub(super) const fn only_name(&self) -> bool {
        (self.sort.has(Sort::FIRST) || self.sort.has(Sort::LAST))
            && !self.sort.has(Sort::ORDINARY)
            && !self.sort.has(Sort::KEPT)
    }

    /// Whether a sentence or a line begins with it.
    pub(super) fn begins(&self) -> bool {
        self.start == 0 || self.gap.contains(['.', '!', '?', '\n', ':', ';', '-', '*', '\u{2022}'])
    }

    /// Whether only spaces part it from the word before, and at most the dot of a short form.
    pub(super) fn follows(&self) -> bool {
        matches!(self.gap, " " | ". " | "." | "  ")
    }
}

/// The words of a normalised text; those that another rule has taken are marked.
pub(super) fn read<'a>(text: &'a str, lexicon: &Lexicon, taken: &[Span]) -> Vec<Word<'a>> {
    let mut read = Vec::with_capacity(text.len() / 6);
    let (mut end_before, mut spans) = (0, taken.iter().peekable());
    for (start, word) in words(text) {
        // What belongs to somebody is somebody's name and an s.
        let word = ["'s", "'S"].iter().find_map(|own| word.strip_suffix(own)).unwrap_or(word);
        let end = start + word.len();
        while spans.next_if(|span| span.end <= start).is_some() {}
        let mut letters = word.bytes();
        let upper_first = letters.next().is_some_and(|first| first.is_ascii_uppercase());
        let shape = match (upper_first, word.len()) {
            (true, 1) => Shape::Initial,
            (true, _) if word.bytes().all(|byte| !byte.is_ascii_lowercase()) => Shape::Upper,
            (true, _) => Shape::Title,
            (false, _) => Shape::Lower,
        };
        read.push(Word {
            start,
            end,
            text: word,
            sort: lexicon.sort(word),
            shape,
            gap: text.get(end_before..start).unwrap_or_default(),
            taken: spans.peek().is_some_and(|span| span.start < end),
        });
        end_before = end;
    }
    read
}

/// Whether a word is part of a disease's, a sign's or a device's name.
pub(super) fn is_thing(words: &[Word<'_>], at: usize) -> bool {
    let Some(word) = words.get(at) else { return false };
    let near = |next: Option<&Word<'_>>| {
        next.is_some_and(|next| {
            matches!(next.gap, " " | "'s " | "' " | "-" | "/") && next.sort.has(Sort::THING)
        })
    };
    let next = words.get(at + 1);
    let paired = next.is_some_and(|next| {
        next.gap.starts_with("'s") || next.gap == "-" || (next.sort.has(Sort::EPONYM) && next.gap == " ")
    });
    near(next)
        || (word.sort.has(Sort::EPONYM) && (paired || word.text.contains('-') || near(words.get(at + 2))))
}
