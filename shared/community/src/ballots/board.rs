//! The rows of a poll's board.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `POLL#<poll>` | `HEAD#BOARD` | how many ballots are published, and how many of each option |
//! | `POLL#<poll>` | `TREE#<size>` | a signed head of the log, with the proof that it follows from the one before |
//!
//! Published ballots are those of `casting`, under `gsi1` `BOARD#<poll>` / their place.

use ballot::{Ballot, Bytes, Hash, TreeHead, log::Log, record::Head};
use kernel::{Timestamp, id::PollId};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use table::{Condition, Item, Key, Query, Table, TableError, Transaction, Update};

use super::{
    HeadSigner, Record,
    casting::{BallotRow, ballot_key, in_box},
};
use crate::{
    CommunityError,
    poll::{self, Poll, Status},
};

/// The fewest ballots that are published together, and the fewest that stay behind until the poll is closed.
const FEWEST: usize = 10;
/// The most that are published in one transaction, beside the head and the board.
const MOST: usize = 90;

/// The store of boards, for who publishes.
#[derive(Debug, Clone)]
pub struct Board {
    table: Table,
}

/// What a board shows: how many ballots are published, and how many of each option.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// How many ballots are published.
    pub size: u64,
    /// How many chose each option, in their order.
    pub votes: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct BoardRow {
    #[serde(flatten)]
    shown: Shown,
    heads_key: Bytes,
}

/// How many of those that wait are published next: so many that they hide each other, and that as many stay behind as
/// will hide the last ones. Once a poll is closed, all are.
///
/// Whoever compares two states of a board learns of no fewer than ten ballots, unless a poll had fewer in all.
const fn batch(waiting: usize, closed: bool) -> usize {
    let most = if waiting < MOST { waiting } else { MOST };
    let leaves = waiting.saturating_sub(FEWEST);
    if closed && waiting <= MOST {
        waiting
    } else if leaves < FEWEST {
        0
    } else if leaves < most {
        leaves
    } else {
        most
    }
}

fn board_key(poll: PollId) -> Key {
    Key::new(poll::partition(poll), "HEAD#BOARD")
}

fn on_board(poll: PollId) -> String {
    format!("BOARD#{poll}")
}

/// A place on the board as its ballots are sorted by it.
fn at_place(place: u64) -> String {
    format!("{place:010}")
}

fn head_key(poll: PollId, size: u64) -> Key {
    Key::new(poll::partition(poll), format!("TREE#{}", at_place(size)))
}

/// What a poll's board shows, among the items of the poll's partition.
pub(crate) fn shown_among(items: &[Item]) -> Result<Shown, CommunityError> {
    let row = items.iter().find(|item| table::sort_key(item) == "HEAD#BOARD");
    Ok(row.map(|item| table::read(item.clone())).transpose()?.unwrap_or_default())
}

/// The public key that heads are signed with, among the items of the poll's partition.
pub(crate) fn heads_key_among(items: &[Item]) -> Result<Bytes, CommunityError> {
    let row = items.iter().find(|item| table::sort_key(item) == "HEAD#BOARD");
    let row = row.map(|item| table::read::<BoardRow>(item.clone())).transpose()?;
    row.map(|row| row.heads_key).ok_or(CommunityError::NoSuchPoll)
}

/// Keeps an empty board of a poll.
pub(crate) fn opened(transaction: Transaction, poll: &Poll, heads_key: &Bytes) -> Transaction {
    let shown = Shown { size: 0, votes: vec![0; poll.options.len()] };
    transaction.insert("board", board_key(poll.id), &BoardRow { shown, heads_key: heads_key.clone() })
}

/// Every item of a range: one query, and more where a page is full.
pub(crate) async fn every(table: &Table, query: Query) -> Result<Vec<Item>, CommunityError> {
    let (mut found, mut next) = (Vec::new(), Some(query.clone()));
    while let Some(one) = next.take() {
        let page = table.query(one).await?;
        found.extend(page.items);
        next = page.next.map(|place| query.clone().after(place));
    }
    Ok(found)
}

fn ballots(items: Vec<Item>) -> Result<Vec<Ballot>, CommunityError> {
    items.into_iter().map(|item| Ok(table::read::<BallotRow>(item)?.ballot)).collect()
}

impl Board {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Publishes what waits of a poll: in batches, each in an order by lot. Once it is closed and everything is
    /// published, recounts it as anybody can and makes the result public. Gives how many were published.
    ///
    /// # Errors
    /// [`CommunityError::Miscounted`] when the recount finds a flaw; storage faults, and a conflict with who publishes
    /// at the same time: the next run goes on.
    pub async fn publish(
        &self,
        poll: PollId,
        signer: &HeadSigner,
        now: Timestamp,
    ) -> Result<u64, CommunityError> {
        let record = self.record(poll).await?;
        let closed = record.poll.status == Status::Counting;
        let mut waiting = ballots(every(&self.table, Query::index("gsi1", in_box(poll))).await?)?;
        let whole = record.shown.size.saturating_add(u64::try_from(waiting.len()).unwrap_or(u64::MAX));
        // An index may show an item later than the table does.
        if closed && whole < record.cast {
            return Ok(0);
        }
        waiting.shuffle(&mut rand::rng());
        if batch(waiting.len(), closed) == 0 && !closed {
            return Ok(0);
        }
        let mut entries = self.page(poll, 0, record.shown.size).await?;
        let mut log = Log::new();
        entries.iter().for_each(|ballot| log.push(ballot.entry(poll)));
        let (mut shown, mut published) = (record.shown.clone(), 0);
        loop {
            let some = waiting.split_off(waiting.len() - batch(waiting.len(), closed));
            if some.is_empty() {
                break;
            }
            shown = self.append(poll, &some, &mut log, &shown, signer, now).await?;
            published += u64::try_from(some.len()).unwrap_or(u64::MAX);
            entries.extend(some);
        }
        if closed && waiting.is_empty() {
            self.record(poll).await?.recount(entries)?;
            self.finish(poll, now).await?;
        }
        Ok(published)
    }

