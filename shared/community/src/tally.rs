//! Counters that many members write to at once: a sheet of ten rows, so that writers seldom meet.
//!
//! A row also carries whether counting goes on. A vote and the closing therefore meet on the same
//! item, and no vote is counted after the closing.

use std::collections::BTreeMap;

use kernel::id::MemberId;
use rand::Rng;
use serde::{Deserialize, Serialize};
use table::{Condition, Item, Key, Transaction, Update};

/// Over how many rows the counters of a sheet are spread.
const SHARDS: u8 = 10;

/// The votes on courses of action, and who saw a case.
pub(crate) const VOTES: Sheet = Sheet("TALLY");
/// How many ballots of a poll were signed.
pub(crate) const ISSUED: Sheet = Sheet("ISSUED");
/// How many ballots of a poll were handed in.
pub(crate) const CAST: Sheet = Sheet("CAST");

/// The counters of one kind that a case or a poll has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sheet(&'static str);

const PREFIX: &str = "votes:";

#[derive(Serialize, Deserialize)]
struct OpenRow {
    open: bool,
}

/// The row on which a member's own counts stand: the same whenever they change their mind.
pub(crate) fn shard_of(member: MemberId) -> u8 {
    let sum = member.suffix().bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    sum % SHARDS
}

/// A row that is drawn by lot.
pub(crate) fn any_shard() -> u8 {
    rand::rng().random_range(0..SHARDS)
}

pub(crate) fn is_open() -> Condition {
    Condition::equals("open", true)
}

pub(crate) fn attribute(choice: &str) -> String {
    format!("{PREFIX}{choice}")
}

impl Sheet {
    pub(crate) fn key(self, partition: &str, shard: u8) -> Key {
        Key::new(partition, format!("{}{shard:02}", self.prefix()))
    }

    /// Adds the empty rows, open for counting.
    pub(crate) fn open(self, mut transaction: Transaction, partition: &str) -> Transaction {
        for shard in 0..SHARDS {
            transaction = transaction.insert("tally", self.key(partition, shard), &OpenRow { open: true });
        }
        transaction
    }

    /// Ends the counting on every row; fails with the label `tally` where it was ended before.
    pub(crate) fn close(self, mut transaction: Transaction, partition: &str) -> Transaction {
        for shard in 0..SHARDS {
            let update = Update::new().set("open", false);
            transaction = transaction.update("tally", self.key(partition, shard), update, is_open());
        }
        transaction
    }

    /// Ends the counting on every row, whether or not it was ended before.
    pub(crate) fn end(self, mut transaction: Transaction, partition: &str) -> Transaction {
        for shard in 0..SHARDS {
            let update = Update::new().set("open", false);
            transaction =
                transaction.update("tally", self.key(partition, shard), update, Condition::present());
        }
        transaction
    }

    /// The sum over the rows among these items, by choice.
    pub(crate) fn sum<'a>(self, items: impl IntoIterator<Item = &'a Item>) -> BTreeMap<String, u64> {
        let mut sums = BTreeMap::new();
        for item in items.into_iter().filter(|item| self.has(item)) {
            for (name, value) in item {
                let Some(choice) = name.strip_prefix(PREFIX) else { continue };
                let count: i64 = value.as_n().ok().and_then(|digits| digits.parse().ok()).unwrap_or_default();
                let sum: &mut i64 = sums.entry(choice.to_owned()).or_default();
                *sum += count;
            }
        }
        sums.into_iter().map(|(choice, sum)| (choice, u64::try_from(sum).unwrap_or_default())).collect()
    }

    /// The sum of one plain counter over the rows among these items.
    pub(crate) fn total<'a>(self, items: impl IntoIterator<Item = &'a Item>, counter: &str) -> u64 {
        items
            .into_iter()
            .filter(|item| self.has(item))
            .filter_map(|item| item.get(counter)?.as_n().ok()?.parse::<u64>().ok())
            .sum()
    }

    /// Whether counting goes on, by the rows among these items.
    pub(crate) fn is_open<'a>(self, items: impl IntoIterator<Item = &'a Item>) -> bool {
        let mut rows = items.into_iter().filter(|item| self.has(item));
        rows.any(|item| item.get("open").is_some_and(|open| open.as_bool() == Ok(&true)))
    }

    /// Whether an item is a row of it.
    pub(crate) fn has(self, item: &Item) -> bool {
        table::sort_key(item).starts_with(&self.prefix())
    }

    fn prefix(self) -> String {
        format!("HEAD#{}#", self.0)
    }
}
