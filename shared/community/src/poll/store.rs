//! The rows of polls.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `POLL#<poll>` | `HEAD#POLL` | the poll; `gsi1` `POLLS#<status>` / `<since>#<poll>` and `gsi2` `PROPOSER#<member>` / `<poll>`, until it is removed |
//! | `PROPOSER#<member>` | `DRAFTS` | which of their drafts waited when they proposed the last one |
//!
//! What stands beside it in its partition is its ballots' (see [`crate::ballots`]).

mod drafts;

use contracts::{
    Envelope,
    community::{PollDecided, PollPublished},
};
use kernel::{
    SignedDuration, Timestamp,
    id::{MemberId, PollId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Item, Key, Query, Table, TableError, Transaction, Update};

use super::{Change, Electorate, Poll, Similar, Status};
use crate::{
    CommunityError,
    ballots::{Keys, PublicKey, Shown, board, casting, issuing, parts},
    member::{self, Names},
    review::Reason,
    tally::{CAST, ISSUED},
};

const PAGE: i32 = 25;
/// How far back it is looked for a poll that asks the same, in seconds: a year.
const YEAR_SECONDS: i64 = 365 * 24 * 3600;

/// The store of polls.
#[derive(Debug, Clone)]
pub struct Polls {
    table: Table,
}

/// A poll with its result so far.
#[derive(Debug)]
pub struct Whole {
    /// The poll.
    pub poll: Poll,
    /// The ballots that were published.
    pub shown: Shown,
    /// The keys that ballots are signed with.
    pub keys: Vec<PublicKey>,
}

/// What stands beside a poll for one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Whether they had a ballot signed.
    pub ballot_signed: bool,
    /// Who proposed it, as they want to be named.
    pub proposer: Option<String>,
}

/// A page of polls.
#[derive(Debug)]
pub struct Page {
    /// The polls.
    pub polls: Vec<Poll>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    poll: Poll,
    gsi1pk: Option<String>,
    gsi1sk: Option<String>,
    gsi2pk: Option<String>,
    gsi2sk: Option<String>,
}

impl Row {
    /// The row of a draft.
    fn of(poll: &Poll) -> Self {
        Self {
            gsi1pk: Some(shelf(poll.status)),
            gsi1sk: Some(shelved(poll.created_at, poll.id)),
            gsi2pk: Some(proposer(poll.author)),
            gsi2sk: Some(poll.id.to_string()),
            poll: poll.clone(),
        }
    }
}

fn proposer(member: MemberId) -> String {
    format!("PROPOSER#{member}")
}

pub(crate) fn partition(poll: PollId) -> String {
    format!("POLL#{poll}")
}

pub(crate) fn key(poll: PollId) -> Key {
    Key::new(partition(poll), "HEAD#POLL")
}

/// The poll among the items of its partition.
///
/// # Errors
/// [`CommunityError::NoSuchPoll`], also of a poll that is hidden or was never opened; storage faults.
pub(crate) fn among(items: Vec<Item>) -> Result<Poll, CommunityError> {
    let row = items.into_iter().find(|item| table::sort_key(item) == "HEAD#POLL");
    let poll = table::read::<Row>(row.ok_or(CommunityError::NoSuchPoll)?)?.poll;
    if poll.is_shown() { Ok(poll) } else { Err(CommunityError::NoSuchPoll) }
}

pub(crate) fn shelf(status: Status) -> String {
    format!("POLLS#{}", status.name())
}

/// A poll's place on its shelf. With a fixed precision, texts sort as the times do.
fn shelved(since: Timestamp, poll: PollId) -> String {
    format!("{since:.9}#{poll}")
}

pub(crate) fn moved(status: Status, poll: PollId, now: Timestamp) -> Update {
    Update::new().set("status", status).set("gsi1pk", shelf(status)).set("gsi1sk", shelved(now, poll))
}

