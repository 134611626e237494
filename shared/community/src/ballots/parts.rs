//! Which part of the audience a ballot said, until that is counted: then it is forgotten.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `STOPPED` | `<poll>` | that a poll was taken back or removed, and when, until its ballots are forgotten |

use std::collections::BTreeMap;

use kernel::{Timestamp, id::PollId};
use serde::{Deserialize, Serialize};
use table::{Condition, Item, Key, Query, Transaction, Update};

use super::{
    Record,
    board::{self, Board, PATIENCE_SECONDS, board_key, faster, on_board},
    casting::{BallotRow, ballot_key, in_box},
};
use crate::{
    CommunityError, breakdown, poll,
    poll::is_past,
    tally::{CAST, ISSUED},
};

/// How many rows are changed in one transaction that does nothing else.
const MOST_AT_ONCE: usize = 100;
const STOPPED: &str = "STOPPED";

#[derive(Serialize, Deserialize)]
struct StoppedRow {
    at: Timestamp,
}

fn stopped_key(poll: PollId) -> Key {
    Key::new(STOPPED, poll.to_string())
}

/// Signs and takes in no more ballots of an open poll or one that is counted, which never has a result, and has those that
/// there are forgotten.
pub(crate) fn stopped(transaction: Transaction, poll: PollId, now: Timestamp) -> Transaction {
    let partition = poll::partition(poll);
    let transaction = CAST.end(ISSUED.end(transaction, &partition), &partition);
    board::stopped(transaction, poll).put("stopped", stopped_key(poll), &StoppedRow { at: now })
}

impl Board {
    /// What may be told of the parts of a result. It is counted once and kept, and then forgotten which ballot said of
    /// which part. One query, and more where a page is full; a transaction, and one for every hundred ballots.
    pub(super) async fn breakdown(&self, record: &Record) -> Result<(), CommunityError> {
        let (poll, segments) = (&record.poll, &record.poll.electorate.segments);
        if segments.is_empty() {
            return Ok(());
        }
        let (mut votes, mut said) = (BTreeMap::<String, Vec<u64>>::new(), Vec::new());
        let items = self.table.every(Query::index("gsi1", on_board(poll.id))).await?;
        // An index shows an item later than the table does.
        if !u64::try_from(items.len()).is_ok_and(|count| count == record.shown.size) {
            return Err(CommunityError::Contended);
        }
        for item in items {
            let BallotRow { ballot, segment, .. } = table::read(item)?;
            said.extend(segment.is_some().then(|| ballot_key(poll.id, ballot.hash(poll.id))));
            let segment = segment.unwrap_or_else(|| breakdown::UNSTATED.to_owned());
            let counts = votes.entry(segment).or_insert_with(|| vec![0; poll.content.options.len()]);
            counts.get_mut(usize::from(ballot.option)).into_iter().for_each(|count| *count += 1);
        }
        if record.shown.breakdown.is_none() {
            let table = breakdown::Table::of(poll.content.breakdown, segments, votes);
            let first = Condition::present().and(Condition::missing("breakdown"));
            let kept = Update::new().set("breakdown", table);
            let step = Transaction::new().update("board", board_key(poll.id), kept, first);
            self.table.commit(step).await.map_err(faster)?;
        }
        self.silence(&said).await
    }

    /// Forgets which part some ballots said. A transaction for every hundred of them.
    async fn silence(&self, ballots: &[Key]) -> Result<(), CommunityError> {
        for some in ballots.chunks(MOST_AT_ONCE) {
            let silent = |step: Transaction, key: &Key| {
                step.update("ballot", key.clone(), Update::new().remove("segment"), Condition::present())
            };
            self.table.commit(some.iter().fold(Transaction::new(), silent)).await.map_err(faster)?;
        }
        Ok(())
    }

    /// Forgets what there is no result for: of polls that were taken back or removed, which published ballot said of which
    /// part, and the ballots that wait. One query; for each poll that was stopped a while ago two more, and a transaction
    /// for every hundred ballots.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn forget(&self, now: Timestamp) -> Result<(), CommunityError> {
        let mut fault = None;
        for item in self.table.every(Query::partition(STOPPED)).await? {
            let poll: PollId = table::sort_key(&item).parse()?;
            let StoppedRow { at } = table::read(item)?;
            // By then an index shows all there is.
            if is_past(Some(at), now, PATIENCE_SECONDS) {
                fault = fault.or(self.forget_of(poll).await.err());
            }
        }
        fault.map_or(Ok(()), Err)
    }

    async fn forget_of(&self, poll: PollId) -> Result<(), CommunityError> {
        let mut said = Vec::new();
        for item in self.table.every(Query::index("gsi1", on_board(poll))).await? {
            let BallotRow { ballot, segment, .. } = table::read(item)?;
            said.extend(segment.is_some().then(|| ballot_key(poll, ballot.hash(poll))));
        }
        self.silence(&said).await?;
        let waiting = self.table.every(Query::index("gsi1", in_box(poll))).await?;
        for some in waiting.chunks(MOST_AT_ONCE) {
            let gone = |step: Transaction, item: &Item| {
                let key = Key::new(table::partition_key(item), table::sort_key(item));
                // What is on the board stays there.
                step.delete("ballot", key, Condition::equals("gsi1pk", in_box(poll)))
            };
            self.table.commit(some.iter().fold(Transaction::new(), gone)).await.map_err(faster)?;
        }
        let done = Transaction::new().delete("stopped", stopped_key(poll), Condition::default());
        Ok(self.table.commit(done).await?)
    }
}