    /// Appends some ballots to the log. One signature and one transaction.
    async fn append(
        &self,
        poll: PollId,
        some: &[Ballot],
        log: &mut Log,
        shown: &Shown,
        signer: &HeadSigner,
        now: Timestamp,
    ) -> Result<Shown, CommunityError> {
        let mut after = shown.clone();
        let mut transaction = Transaction::new();
        for ballot in some {
            let update = Update::new().set("gsi1pk", on_board(poll)).set("gsi1sk", at_place(after.size));
            let waits = Condition::equals("gsi1pk", in_box(poll));
            transaction = transaction.update("ballot", ballot_key(poll, ballot.hash(poll)), update, waits);
            log.push(ballot.entry(poll));
            after.size += 1;
            after.votes.get_mut(usize::from(ballot.option)).into_iter().for_each(|votes| *votes += 1);
        }
        let head = TreeHead { poll, tree_size: log.size(), root_hash: log.root(), timestamp: now };
        let consistency = if shown.size == 0 { None } else { log.consistency(shown.size) };
        let head = Head { signed: signer.sign(head).await?, consistency };
        let transaction = transaction.insert("head", head_key(poll, after.size), &head).update(
            "board",
            board_key(poll),
            Update::new().set("size", after.size).set("votes", &after.votes),
            Condition::equals("size", shown.size),
        );
        let contended = |error: TableError| {
            if error.is_conflict() { CommunityError::Contended } else { error.into() }
        };
        self.table.commit(transaction).await.map_err(contended)?;
        Ok(after)
    }

    /// Makes a result public. One transaction.
    async fn finish(&self, poll: PollId, now: Timestamp) -> Result<(), CommunityError> {
        let counting = Condition::equals("status", Status::Counting);
        let update = poll::moved(Status::Closed, poll, now);
        let step = Transaction::new().update("poll", poll::key(poll), update, counting);
        Ok(self.table.commit(step).await?)
    }

    /// The polls that have a board with something to do: those that are open, and those that are being counted. Two
    /// queries.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn polls(&self) -> Result<Vec<PollId>, CommunityError> {
        let mut found = Vec::new();
        for status in [Status::Open, Status::Counting] {
            let page = self.table.query(Query::index("gsi1", poll::shelf(status))).await?;
            for item in page.items {
                found.push(table::read::<Poll>(item)?.id);
            }
        }
        Ok(found)
    }

    /// The ballots of a board from one place to before another, in their order. One query, and more where a page is
    /// full.
    ///
    /// # Errors
    /// [`CommunityError::Contended`] when an index does not show all of them yet; storage faults.
    pub async fn page(&self, poll: PollId, from: u64, to: u64) -> Result<Vec<Ballot>, CommunityError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let places = Query::index("gsi1", on_board(poll)).between(at_place(from), at_place(to - 1));
        let entries = ballots(every(&self.table, places).await?)?;
        if u64::try_from(entries.len()).is_ok_and(|count| count == to - from) {
            Ok(entries)
        } else {
            Err(CommunityError::Contended)
        }
    }

    /// A poll's public record but for its ballots. One query, and more where a page is full.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`], also of a poll that is hidden or was never opened; storage faults.
    pub async fn record(&self, poll: PollId) -> Result<Record, CommunityError> {
        let items = every(&self.table, Query::partition(poll::partition(poll))).await?;
        Record::among(items)
    }

    /// At which place a ballot stands. One read.
    ///
    /// # Errors
    /// [`CommunityError::NotOnBoard`]; storage faults.
    pub async fn place(&self, poll: PollId, hash: Hash) -> Result<u64, CommunityError> {
        let row: Option<BallotRow> = self.table.get(ballot_key(poll, hash)).await?;
        let place = row.filter(|row| row.gsi1pk == on_board(poll)).and_then(|row| row.gsi1sk.parse().ok());
        place.ok_or(CommunityError::NotOnBoard)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However ballots come in, nobody who compares two states of the board learns of fewer than ten, unless there
        /// were fewer in all; and none is left out.
        #[test]
        fn every_batch_hides_what_is_in_it(arrivals in proptest::collection::vec(0_usize..300, 0..20)) {
            let (mut waiting, mut batches) = (0, Vec::new());
            for (arrived, closed) in arrivals.iter().map(|count| (*count, false)).chain([(0, true)]) {
                waiting += arrived;
                loop {
                    let next = batch(waiting, closed);
                    if next == 0 {
                        break;
                    }
                    waiting -= next;
                    batches.push(next);
                }
            }
            let all: usize = arrivals.iter().sum();
            prop_assert_eq!((waiting, batches.iter().sum::<usize>()), (0, all));
            let (least, most) = (batches.iter().min().copied(), batches.iter().max().copied());
            prop_assert!(least.is_none_or(|least| least >= FEWEST.min(all)), "{:?}", batches);
            prop_assert!(most.is_none_or(|most| most <= MOST), "{:?}", batches);
        }
    }
}
