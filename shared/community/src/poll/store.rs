//! The rows of polls.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `POLL#<poll>` | `HEAD#POLL` | the poll; `gsi1` `POLLS#<status>` / `<since>#<poll>` until it is removed |
//! | `POLLS` | `CURRENT` | the poll that is open |
//!
//! What stands beside it in its partition is its ballots' (see [`crate::ballots`]).

use contracts::{Envelope, community::PollPublished};
use kernel::{Timestamp, id::PollId};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Item, Key, OnceKey, Query, Stored, Table, Transaction, Update};

use super::{Poll, Status};
use crate::{
    CommunityError,
    ballots::{Keys, PublicKey, Shown, board, casting, issuing},
    review::{self, Overridden, Review, Subject},
    tally::{CAST, ISSUED},
};

const PAGE: i32 = 25;

/// The schedule, as a consumer of its own occurrences.
const CLOCK: &str = "poll-clock";

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

/// What a tick of the clock is to do: it was read, and nothing was done yet.
#[derive(Debug)]
pub struct Turn {
    occurrence: Timestamp,
    standing: Option<PollId>,
    over: Option<Poll>,
    /// The poll that is to be opened. It needs keys.
    pub next: Option<Poll>,
}

/// A page of polls.
#[derive(Debug)]
pub struct Page {
    /// The polls.
    pub polls: Vec<Poll>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// What a tick of the clock did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// The poll that was closed.
    pub closed: Option<PollId>,
    /// The poll that was opened.
    pub opened: Option<PollId>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    poll: Poll,
    gsi1pk: Option<String>,
    gsi1sk: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct CurrentRow {
    poll: PollId,
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

fn current_key() -> Key {
    Key::new("POLLS", "CURRENT")
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

    /// Keeps a new draft. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn create(
        &self,
        poll: &Poll,
        overridden: Vec<Overridden>,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let (gsi1pk, gsi1sk) = (Some(shelf(poll.status)), Some(shelved(poll.created_at, poll.id)));
        let row = Row { poll: poll.clone(), gsi1pk, gsi1sk };
        let transaction = Transaction::new().insert("poll", key(poll.id), &row).once(Some(once), stored);
        let subject = Subject::Poll { poll: poll.id };
        let review = Review::of_overrides(subject, poll.author, overridden, poll.created_at);
        Ok(self.table.commit(review::opened(transaction, review.as_ref())).await?)
    }

    /// Approves a draft. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::PollDecided`] when it is no draft, or was removed; storage faults.
    pub async fn approve(&self, poll: PollId, now: Timestamp) -> Result<(), CommunityError> {
        let draft = Condition::equals("status", Status::Draft).and(Condition::missing("hidden"));
        let step = Transaction::new().update("poll", key(poll), moved(Status::Approved, poll, now), draft);
        self.table
            .commit(step)
            .await
            .map_err(|error| if error.failed("poll") { CommunityError::PollDecided } else { error.into() })
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
        let query = Query::index("gsi1", shelf(status)).newest_first().limit(PAGE);
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

    /// A poll by its id. One read.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`]; storage faults.
    pub async fn find(&self, id: PollId) -> Result<Poll, CommunityError> {
        let row: Option<Row> = self.table.get(key(id)).await?;
        row.map(|row| row.poll).ok_or(CommunityError::NoSuchPoll)
    }

    /// What a tick of the schedule is to do: open the next approved poll and close the one that is open; without a
    /// next one, close what has been open for a week. Two reads and a query.
    ///
    /// `occurrence` is the moment that the schedule meant: a tick for the same one does nothing.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn due(&self, occurrence: Timestamp, now: Timestamp) -> Result<Turn, CommunityError> {
        let standing: Option<CurrentRow> = self.table.get(current_key()).await?;
        let current = match &standing {
            Some(row) => Some(self.find(row.poll).await?).filter(|poll| poll.status == Status::Open),
            None => None,
        };
        let query = Query::index("gsi1", shelf(Status::Approved)).limit(1);
        let next = self.table.query(query).await?.items.into_iter().next();
        let next = next.map(table::read::<Row>).transpose()?.map(|row| row.poll);
        let over = current.filter(|poll| next.is_some() || poll.is_over(now));
        Ok(Turn { occurrence, standing: standing.map(|row| row.poll), over, next })
    }

    /// Does what a tick is to do, with the keys of the poll that it opens. One transaction at most.
    ///
    /// # Errors
    /// Storage faults, and a conflict with another tick: the schedule comes again.
    pub async fn turn(&self, turn: Turn, keys: Option<Keys>, now: Timestamp) -> Result<Tick, CommunityError> {
        let Turn { occurrence, standing, over, next } = turn;
        let opening = next.zip(keys);
        let (closed, opened) = (over.map(|poll| poll.id), opening.as_ref().map(|(poll, _)| poll.id));
        let tick = Tick { closed, opened };
        if tick == Tick::default() {
            return Ok(tick);
        }
        let mut transaction = Transaction::new().seen(CLOCK, &occurrence.to_string(), now);
        if let Some(poll) = closed {
            let update = moved(Status::Counting, poll, now).set("closed_at", now);
            let open = Condition::equals("status", Status::Open);
            transaction = transaction.update("current", key(poll), update, open);
            transaction = ISSUED.close(transaction, &partition(poll));
        }
        if let Some((poll, keys)) = opening {
            let unchanged =
                standing.map_or_else(Condition::absent, |standing| Condition::equals("poll", standing));
            let approved = Condition::equals("status", Status::Approved).and(Condition::missing("hidden"));
            let published = PollPublished {
                poll: poll.id,
                question: poll.question.to_string(),
                options: poll.options.iter().map(ToString::to_string).collect(),
                opened_at: now,
            };
            let published = Envelope::new(now, published);
            let update = moved(Status::Open, poll.id, now).set("opened_at", now);
            let update = update.set("published_as", published.id);
            transaction = transaction
                .put_when("standing", current_key(), &CurrentRow { poll: poll.id }, unchanged)
                .update("next", key(poll.id), update, approved)
                .announce(&published);
            transaction = CAST.open(ISSUED.open(transaction, &partition(poll.id)), &partition(poll.id));
            transaction = issuing::kept(transaction, poll.id, &keys.ballots);
            transaction = board::opened(transaction, &poll, &keys.heads);
        }
        match self.table.commit(transaction).await {
            Ok(()) => Ok(tick),
            Err(error) if error.failed("seen") => Ok(Tick::default()),
            Err(error) => Err(error.into()),
        }
    }
}
