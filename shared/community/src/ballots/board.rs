//! The rows of a poll's board.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `POLL#<poll>` | `HEAD#BOARD` | how many ballots are published, and how many of each option |
//! | `POLL#<poll>` | `TREE#<size>` | a signed head of the log, with the proof that it follows from the one before |
//!
//! Published ballots are those of `casting`, under `gsi1` `BOARD#<poll>` / their place.

use std::collections::BTreeMap;

use ballot::{Ballot, Bytes, Hash, SignedHead, TreeHead, log::Log, record::Head};
use contracts::{Envelope, community::PollCounted};
use kernel::{Audience, Timestamp, id::PollId};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use table::{Condition, Item, Key, Query, Table, TableError, Transaction, Update};

use super::{
    HeadSigner, Record,
    casting::{BallotRow, ballot_key, in_box},
};
use crate::{
    CommunityError, breakdown,
    poll::{self, Poll, Status, is_past},
    tally::CAST,
};

/// The fewest ballots that are published together, and the fewest that stay behind until the poll is closed.
const FEWEST: usize = 10;
/// The most that are published in one transaction, beside the head and the board.
const MOST: usize = 90;

/// For how long an index may show less than the table has, in seconds, before something is missing.
pub(super) const PATIENCE_SECONDS: u32 = 600;

/// What a board says of a poll that was taken back or removed.
const STOPPED: &str = "stopped";

/// The store of boards, for who publishes.
#[derive(Debug, Clone)]
pub struct Board {
    pub(super) table: Table,
}

/// What publishing has done.
#[derive(Debug, Default)]
pub struct Progress {
    /// How many ballots were published by now before.
    pub before: u64,
    /// And how many are.
    pub after: u64,
    /// When the poll was opened.
    pub opened_at: Option<Timestamp>,
    /// Whether everyone could answer.
    pub everyone: bool,
    /// What came of it, if its result was made public.
    pub closed: Option<Outcome>,
    /// What ended it before its time.
    pub fault: Option<CommunityError>,
}

/// How many took part in a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// How many had a ballot signed.
    pub participants: u64,
    /// How many could have when it was opened.
    pub eligible: u64,
}

/// What a board shows: how many ballots are published, and how many of each option.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// How many ballots are published.
    pub size: u64,
    /// How many chose each option, in their order.
    pub votes: Vec<u64>,
    /// How many ballots had been signed by then with the key of each segment.
    #[serde(default)]
    pub issued: BTreeMap<String, u64>,
    /// What may be told of the parts of a final result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<breakdown::Table>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct BoardRow {
    #[serde(flatten)]
    pub(crate) shown: Shown,
    pub(crate) heads_key: Bytes,
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

/// Another run came first, or was in the way.
pub(super) fn faster(error: TableError) -> CommunityError {
    if error.is_conflict() || error.is_retryable() { CommunityError::Contended } else { error.into() }
}

pub(super) fn board_key(poll: PollId) -> Key {
    Key::new(poll::partition(poll), "HEAD#BOARD")
}

pub(super) fn on_board(poll: PollId) -> String {
    format!("BOARD#{poll}")
}

/// A place on the board as its ballots are sorted by it.
fn at_place(place: u64) -> String {
    format!("{place:010}")
}

fn head_key(poll: PollId, size: u64) -> Key {
    Key::new(poll::partition(poll), format!("TREE#{}", at_place(size)))
}

/// What a poll's board shows and the public key that its heads are signed with, among the items of the poll's partition.
pub(crate) fn among(items: &[Item]) -> Result<Option<BoardRow>, CommunityError> {
    let row = items.iter().find(|item| table::sort_key(item) == "HEAD#BOARD");
    Ok(row.map(|item| table::read(item.clone())).transpose()?)
}

/// Keeps an empty board of a poll.
pub(crate) fn opened(transaction: Transaction, poll: &Poll, heads_key: &Bytes) -> Transaction {
    let shown = Shown { votes: vec![0; poll.content.options.len()], ..Shown::default() };
    transaction.insert("board", board_key(poll.id), &BoardRow { shown, heads_key: heads_key.clone() })
}

/// Publishes nothing more on a board.
pub(super) fn stopped(transaction: Transaction, poll: PollId) -> Transaction {
    transaction.update("board", board_key(poll), Update::new().set(STOPPED, true), Condition::present())
}

