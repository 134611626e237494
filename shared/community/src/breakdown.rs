//! A result by groups of specialties or by countries, never by both: of which parts it is made, and what of it may be
//! told without telling of few.

use std::collections::BTreeMap;

use kernel::session::Clinician;
use rand::seq::IteratorRandom;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What holds those who belong to no part that is large enough.
pub const OTHER: &str = "other";
/// What holds the ballots that say of no part.
pub const UNSTATED: &str = "unstated";
/// The most parts that a result has.
const MOST: usize = 16;
/// The smallest count that is told.
const CELL: u64 = 10;
/// The smallest sum of what is withheld of one option: less would tell of those few.
const WITHHELD: u64 = 20;

/// By what a result is broken down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Breakdown {
    /// By groups of specialties.
    #[default]
    SpecialtyGroups,
    /// By the countries of licences.
    Countries,
    /// By nothing.
    Nothing,
}

/// A part of a poll's audience that ballots are signed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Segment {
    /// The code of a group of specialties or of a country; or `other`.
    pub name: String,
    /// How many members it had when the poll was opened.
    pub eligible: u64,
}

/// A result by parts. What could tell of few is withheld, and with it as much of the same option as hides it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultByParts)]
pub struct Table {
    /// By what.
    pub by: Breakdown,
    /// The parts, and `unstated` behind them.
    pub parts: Vec<Part>,
}

/// A part of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResultPart)]
pub struct Part {
    /// The segment's name, or `unstated` for ballots that say of none.
    pub name: String,
    /// How many members it had when the poll was opened.
    pub eligible: Option<u64>,
    /// How many ballots each option has; nothing where that is withheld.
    pub votes: Vec<Option<u64>>,
}

impl Breakdown {
    /// The part that somebody belongs to.
    pub fn part(self, clinician: &Clinician) -> Option<String> {
        match self {
            Self::SpecialtyGroups => Some(clinician.specialty.group().code().to_owned()),
            Self::Countries => Some(clinician.country.code().to_owned()),
            Self::Nothing => None,
        }
    }
}

/// The segments of an audience: its parts of at least so many members, and one of all others, which is made of more if
/// it would be smaller. Where fewer than two are left, there are none.
pub fn segments(parts: BTreeMap<String, u64>, floor: u64) -> Vec<Segment> {
    let mut sorted: Vec<Segment> =
        parts.into_iter().map(|(name, eligible)| Segment { name, eligible }).collect();
    sorted.sort_by(|one, other| other.eligible.cmp(&one.eligible).then_with(|| one.name.cmp(&other.name)));
    let large = sorted.iter().take(MOST - 1).filter(|segment| segment.eligible >= floor).count();
    let mut small = sorted.split_off(large);
    let mut rest = eligible(&small);
    while !small.is_empty() && rest < floor {
        let Some(next) = sorted.pop() else { break };
        rest += next.eligible;
        small.push(next);
    }
    if !small.is_empty() {
        sorted.push(Segment { name: OTHER.to_owned(), eligible: rest });
    }
    if sorted.len() < 2 { Vec::new() } else { sorted }
}

fn eligible(segments: &[Segment]) -> u64 {
    segments.iter().map(|segment| segment.eligible).sum()
}

/// The segment that somebody belongs to, among those of a poll.
pub fn segment_of<'a>(segments: &'a [Segment], by: Breakdown, clinician: &Clinician) -> Option<&'a str> {
    let named = |name: &str| segments.iter().find(|segment| segment.name == name);
    let part = by.part(clinician)?;
    named(&part).or_else(|| named(OTHER)).map(|segment| segment.name.as_str())
}

impl Table {
    /// What may be told of the votes of each segment, and of ballots that say of none.
    ///
    /// All votes of an option together are public. So what is withheld of an option is told in sum: that is at least 20
    /// ballots of at least one count that could be told beside those that could not, drawn by lot, or everything.
    pub fn of(by: Breakdown, segments: &[Segment], mut votes: BTreeMap<String, Vec<u64>>) -> Self {
        let named = segments.iter().map(|segment| (segment.name.clone(), Some(segment.eligible)));
        let mut counts = Vec::new();
        let mut parts: Vec<Part> = named
            .chain([(UNSTATED.to_owned(), None)])
            .map(|(name, eligible)| {
                counts.push(votes.remove(&name).unwrap_or_default());
                Part { name, eligible, votes: Vec::new() }
            })
            .collect();
        let options = counts.iter().map(Vec::len).max().unwrap_or_default();
        for option in 0..options {
            let column: Vec<u64> =
                counts.iter().map(|row| row.get(option).copied().unwrap_or_default()).collect();
            let told = told(&column);
            for (part, (count, told)) in parts.iter_mut().zip(column.into_iter().zip(told)) {
                part.votes.push(told.then_some(count));
            }
        }
        Self { by, parts }
    }
}