impl Polls {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Declines a draft, and tells who proposed it. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::PollDecided`]; storage faults.
    pub async fn decline(&self, poll: &Poll, reason: &Reason, now: Timestamp) -> Result<(), CommunityError> {
        let step = declined(Transaction::new(), poll, reason, now);
        self.table.commit(step).await.map_err(|error| stale(error, CommunityError::PollDecided))
    }

    /// Keeps an open poll open for longer. One transaction.
    ///
    /// # Errors
    /// What [`Poll::extended`] says; [`CommunityError::PollNotOpen`] when it was changed in the meantime; storage faults.
    pub async fn extend(
        &self,
        poll: &Poll,
        until: Timestamp,
        reason: Reason,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let update = changed(poll, poll.extended(until, reason, now)?).set("closes_at", until);
        let step = Transaction::new().update("poll", key(poll.id), update, unchanged(poll));
        self.table.commit(step).await.map_err(|error| stale(error, CommunityError::PollNotOpen))
    }

    /// Takes a poll back: no ballot is signed or taken in any more, and none is counted. One transaction.
    ///
    /// # Errors
    /// What [`Poll::withdrawn`] says; [`CommunityError::PollNotOpen`] when it was changed in the meantime; storage
    /// faults.
    pub async fn withdraw(&self, poll: &Poll, reason: Reason, now: Timestamp) -> Result<(), CommunityError> {
        let update = changed(poll, poll.withdrawn(reason, now)?).set("status", Status::Withdrawn);
        let update = update
            .set("gsi1pk", shelf(Status::Withdrawn))
            .set("gsi1sk", shelved(now, poll.id))
            .set("closed_at", now);
        let step = Transaction::new().update("poll", key(poll.id), update, unchanged(poll));
        let step = parts::stopped(step, poll.id, now);
        self.table.commit(step).await.map_err(|error| stale(error, CommunityError::PollNotOpen))
    }

    /// Corrects a result. One transaction.
    ///
    /// # Errors
    /// What [`Poll::corrected`] says; [`CommunityError::Contended`] when somebody else did at once; storage faults.
    pub async fn correct(&self, poll: &Poll, reason: Reason, now: Timestamp) -> Result<(), CommunityError> {
        let update = changed(poll, poll.corrected(reason, now)?);
        let step = Transaction::new().update("poll", key(poll.id), update, unchanged(poll));
        self.table.commit(step).await.map_err(|error| stale(error, CommunityError::Contended))
    }

    /// The open polls whose time is over. One query, and more where a page is full.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn over(&self, now: Timestamp) -> Result<Vec<Poll>, CommunityError> {
        let mut open = self.shelved_since(Status::Open, Timestamp::MIN).await?;
        open.retain(|poll| poll.is_over(now));
        Ok(open)
    }

    /// Closes a poll whose time is over. One transaction; nothing if it was closed, extended or withdrawn meanwhile.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn close(&self, poll: &Poll, now: Timestamp) -> Result<bool, CommunityError> {
        match self.table.commit(closed(Transaction::new(), poll, now)).await {
            Ok(()) => Ok(true),
            Err(error) if error.failed("over") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The polls of the last year that ask nearly the same as this one, whatever became of them. A query a status, and
    /// more where a page is full.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn similar(&self, poll: &Poll, now: Timestamp) -> Result<Vec<Similar>, CommunityError> {
        let since = now.saturating_sub(SignedDuration::from_secs(YEAR_SECONDS)).unwrap_or(Timestamp::MIN);
        let mut recent = Vec::new();
        for status in Status::ALL {
            recent.extend(self.shelved_since(status, since).await?);
        }
        Ok(poll.similar(recent))
    }

    async fn shelved_since(&self, status: Status, since: Timestamp) -> Result<Vec<Poll>, CommunityError> {
        let range = Query::index("gsi1", shelf(status)).between(format!("{since:.9}"), "~");
        let polls = self.table.every(range).await?.into_iter().map(|item| Ok(table::read::<Row>(item)?.poll));
        Ok(polls
            .collect::<Result<Vec<_>, CommunityError>>()?
            .into_iter()
            .filter(|poll| poll.hidden.is_none())
            .collect())
    }

    /// A page of what a member proposed, newest first. One query.
    ///
    /// # Errors
    /// [`CommunityError::BadCursor`]; storage faults.
    pub async fn of_author(
        &self,
        author: MemberId,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, CommunityError> {
        self.page(Query::index("gsi2", proposer(author)), cursors, cursor).await
    }

    /// A page of the polls of a status, newest first. One query.
    ///
    /// # Errors
    /// [`CommunityError::BadCursor`]; storage faults.
    pub async fn of_status(
        &self,
        status: Status,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, CommunityError> {
        self.page(Query::index("gsi1", shelf(status)), cursors, cursor).await
    }

    async fn page(
        &self,
        query: Query,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, CommunityError> {
        let query = query.newest_first().limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let polls = page
            .items
            .into_iter()
            .map(|item| Ok(table::read::<Row>(item)?.poll))
            .collect::<Result<Vec<Poll>, CommunityError>>()?;
        Ok(Page { polls: polls.into_iter().filter(|poll| poll.hidden.is_none()).collect(), next })
    }

    /// A poll with its result so far. One query.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`], also while a review hides it; storage faults.
    pub async fn whole(&self, id: PollId) -> Result<Whole, CommunityError> {
        let items = self.table.query(Query::partition(partition(id)).prefix("HEAD#")).await?.items;
        // A poll that was not opened yet has none.
        let shown = board::among(&items)?.map(|board| board.shown).unwrap_or_default();
        let keys = casting::keys_among(&items)?;
        let row = items.into_iter().find(|item| table::sort_key(item) == "HEAD#POLL");
        let poll = table::read::<Row>(row.ok_or(CommunityError::NoSuchPoll)?)?.poll;
        if poll.hidden.is_some() {
            return Err(CommunityError::NoSuchPoll);
        }
        Ok(Whole { poll, shown, keys })
    }

    /// Who proposed a poll, if they want to be named. One read if it is a member who does.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn proposer(&self, poll: &Poll) -> Result<Option<String>, CommunityError> {
        let profile = poll.names_member().then(|| member::key(poll.author));
        let items = self.table.get_many(profile).await?;
        Ok(poll.proposed_by(&Names::among(&items)))
    }

    /// Who proposed a poll, and whether a member had a ballot of it signed. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn beside(&self, poll: &Poll, member: MemberId) -> Result<Beside, CommunityError> {
        let issued = issuing::issued_key(poll.id, member);
        let profile = poll.names_member().then(|| member::key(poll.author));
        let items = self.table.get_many([issued.clone()].into_iter().chain(profile)).await?;
        let ballot_signed = items.iter().any(|item| table::partition_key(item) == issued.pk);
        Ok(Beside { ballot_signed, proposer: poll.proposed_by(&Names::among(&items)) })
    }

    /// A poll by its id. One read.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`]; storage faults.
    pub async fn find(&self, id: PollId) -> Result<Poll, CommunityError> {
        let row: Option<Row> = self.table.get(key(id)).await?;
        row.map(|row| row.poll).ok_or(CommunityError::NoSuchPoll)
    }
}