fn ballots(items: Vec<Item>) -> Result<Vec<Ballot>, CommunityError> {
    items.into_iter().map(|item| Ok(table::read::<BallotRow>(item)?.ballot)).collect()
}

impl Board {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Publishes what waits of a poll: in batches, each in an order by lot. For so many seconds after its closing it takes
    /// ballots that were signed before. Then, once everything is published, it is recounted as anybody can, and its result
    /// is made public.
    ///
    /// What was published before a fault is told beside it: [`CommunityError::Miscounted`] when a ballot does not hold or is
    /// missing, or the recount finds a flaw; [`CommunityError::Contended`] when another run was faster: the next one goes on.
    ///
    /// # Errors
    /// Before anything is published: the same, and storage faults.
    pub async fn publish(
        &self,
        poll: PollId,
        signer: &HeadSigner,
        (now, grace): (Timestamp, u32),
    ) -> Result<Progress, CommunityError> {
        let before = self.record(poll).await?;
        if before.poll.takes_no_more(now, grace) && before.takes {
            self.close(poll).await?;
        }
        // First the ballots, then what was signed: no ballot is handed in that was not signed before.
        let waiting = ballots(self.table.every(Query::index("gsi1", in_box(poll))).await?)?;
        let record = self.record(poll).await?;
        if !record.poll.status.is_running() {
            return Ok(Progress::default());
        }
        let over = record.poll.takes_no_more(now, grace);
        if over && record.takes {
            return self.close(poll).await.map(|()| Progress::default());
        }
        let mut progress = Progress {
            before: record.shown.size,
            after: record.shown.size,
            opened_at: record.poll.opened_at,
            everyone: record.poll.content.audience == Audience::default(),
            closed: None,
            fault: None,
        };
        let keys = record.keys()?;
        let options = record.poll.content.options.len();
        let (waiting, bad): (Vec<Ballot>, Vec<Ballot>) = waiting.into_iter().partition(|ballot| {
            usize::from(ballot.option) < options
                && keys.get(&ballot.key).is_some_and(|key| ballot.verify(poll, key).is_ok())
        });
        let found = record.shown.size.saturating_add(u64::try_from(waiting.len()).unwrap_or(u64::MAX));
        if over && found < record.cast {
            // An index shows an item later than the table does, but not for long.
            let patience = grace.saturating_add(PATIENCE_SECONDS);
            return if !bad.is_empty() || record.poll.takes_no_more(now, patience) {
                Err(CommunityError::Miscounted)
            } else {
                Ok(progress)
            };
        }
        let holds = bad.is_empty();
        let advanced = self.advance(&mut progress, record, waiting, (over, holds), (signer, now)).await;
        progress.fault = (!holds).then_some(CommunityError::Miscounted).or(advanced.err());
        Ok(progress)
    }

    /// Publishes what waits in batches; and the result, if the poll is over and everything holds.
    async fn advance(
        &self,
        progress: &mut Progress,
        mut record: Record,
        mut waiting: Vec<Ballot>,
        (over, holds): (bool, bool),
        (signer, now): (&HeadSigner, Timestamp),
    ) -> Result<(), CommunityError> {
        let poll = record.poll.id;
        waiting.shuffle(&mut rand::rng());
        if batch(waiting.len(), over) == 0 && !over {
            return Ok(());
        }
        let newest = record.newest().map(|head| head.head.timestamp);
        let mut entries = match self.page(poll, 0, record.shown.size).await {
            Err(CommunityError::Contended) if is_past(newest, now, PATIENCE_SECONDS) => {
                return Err(CommunityError::Miscounted);
            }
            other => other?,
        };
        let mut log = Log::new();
        entries.iter().for_each(|ballot| log.push(ballot.entry(poll)));
        loop {
            let some = waiting.split_off(waiting.len() - batch(waiting.len(), over));
            if some.is_empty() {
                break;
            }
            // A clock that is behind another's must not make a head older than the one before it.
            let at = newest.map_or(now, |newest| newest.max(now));
            record.shown = self.append(&record, &some, &mut log, (signer, at)).await?;
            progress.after = record.shown.size;
            entries.extend(some);
        }
        if over && holds {
            self.record(poll).await?.recount(entries)?;
            self.finish(&record, now).await?;
            let participants = record.signed.values().sum();
            progress.closed = Some(Outcome { participants, eligible: record.poll.electorate.eligible });
        }
        Ok(())
    }

