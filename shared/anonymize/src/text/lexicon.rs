//! What a word may be: a first name, a last name, a place, an ordinary word, a word that stands beside names.

use rustc_hash::{FxBuildHasher, FxHashMap};

/// What a word may be, all at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sort(u16);

impl Sort {
    pub(super) const FIRST: Self = Self(1);
    pub(super) const LAST: Self = Self(1 << 1);
    pub(super) const CITY: Self = Self(1 << 2);
    /// It stands in a dictionary, in lower case.
    pub(super) const ORDINARY: Self = Self(1 << 3);
    /// It is never a person's name or a place that is replaced: a country, a state, a month, a medicine.
    pub(super) const KEPT: Self = Self(1 << 4);
    /// Medicine has named something after a person of that name.
    pub(super) const EPONYM: Self = Self(1 << 5);
    /// A name follows it.
    pub(super) const TITLE: Self = Self(1 << 6);
    /// A name may follow it, directly or behind a comma or colon.
    pub(super) const RELATION: Self = Self(1 << 7);
    /// A name follows a colon behind it.
    pub(super) const LABEL: Self = Self(1 << 8);
    /// What looks like a name behind it is one.
    pub(super) const SIGNER: Self = Self(1 << 9);
    /// Medicine names such things after people.
    pub(super) const THING: Self = Self(1 << 10);
    /// Somebody does it: a name before it is one.
    pub(super) const DOING: Self = Self(1 << 11);
    /// Letters behind a name.
    pub(super) const DEGREE: Self = Self(1 << 12);
    /// A small word inside a name.
    pub(super) const PARTICLE: Self = Self(1 << 13);

    /// Whether it may be that.
    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The lists of words that stand beside names, by their labels.
const AROUND: [(&str, Sort); 8] = [
    ("title", Sort::TITLE),
    ("relation", Sort::RELATION),
    ("label", Sort::LABEL),
    ("signer", Sort::SIGNER),
    ("thing", Sort::THING),
    ("doing", Sort::DOING),
    ("degree", Sort::DEGREE),
    ("particle", Sort::PARTICLE),
];

/// The longest word of the lists, in bytes.
const LONGEST: usize = 32;

/// The lists.
#[derive(Debug)]
pub(super) struct Lexicon {
    words: FxHashMap<&'static str, Sort>,
    /// The places of several words, by the first.
    beginnings: FxHashMap<&'static str, Vec<&'static str>>,
}

impl Lexicon {
    pub(super) fn load() -> Self {
        let cities = include_str!("../../data/cities.txt");
        let mut words: FxHashMap<&'static str, Sort> =
            FxHashMap::with_capacity_and_hasher(220_000, FxBuildHasher);
        let mut mark = |list: &'static str, sort: Sort| {
            for word in list.lines().filter(|line| !line.starts_with('#')).flat_map(|line| line.split(", ")) {
                words.entry(word).or_default().0 |= sort.0;
            }
        };
        mark(include_str!("../../data/first_names.txt"), Sort::FIRST);
        mark(include_str!("../../data/last_names.txt"), Sort::LAST);
        mark(cities, Sort::CITY);
        mark(include_str!("../../data/words.txt"), Sort::ORDINARY);
        mark(include_str!("../../data/kept.txt"), Sort::KEPT);
        mark(include_str!("../../data/eponyms.txt"), Sort::EPONYM);
        for line in include_str!("../../data/around.txt").lines() {
            let list = line.split_once(": ");
            let sort = list.and_then(|(label, _)| AROUND.iter().find(|(one, _)| *one == label));
            if let (Some((_, list)), Some((_, sort))) = (list, sort) {
                mark(list, *sort);
            }
        }
        let mut beginnings: FxHashMap<&'static str, Vec<&'static str>> = FxHashMap::default();
        for place in cities.lines() {
            if let Some((first, _)) = place.split_once(' ') {
                beginnings.entry(first).or_default().push(place);
            }
        }
        Self { words, beginnings }
    }

    /// What a word may be, in whatever case it was typed. Of a double name, what both parts may be.
    pub(super) fn sort(&self, word: &str) -> Sort {
        let mut lower = [0; LONGEST];
        let Some(lower) = lower.get_mut(..word.len()) else { return Sort::default() };
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        let lower = std::str::from_utf8(lower).unwrap_or_default();
        if let Some(sort) = self.words.get(lower) {
            return *sort;
        }
        let Some((one, other)) = lower.split_once('-') else { return Sort::default() };
        let (one, other) = (self.sort(one).0, self.sort(other).0);
        let either = Sort::ORDINARY.0 | Sort::KEPT.0 | Sort::EPONYM.0;
        Sort((one & other & (Sort::FIRST.0 | Sort::LAST.0)) | ((one | other) & either))
    }

    /// The places of several words that begin with a word, in lower case.
    pub(super) fn places(&self, first: &str) -> &[&'static str] {
        self.beginnings.get(first).map_or(&[], Vec::as_slice)
    }
}