/// Holds while a poll stands where it stood, and nobody hid it.
fn still(poll: &Poll) -> Condition {
    Condition::equals("status", poll.status).and(Condition::missing("hidden"))
}

/// Holds while no moderator has changed a poll since it was read.
fn unchanged(poll: &Poll) -> Condition {
    still(poll).and(Condition::equals("changes", &poll.changes))
}

/// What it means that a poll is not as it was read.
fn stale(error: TableError, meant: CommunityError) -> CommunityError {
    if error.is_conflict() { meant } else { error.into() }
}

/// A change, beside those that there were.
fn changed(poll: &Poll, change: Change) -> Update {
    let changes: Vec<Change> = poll.changes.iter().cloned().chain([change]).collect();
    Update::new().set("changes", changes)
}

/// Puts a poll into line, in the version that was read, and tells who proposed it.
pub(crate) fn approved(transaction: Transaction, poll: &Poll, now: Timestamp) -> Transaction {
    let draft = Condition::equals("status", Status::Draft)
        .and(Condition::missing("hidden"))
        .and(Condition::equals("version", poll.version));
    let decided = PollDecided { poll: poll.id, author: poll.author, approved: true };
    transaction
        .update("poll", key(poll.id), moved(Status::Approved, poll.id, now), draft)
        .announce(&Envelope::new(now, decided))
}

/// Checks that a poll waits for its Monday.
pub(crate) fn waits(transaction: Transaction, poll: PollId) -> Transaction {
    let approved = Condition::equals("status", Status::Approved).and(Condition::missing("hidden"));
    transaction.check("poll", key(poll), approved)
}

/// Declines a poll, and tells who proposed it.
pub(crate) fn declined(
    transaction: Transaction,
    poll: &Poll,
    reason: &Reason,
    now: Timestamp,
) -> Transaction {
    let update = moved(Status::Declined, poll.id, now).set("declined", reason);
    let decided = PollDecided { poll: poll.id, author: poll.author, approved: false };
    transaction.update("poll", key(poll.id), update, still(poll)).announce(&Envelope::new(now, decided))
}

/// Closes an open poll, unless it was changed since it was read.
pub(crate) fn closed(transaction: Transaction, poll: &Poll, now: Timestamp) -> Transaction {
    let open = Condition::equals("status", Status::Open).and(Condition::equals("closes_at", poll.closes_at));
    let update = moved(Status::Counting, poll.id, now).set("closed_at", now);
    ISSUED.close(transaction.update("over", key(poll.id), update, open), &partition(poll.id))
}

/// Opens a poll that waits, with its keys.
pub(crate) fn opened_by(
    transaction: Transaction,
    poll: &Poll,
    (keys, electorate): (&Keys, &Electorate),
    (now, closes_at): (Timestamp, Timestamp),
) -> Transaction {
    let published = PollPublished {
        poll: poll.id,
        question: poll.content.question.to_string(),
        options: poll.content.options.iter().map(ToString::to_string).collect(),
        audience: poll.content.audience.clone(),
        opened_at: now,
    };
    let published = Envelope::new(now, published);
    let update = moved(Status::Open, poll.id, now).set("opened_at", now).set("closes_at", closes_at);
    let update = update.set("published_as", published.id).set("electorate", electorate);
    let transaction = transaction.update("next", key(poll.id), update, still(poll)).announce(&published);
    let transaction = CAST.open(ISSUED.open(transaction, &partition(poll.id)), &partition(poll.id));
    board::opened(issuing::kept(transaction, poll.id, &keys.ballots), poll, &keys.heads)
}