/// Which counts of an option may be told.
fn told(column: &[u64]) -> Vec<bool> {
    let mut told: Vec<bool> = column.iter().map(|count| *count >= CELL).collect();
    if told.iter().all(|told| *told) {
        return told;
    }
    let mut withheld: u64 = column.iter().filter(|count| **count < CELL).sum();
    let mut beside = 0;
    while beside == 0 || withheld < WITHHELD {
        let left = told.iter_mut().zip(column).filter(|(told, _)| **told);
        let Some((told, count)) = left.choose(&mut rand::rng()) else { break };
        *told = false;
        withheld += count;
        beside += 1;
    }
    told
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(sizes: &[(&str, u64)]) -> BTreeMap<String, u64> {
        sizes.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect()
    }

    fn names(segments: &[Segment]) -> Vec<(&str, u64)> {
        segments.iter().map(|segment| (segment.name.as_str(), segment.eligible)).collect()
    }

    #[test]
    fn small_parts_are_merged_until_they_are_large_enough_together() {
        let found = segments(parts(&[("a", 500), ("b", 50), ("c", 49), ("d", 1)]), 50);
        assert_eq!(names(&found), [("a", 500), ("b", 50), (OTHER, 50)]);
        // What is left is too small: the smallest of the large ones joins it.
        let found = segments(parts(&[("a", 500), ("b", 60), ("c", 49)]), 50);
        assert_eq!(names(&found), [("a", 500), (OTHER, 109)]);
        // One part is no breakdown.
        assert!(segments(parts(&[("a", 500)]), 50).is_empty());
        assert!(segments(parts(&[("a", 60), ("b", 49)]), 50).is_empty());
        assert!(segments(BTreeMap::new(), 50).is_empty());
        assert_eq!(names(&segments(parts(&[("a", 60), ("b", 50)]), 50)), [("a", 60), ("b", 50)]);
    }

    /// Whether the rules tell just these counts of an option, by some lot.
    fn may_be_told(column: &[u64], pattern: &[bool]) -> bool {
        let withheld = || column.iter().zip(pattern).filter(|(_, told)| !**told).map(|(count, _)| *count);
        let beside: Vec<u64> = withheld().filter(|count| *count >= CELL).collect();
        let sum: u64 = withheld().sum();
        // The last one that was drawn was needed.
        let needed = beside.len() == 1 || beside.iter().any(|last| sum - last < WITHHELD);
        column.iter().zip(pattern).all(|(count, told)| !told || *count >= CELL)
            && !beside.is_empty()
            && sum >= WITHHELD
            && needed
    }

    proptest! {
        /// Every member is in one segment, and no segment is smaller than the floor.
        #[test]
        fn no_segment_is_small(sizes in proptest::collection::vec(0_u64..200, 0..40), floor in 1_u64..120) {
            let parts: BTreeMap<String, u64> =
                sizes.iter().enumerate().map(|(number, size)| (format!("p{number:02}"), *size)).collect();
            let found = segments(parts, floor);
            prop_assert!(found.len() != 1 && found.len() <= MOST);
            prop_assert!(found.iter().all(|segment| segment.eligible >= floor), "{found:?}");
            prop_assert!(found.is_empty() || eligible(&found) == sizes.iter().sum::<u64>());
        }

        /// Of one option: whoever knows what is told of it, all its votes, and the rules cannot tell a count below ten. With
        /// any number from 0 to 9 in its place the same would be told.
        #[test]
        fn nothing_that_is_told_tells_of_few(
            votes in proptest::collection::vec(proptest::collection::vec(0_u64..60, 4), 2..8),
        ) {
            let names: Vec<String> = (0..votes.len()).map(|number| format!("s{number}")).collect();
            let segments: Vec<Segment> =
                names.iter().skip(1).map(|name| Segment { name: name.clone(), eligible: 100 }).collect();
            let mut counted: BTreeMap<String, Vec<u64>> = names.iter().cloned().zip(votes.iter().cloned()).collect();
            let unstated = counted.remove("s0").unwrap_or_default();
            counted.insert(UNSTATED.to_owned(), unstated.clone());
            let table = Table::of(Breakdown::Countries, &segments, counted);
            let truth: Vec<&Vec<u64>> = votes.iter().skip(1).chain([&unstated]).collect();
            for option in 0..4 {
                let column: Vec<(Option<u64>, u64)> =
                    table.parts.iter().zip(&truth).map(|(part, row)| (part.votes[option], row[option])).collect();
                let total: u64 = column.iter().map(|(_, truth)| truth).sum();
                let shown: u64 = column.iter().filter_map(|(told, _)| *told).sum();
                let withheld: Vec<u64> =
                    column.iter().filter(|(told, _)| told.is_none()).map(|(_, truth)| *truth).collect();
                prop_assert!(column.iter().all(|(told, truth)| told.is_none_or(|told| told == *truth && told >= CELL)));
                let small = withheld.iter().filter(|count| **count < CELL).count();
                prop_assert!(withheld.is_empty() || small > 0, "something was withheld for nothing");
                if withheld.is_empty() || withheld.len() == column.len() {
                    continue;
                }
                // What anybody computes from the public total.
                let sum = total - shown;
                prop_assert!(sum >= WITHHELD && withheld.len() > small);
                // Each count below ten in turn is another one; the other small ones are nothing, and the rest is one that could
                // be told.
                let pattern: Vec<bool> = column.iter().map(|(told, _)| told.is_some()).collect();
                for place in (0..column.len()).filter(|place| column[*place].1 < CELL) {
                    let beside = (0..column.len()).find(|other| *other != place && !pattern[*other]);
                    for instead in 0..CELL {
                        let mut world: Vec<u64> = column.iter().map(|(told, _)| told.unwrap_or_default()).collect();
                        world[place] = instead;
                        world[beside.expect("another one")] = sum - instead;
                        prop_assert!(may_be_told(&world, &pattern), "{world:?} {pattern:?}");
                    }
                }
            }
        }
    }
}