    /// Appends some ballots to the log. One signature and one transaction.
    async fn append(
        &self,
        record: &Record,
        some: &[Ballot],
        log: &mut Log,
        (signer, timestamp): (&HeadSigner, Timestamp),
    ) -> Result<Shown, CommunityError> {
        let poll = record.poll.id;
        let before = record.shown.size;
        let mut after = Shown { issued: record.signed.clone(), ..record.shown.clone() };
        let mut transaction = Transaction::new();
        for ballot in some {
            let update = Update::new().set("gsi1pk", on_board(poll)).set("gsi1sk", at_place(after.size));
            let waits = Condition::equals("gsi1pk", in_box(poll));
            transaction = transaction.update("ballot", ballot_key(poll, ballot.hash(poll)), update, waits);
            log.push(ballot.entry(poll));
            after.size += 1;
            after.votes.get_mut(usize::from(ballot.option)).into_iter().for_each(|votes| *votes += 1);
        }
        let (tree_size, root_hash) = (log.size(), log.root());
        let head = TreeHead { poll, asked: record.asked(), tree_size, root_hash, timestamp };
        let consistency = if before == 0 { None } else { log.consistency(before) };
        let head = Head { signed: signer.sign(head).await?, consistency };
        let shown =
            Update::new().set("size", after.size).set("votes", &after.votes).set("issued", &after.issued);
        let transaction = transaction.insert("head", head_key(poll, after.size), &head).update(
            "board",
            board_key(poll),
            shown,
            // Nothing is published any more of a poll that was taken back meanwhile.
            Condition::equals("size", before).and(Condition::missing(STOPPED)),
        );
        self.table.commit(transaction).await.map_err(faster)?;
        Ok(after)
    }

    /// Takes no more ballots. One transaction.
    async fn close(&self, poll: PollId) -> Result<(), CommunityError> {
        let step = CAST.close(Transaction::new(), &poll::partition(poll));
        self.table.commit(step).await.map_err(faster)
    }

    /// Makes a result public, with its parts. One transaction, after what those take.
    async fn finish(&self, record: &Record, now: Timestamp) -> Result<(), CommunityError> {
        let poll = record.poll.id;
        self.breakdown(record).await?;
        let counting = Condition::equals("status", Status::Counting).and(Condition::missing("hidden"));
        let counted = PollCounted { poll, audience: record.poll.content.audience.clone() };
        let step = Transaction::new()
            .announce(&Envelope::new(now, counted))
            .update("poll", poll::key(poll), poll::moved(Status::Closed, poll, now), counting)
            .update(
                "board",
                board_key(poll),
                Update::new().set("issued", &record.signed),
                Condition::present(),
            );
        self.table.commit(step).await.map_err(faster)
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
                let poll = table::read::<Poll>(item)?;
                found.extend(poll.is_shown().then_some(poll.id));
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
        let entries = ballots(self.table.every(places).await?)?;
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
        let items = self.table.every(Query::partition(poll::partition(poll))).await?;
        Record::among(items)
    }

    /// Whether a poll may be seen: its status. One read.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`], also of a poll that is hidden or was never opened; storage faults.
    pub async fn status(&self, poll: PollId) -> Result<Status, CommunityError> {
        let found: Option<Poll> = self.table.get(poll::key(poll)).await?;
        found.filter(Poll::is_shown).map(|poll| poll.status).ok_or(CommunityError::NoSuchPoll)
    }

    /// The newest signed head of a poll's log. One query.
    ///
    /// # Errors
    /// [`CommunityError::NotOnBoard`] when nothing is published; storage faults.
    pub async fn newest(&self, poll: PollId) -> Result<SignedHead, CommunityError> {
        let heads = Query::partition(poll::partition(poll)).prefix("TREE#").newest_first().limit(1);
        let newest =
            self.table.query(heads).await?.items.into_iter().next().ok_or(CommunityError::NotOnBoard)?;
        Ok(table::read::<Head>(newest)?.signed)
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
