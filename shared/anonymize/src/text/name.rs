//! People's names: after a title, a relation or a label; in the lists; and whatever was a name elsewhere in the text.

mod word;

use std::collections::HashSet;

use self::word::{Shape, Word, is_thing, read};
use super::{
    Kind, Span,
    lexicon::{Lexicon, Sort},
};

/// What names people in a text, or in texts that belong together, in lower case.
pub(super) type Names = HashSet<String>;

/// Finds names in a normalised text, apart from what other rules have found. What is known names people here, too.
pub(super) fn find(text: &str, lexicon: &Lexicon, taken: &[Span], known: &mut Names) -> Vec<Span> {
    let words = read(text, lexicon, taken);
    let mut named = vec![false; words.len()];
    for at in 0..words.len() {
        mark(&words, at, &mut named);
    }
    widen(&words, &mut named);
    known.extend(names(&words, &named));
    repeat(&words, known, &mut named);
    joined(&words, &named)
}

/// Marks the names that begin at a word, or that it announces.
fn mark(words: &[Word<'_>], at: usize, named: &mut [bool]) {
    let Some(word) = words.get(at).filter(|word| !word.taken) else { return };
    let next = words.get(at + 1).filter(|next| !next.taken);
    let titled = |next: &Word<'_>| word.sort.has(Sort::TITLE) && next.follows() && next.gap != ".";
    let labelled = |next: &Word<'_>| word.sort.has(Sort::LABEL) && labels(next.gap);
    if next.is_some_and(|next| titled(next) || labelled(next)) {
        announced(words, at + 1, named, true);
    } else if let Some(next) = next {
        let unknown =
            next.shape == Shape::Title && !next.sort.has(Sort::ORDINARY) && !next.sort.has(Sort::KEPT);
        let likely = next.capital()
            && (next.sort.has(Sort::FIRST) || next.sort.has(Sort::LAST))
            && next.shape == Shape::Title;
        let signed = word.sort.has(Sort::SIGNER)
            && next.follows()
            && (next.capital() && next.only_name() || unknown && signs(words, at + 2));
        let related = word.sort.has(Sort::RELATION)
            && matches!(next.gap, " " | ", " | " (" | ": " | " is ")
            && (next.only_name() || unknown || likely);
        if (signed || related) && !is_thing(words, at + 1) {
            announced(words, at + 1, named, false);
        }
    }
    if named.get(at) != Some(&true) {
        listed(words, at, named);
    }
}

/// Whether a word may be the second of a signature: another name, or a degree.
fn signs(words: &[Word<'_>], at: usize) -> bool {
    words.get(at).is_some_and(|word| match word.gap {
        " " => word.shape == Shape::Title && !word.sort.has(Sort::THING) || word.shape == Shape::Initial,
        ", " => word.sort.has(Sort::DEGREE),
        _ => false,
    })
}

/// Whether what parts a label from what follows says that it labels it.
fn labels(gap: &str) -> bool {
    let gap = gap.trim_matches(' ');
    matches!(gap, ":" | "=" | ":\"" | "(s):" | "):")
}

/// Marks the name that a word before announces: capitals, initials and particles; in lower case, what is a name.
fn announced(words: &[Word<'_>], from: usize, named: &mut [bool], sure: bool) {
    if !sure && is_thing(words, from) {
        return;
    }
    let mut length = 0;
    for (at, word) in words.iter().enumerate().skip(from).take(5) {
        let joined = at == from
            || matches!(word.gap, " " | ". " | "." | ", " | " (" | "^" | "  ")
                && (word.gap != ". " || named_initial(words, at - 1));
        let part = match word.shape {
            Shape::Initial => true,
            Shape::Title | Shape::Upper => {
                (at == from && sure && !word.sort.has(Sort::KEPT))
                    || (!word.sort.has(Sort::ORDINARY) && !word.sort.has(Sort::KEPT))
                    || (word.shape == Shape::Title
                        && (word.sort.has(Sort::FIRST) || word.sort.has(Sort::LAST))
                        && !word.sort.has(Sort::KEPT)
                        && at <= from + 2)
            }
            Shape::Lower
                if at == from + 1
                    && words.get(from).is_some_and(|first| first.shape == Shape::Lower)
                    && word.sort.has(Sort::LAST)
                    && !word.sort.has(Sort::KEPT)
                    && word.text.len() > 2
                    && !word.sort.has(Sort::DOING) =>
            {
                true
            }
            Shape::Lower => {
                word.only_name() && (at > from || sure || word.sort.has(Sort::FIRST))
                    || (word.sort.has(Sort::PARTICLE)
                        && at > from
                        && words.get(at + 1).is_some_and(Word::capital))
            }
        };
        let comma = word.gap == ", " && (word.sort.has(Sort::DEGREE) || at > from + 1 || !word.only_name());
        if word.taken
            || !joined
            || !part
            || (comma && at > from)
            || word.sort.has(Sort::DEGREE)
            || word.sort.has(Sort::THING)
        {
            break;
        }
        length += 1;
        if let Some(named) = named.get_mut(at) {
            *named = true;
        }
    }
    // A lone initial is none.
    if length == 1 && words.get(from).is_some_and(|word| word.shape == Shape::Initial && !sure) {
        named.get_mut(from).into_iter().for_each(|named| *named = false);
    }
}

/// Whether a word is an initial, so that a dot behind it ends no sentence.
fn named_initial(words: &[Word<'_>], at: usize) -> bool {
    words.get(at).is_some_and(|word| word.shape == Shape::Initial)
}

/// Marks a name by the lists.
fn listed(words: &[Word<'_>], at: usize, named: &mut [bool]) {
    let Some(word) = words.get(at) else { return };
    let before = at.checked_sub(1).and_then(|at| words.get(at));
    let next = words.get(at + 1).filter(|next| !next.taken);
    let pair = next.filter(|next| next.gap == " ");
    // A middle initial or a particle may part two names.
    let (skip, over) = match pair {
        Some(middle)
            if middle.shape == Shape::Initial
                || (middle.sort.has(Sort::PARTICLE) && middle.shape == Shape::Lower) =>
        {
            (2, words.get(at + 2).filter(|last| !last.taken && matches!(last.gap, " " | ". ")))
        }
        other => (1, other),
    };
    if let Some(last) = over {
        let both = word.sort.has(Sort::FIRST)
            && last.sort.has(Sort::LAST)
            && !word.sort.has(Sort::KEPT)
            && !last.sort.has(Sort::KEPT)
            && !is_thing(words, at + skip);
        let capitals = word.capital() && last.capital();
        let titles = word.shape == Shape::Title && last.shape == Shape::Title;
        let clear = word.only_name() || last.only_name() || titles;
        let unknown = word.capital()
            && word.sort.has(Sort::FIRST)
            && !word.sort.has(Sort::ORDINARY)
            && !word.sort.has(Sort::KEPT)
            && titles
            && !last.sort.has(Sort::ORDINARY)
            && !last.sort.has(Sort::KEPT)
            && !last.sort.has(Sort::THING)
            && !is_thing(words, at + skip);
        let lower = word.shape == Shape::Lower
            && last.shape == Shape::Lower
            && both
            && (word.only_name() || last.only_name())
            && word.text.len() > 2
            && last.text.len() > 2;
        if (both && capitals && clear && !last.sort.has(Sort::THING)) || unknown || lower {
            set(named, at, at + skip);
            let third = words.get(at + skip + 1).filter(|third| {
                third.gap == " "
                    && !third.taken
                    && third.capital()
                    && third.only_name()
                    && !is_thing(words, at + skip + 1)
            });
            if third.is_some() && capitals {
                set(named, at + skip + 1, at + skip + 1);
            }
            return;
        }
        let initial = word.shape == Shape::Initial
            && skip == 1
            && matches!(last.gap, " ")
            && last.shape == Shape::Title
            && last.only_name()
            && last.sort.has(Sort::LAST)
            && !last.sort.has(Sort::EPONYM);
        if initial && before.is_none_or(|before| !before.sort.has(Sort::ORDINARY) || word.begins()) {
            set(named, at, at + 1);
            return;
        }
    }
    // J. Smith
    if word.shape == Shape::Initial
        && next.is_some_and(|next| {
            next.gap == ". "
                && next.shape == Shape::Title
                && next.sort.has(Sort::LAST)
                && !next.sort.has(Sort::ORDINARY)
                && !next.sort.has(Sort::KEPT)
        })
    {
        set(named, at, at + 1);
        return;
    }
    // Smith, John; SMITH^JOHN
    if let Some(first) = next.filter(|first| matches!(first.gap, ", " | "^" | ",")) {
        let listed =
            word.capital() && first.capital() && first.sort.has(Sort::FIRST) && !first.sort.has(Sort::KEPT);
        let last = word.only_name()
            || (first.only_name()
                && word.begins()
                && word.shape == first.shape
                && !word.sort.has(Sort::KEPT)
                && word.sort.has(Sort::LAST) == word.sort.has(Sort::ORDINARY));
        if first.gap == "^" || (listed && last) {
            set(named, at, at + 1);
            return;
        }
    }
    // van der Berg
    if word.shape == Shape::Lower && matches!(word.text, "van" | "von" | "de" | "ter") {
        let length = words
            .iter()
            .skip(at)
            .take_while(|word| word.sort.has(Sort::PARTICLE) && word.shape == Shape::Lower)
            .count();
        let last = words
            .get(at + length)
            .filter(|last| last.gap == " " && last.shape == Shape::Title && !last.taken);
        let named_so = |last: &Word<'_>| last.sort.has(Sort::LAST) || !last.sort.has(Sort::ORDINARY);
        if last.is_some_and(|last| named_so(last) && !last.sort.has(Sort::KEPT))
            && !is_thing(words, at + length)
        {
            set(named, at, at + length);
            return;
        }
    }
    // Somebody with letters behind: Smith, MD
    if next.is_some_and(|next| {
        next.sort.has(Sort::DEGREE) && next.shape == Shape::Upper && matches!(next.gap, ", " | " ")
    }) && word.shape == Shape::Title
        && (word.sort.has(Sort::LAST) || !word.sort.has(Sort::ORDINARY))
    {
        set(named, at, at);
        let first = before
            .filter(|before| word.gap == " " && before.shape == Shape::Title && !before.sort.has(Sort::KEPT));
        if first.is_some() {
            set(named, at - 1, at - 1);
        }
        return;
    }
    alone(words, at, named);
}

/// Marks a name that stands alone: in the lists and in no dictionary, or followed by what somebody does.
fn alone(words: &[Word<'_>], at: usize, named: &mut [bool]) {
    let Some(word) = words.get(at).filter(|word| word.shape == Shape::Title && word.text.len() > 2) else {
        return;
    };
    let next = words.get(at + 1);
    let doing =
        next.is_some_and(|next| next.gap == " " && next.shape == Shape::Lower && next.sort.has(Sort::DOING));
    let beside = next.is_some_and(|next| next.gap == " " && next.shape == Shape::Title && !next.taken);
    if word.sort.has(Sort::KEPT) || is_thing(words, at) {
        return;
    }
    let first = word.sort.has(Sort::FIRST) && !word.sort.has(Sort::ORDINARY);
    let last = word.sort.has(Sort::LAST)
        && !word.sort.has(Sort::ORDINARY)
        && !word.sort.has(Sort::EPONYM)
        && word.text.len() > 3;
    let somebody = word.sort.has(Sort::FIRST)
        && word.sort.has(Sort::ORDINARY)
        && doing
        && !word.is(&["will", "may", "can", "an", "do", "see"]);
    if first && (!word.begins() || doing || !beside)
        || (last && !word.begins() && !beside)
        || (last && doing)
        || somebody
    {
        set(named, at, at);
    }
}

fn set(named: &mut [bool], from: usize, to: usize) {
    named.get_mut(from..=to).unwrap_or_default().fill(true);
}

/// Marks the capitals right beside a name that no list knows: the other half of it.
fn widen(words: &[Word<'_>], named: &mut [bool]) {
    let foreign = |at: usize| {
        words.get(at).is_some_and(|word| {
            word.shape == Shape::Title
                && !word.taken
                && !is_thing(words, at)
                && ![Sort::ORDINARY, Sort::KEPT, Sort::EPONYM, Sort::THING, Sort::TITLE, Sort::LABEL]
                    .iter()
                    .any(|sort| word.sort.has(*sort))
        })
    };
    let beside = |at: usize| words.get(at).is_some_and(|word| word.gap == " ");
    for at in 0..words.len() {
        if named.get(at) == Some(&true) {
            if beside(at) && at > 0 && foreign(at - 1) {
                set(named, at - 1, at - 1);
            }
            if beside(at + 1) && foreign(at + 1) {
                set(named, at + 1, at + 1);
            }
        }
    }
}

/// The words that were marked, by which the same people may be named elsewhere.
fn names(words: &[Word<'_>], named: &[bool]) -> impl Iterator<Item = String> {
    words
        .iter()
        .zip(named)
        .filter(|(word, named)| **named && word.text.len() > 2 && !word.sort.has(Sort::KEPT))
        .map(|(word, _)| word.text.to_ascii_lowercase())
}

/// Marks the same names wherever else they stand.
fn repeat(words: &[Word<'_>], known: &Names, named: &mut [bool]) {
    if known.is_empty() {
        return;
    }
    for (at, word) in words.iter().enumerate() {
        let alike = word.text.len() > 2 && known.contains(&word.text.to_ascii_lowercase());
        let meant = word.capital() && !(word.sort.has(Sort::ORDINARY) && word.begins())
            || !word.sort.has(Sort::ORDINARY);
        if alike && meant && !word.taken && !is_thing(words, at) {
            set(named, at, at);
        }
    }
}

/// The marked words as spans: those beside each other are one.
fn joined(words: &[Word<'_>], named: &[bool]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut before = false;
    for (word, named) in words.iter().zip(named) {
        if *named {
            let beside =
                before && matches!(word.gap, " " | ". " | "." | ", " | "^" | "  " | "'" | " (" | ",");
            match spans.last_mut().filter(|_| beside) {
                Some(span) => span.end = word.end,
                None => spans.push(Span::new(Kind::Name, word.start, word.end)),
            }
        }
        before = *named;
    }
    spans
}
