//! The rows of polls.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `POLL#<poll>` | `HEAD#POLL` | the poll; `gsi1` `POLLS#<status>` / `<since>#<poll>` until it is removed |
//! | `POLL#<poll>` | `HEAD#TALLY#<shard>` | votes by option, and whether counting goes on |
//! | `VOTER#<poll>#<member>` | `VOTER` | that a member took part: no time, no option |
//! | `POLLS` | `CURRENT` | the poll that is open |
//!
//! A ballot is one transaction: it writes the voter's row and adds one to a counter on a row that is
//! drawn by lot. No item holds both a member and an option.

use std::collections::BTreeMap;

use contracts::{Envelope, community::PollPublished};
use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use rand::Rng;
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Key, OnceKey, Query, Stored, Table, Transaction, Update};

use super::{Poll, Status};
use crate::{
    CommunityError,
    review::{self, Overridden, Review, Subject},
    tally,
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
    /// Votes by the option's number.
    pub votes: BTreeMap<String, u64>,
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

#[derive(Serialize)]
struct VoterRow {}

#[derive(Serialize, Deserialize)]
struct CurrentRow {
    poll: PollId,
}

fn partition(poll: PollId) -> String {
    format!("POLL#{poll}")
}

pub(crate) fn key(poll: PollId) -> Key {
    Key::new(partition(poll), "HEAD#POLL")
}

fn voter_key(poll: PollId, member: MemberId) -> Key {
    Key::new(format!("VOTER#{poll}#{member}"), "VOTER")
}

fn shelf(status: Status) -> String {
    format!("POLLS#{}", status.name())
}

/// A poll's place on its shelf. With a fixed precision, texts sort as the times do.
fn shelved(since: Timestamp, poll: PollId) -> String {
    format!("{since:.9}#{poll}")
}

fn current_key() -> Key {
    Key::new("POLLS", "CURRENT")
}

fn moved(status: Status, poll: PollId, now: Timestamp) -> Update {
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
        let votes = tally::sum(&items);
        let row = items.into_iter().find(|item| table::sort_key(item) == "HEAD#POLL");
        let poll = table::read::<Row>(row.ok_or(CommunityError::NoSuchPoll)?)?.poll;
        if poll.hidden.is_some() {
            return Err(CommunityError::NoSuchPoll);
        }
        Ok(Whole { poll, votes })
    }

    /// A poll by its id. One read.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`]; storage faults.
    pub async fn find(&self, id: PollId) -> Result<Poll, CommunityError> {
        let row: Option<Row> = self.table.get(key(id)).await?;
        row.map(|row| row.poll).ok_or(CommunityError::NoSuchPoll)
    }

    /// Whether a member took part in a poll. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn took_part(&self, poll: PollId, member: MemberId) -> Result<bool, CommunityError> {
        Ok(!self.table.get_many([voter_key(poll, member)]).await?.is_empty())
    }

    /// Casts a ballot. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::AlreadyVoted`]; [`CommunityError::PollNotOpen`]; storage faults.
    pub async fn cast(&self, poll: PollId, member: MemberId, option: usize) -> Result<(), CommunityError> {
        let shard = rand::rng().random_range(0..tally::SHARDS);
        let count = Update::new().add(&tally::attribute(&option.to_string()), 1);
        let transaction = Transaction::new().insert("voter", voter_key(poll, member), &VoterRow {}).update(
            "open",
            tally::key(&partition(poll), shard),
            count,
            tally::is_open(),
        );
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("voter") {
                CommunityError::AlreadyVoted
            } else if error.failed("open") {
                CommunityError::PollNotOpen
            } else if error.is_retryable() {
                CommunityError::Contended
            } else {
                error.into()
            }
        })
    }

    /// The schedule's tick: opens the next approved poll and closes the one that was open; without a
    /// next one, closes what has been open for a week. Two reads, a query and one transaction at most.
    ///
    /// `occurrence` is the moment that the schedule meant: a tick for the same one does nothing.
    ///
    /// # Errors
    /// Storage faults, and a conflict with another tick: the schedule comes again.
    pub async fn tick(&self, occurrence: Timestamp, now: Timestamp) -> Result<Tick, CommunityError> {
        let standing: Option<CurrentRow> = self.table.get(current_key()).await?;
        let current = match &standing {
            Some(row) => Some(self.find(row.poll).await?).filter(|poll| poll.status == Status::Open),
            None => None,
        };
        let query = Query::index("gsi1", shelf(Status::Approved)).limit(1);
        let next = self.table.query(query).await?.items.into_iter().next();
        let next = next.map(table::read::<Row>).transpose()?.map(|row| row.poll);
        let over = current.as_ref().filter(|poll| next.is_some() || poll.is_over(now));
        let tick = Tick { closed: over.map(|poll| poll.id), opened: next.as_ref().map(|poll| poll.id) };
        if tick == Tick::default() {
            return Ok(tick);
        }
        let unchanged = match &standing {
            Some(row) => Condition::equals("poll", row.poll),
            None => Condition::absent(),
        };
        let mut transaction = Transaction::new().seen(CLOCK, &occurrence.to_string(), now);
        if let Some(poll) = over {
            let update = moved(Status::Closed, poll.id, now).set("closed_at", now);
            let open = Condition::equals("status", Status::Open);
            transaction = transaction.update("current", key(poll.id), update, open);
            transaction = tally::close(transaction, &partition(poll.id));
        }
        if let Some(poll) = next {
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
            transaction = tally::open(transaction, &partition(poll.id));
        }
        match self.table.commit(transaction).await {
            Ok(()) => Ok(tick),
            Err(error) if error.failed("seen") => Ok(Tick::default()),
            Err(error) => Err(error.into()),
        }
    }
}
