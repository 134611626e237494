//! The rows of the calendar.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CALENDAR` | `QUEUE#<audience>` | what waits for the Mondays of an audience, in its order; when it began, and which Monday it had last |
//! | `CALENDAR` | `HOLIDAY#<date>` | the name of a day on which the queues rest |

use kernel::{Audience, Date, Timestamp, id::PollId, text::Line};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Query, Table, Transaction};

use super::{Calendar, Place, Queue};
use crate::{
    CommunityError,
    ballots::Keys,
    poll::{self, Electorate, Poll, Polls},
    review::Reason,
};

/// How often a change is tried when others come first.
const ATTEMPTS: usize = 5;
/// How many items are read at once.
const MOST_AT_ONCE: usize = 100;
/// Where everything is.
const CALENDAR: &str = "CALENDAR";
const HOLIDAYS: &str = "HOLIDAY#";

/// The store of the calendar.
#[derive(Debug, Clone)]
pub struct Calendars {
    table: Table,
}

/// A Monday's moment: what is to be opened for it.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// The moment that the schedule meant.
    pub moment: Timestamp,
    /// A queue that had a turn since then has had this one.
    pub since: Timestamp,
    /// Its day, where the calendar is.
    pub day: Date,
    /// Until when polls are open that are opened for it.
    pub closes_at: Timestamp,
}

impl Turn {
    /// Whether less than half of their time would be left to polls that are opened now: then none is.
    fn is_too_late(&self, now: Timestamp) -> bool {
        let until = |from: Timestamp| self.closes_at.as_second().saturating_sub(from.as_second());
        until(now).saturating_mul(2) < until(self.moment)
    }
}

/// What was done for an audience.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The poll that made way.
    pub closed: Option<PollId>,
    /// The poll that was opened.
    pub opened: Option<PollId>,
}

#[derive(Serialize, Deserialize)]
struct HolidayRow {
    name: Line,
}

fn queue_key(audience: &Audience) -> Key {
    Key::new(CALENDAR, format!("QUEUE#{}", audience.name()))
}

fn holiday_key(date: Date) -> Key {
    Key::new(CALENDAR, format!("{HOLIDAYS}{date}"))
}

/// Keeps a queue in the place of the one that was read.
fn kept(transaction: Transaction, before: Option<&Queue>, mut queue: Queue) -> Transaction {
    let unchanged =
        before.map_or_else(Condition::absent, |before| Condition::equals("version", before.version));
    queue.version = queue.version.saturating_add(1);
    transaction.put_when("queue", queue_key(&queue.audience), &queue, unchanged)
}

impl Calendars {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Everything that waits, and the holidays. One query, and more where a page is full.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn read(&self) -> Result<Calendar, CommunityError> {
        let mut calendar = Calendar::default();
        for item in self.table.every(Query::partition(CALENDAR)).await? {
            match table::sort_key(&item).strip_prefix(HOLIDAYS).map(str::parse) {
                Some(Ok(date)) => {
                    calendar.holidays.insert(date, table::read::<HolidayRow>(item)?.name);
                }
                Some(Err(_)) => {}
                None => calendar.queues.push(table::read(item)?),
            }
        }
        Ok(calendar)
    }

    /// Makes a day a holiday of that name, or none. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn mark(&self, date: Date, name: Option<Line>) -> Result<(), CommunityError> {
        let key = holiday_key(date);
        let step = match name {
            Some(name) => Transaction::new().put("holiday", key, &HolidayRow { name }),
            None => Transaction::new().delete("holiday", key, Condition::default()),
        };
        Ok(self.table.commit(step).await?)
    }

    /// Approves a draft, as it was read, and puts it to its place. A read and a transaction.
    ///
    /// # Errors
    /// What [`Queue::put`] says; [`CommunityError::PollDecided`] when it was edited or decided on in the meantime;
    /// [`CommunityError::Contended`]; storage faults.
    pub async fn approve(
        &self,
        poll: &Poll,
        place: Place,
        (now, today): (Timestamp, Date),
    ) -> Result<(), CommunityError> {
        self.change(&poll.content.audience, now, |queue| {
            queue.put(poll.id, place, today)?;
            Ok(poll::approved(Transaction::new(), poll, now))
        })
        .await
    }

    /// Puts an approved poll to another place. A read and a transaction.
    ///
    /// # Errors
    /// What [`Queue::put`] says; [`CommunityError::PollDecided`] when it does not wait; [`CommunityError::Contended`];
    /// storage faults.
    pub async fn place(
        &self,
        poll: &Poll,
        place: Place,
        (now, today): (Timestamp, Date),
    ) -> Result<(), CommunityError> {
        self.change(&poll.content.audience, now, |queue| {
            queue.put(poll.id, place, today)?;
            Ok(poll::waits(Transaction::new(), poll.id))
        })
        .await
    }

    /// Declines an approved poll after all, and takes it out. A read and a transaction.
    ///
    /// # Errors
    /// [`CommunityError::PollDecided`] when it does not wait; [`CommunityError::Contended`]; storage faults.
    pub async fn decline(&self, poll: &Poll, reason: &Reason, now: Timestamp) -> Result<(), CommunityError> {
        self.change(&poll.content.audience, now, |queue| {
            queue.remove(poll.id);
            Ok(poll::declined(Transaction::new(), poll, reason, now))
        })
        .await
    }

    async fn change(
        &self,
        audience: &Audience,
        now: Timestamp,
        step: impl Fn(&mut Queue) -> Result<Transaction, CommunityError>,
    ) -> Result<(), CommunityError> {
        for _ in 0..ATTEMPTS {
            let before: Option<Queue> = self.table.get(queue_key(audience)).await?;
            let mut queue = before.clone().unwrap_or_else(|| Queue::new(audience.clone(), now));
            let transaction = step(&mut queue)?;
            match self.table.commit(kept(transaction, before.as_ref(), queue)).await {
                Ok(()) => return Ok(()),
                Err(error) if error.failed("poll") => return Err(CommunityError::PollDecided),
                Err(error) if error.failed("queue") => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommunityError::Contended)
    }

    /// Opens what a Monday has for each audience, once, and closes what makes way for it. A query, and for each audience
    /// that has something two reads and a transaction.
    ///
    /// # Errors
    /// The first fault, after every audience was tried: the same turn again does what is left to do.
    pub async fn turn(
        &self,
        turn: Turn,
        now: Timestamp,
        opening: impl AsyncFn(&Poll) -> Result<(Keys, Electorate), CommunityError>,
    ) -> Result<Vec<Opened>, CommunityError> {
        let (mut done, mut fault) = (Vec::new(), None);
        for _ in 0..ATTEMPTS {
            let Calendar { queues, holidays } = self.read().await?;
            let (mut again, holiday) = (false, holidays.contains_key(&turn.day));
            let due = |queue: &Queue| queue.is_due(turn.moment, turn.since) && !turn.is_too_late(now);
            for queue in queues.into_iter().filter(due) {
                match self.open(queue, holiday, turn, now, &opening).await {
                    Ok(opened) => done.push(opened),
                    // Somebody changed the queue, or the same turn is done elsewhere: it is looked at again.
                    Err(CommunityError::Contended) => again = true,
                    Err(error) => fault = fault.or(Some(error)),
                }
            }
            if !again {
                return fault.map_or(Ok(done), Err);
            }
        }
        Err(fault.unwrap_or(CommunityError::Contended))
    }

    async fn open(
        &self,
        before: Queue,
        holiday: bool,
        turn: Turn,
        now: Timestamp,
        opening: impl AsyncFn(&Poll) -> Result<(Keys, Electorate), CommunityError>,
    ) -> Result<Opened, CommunityError> {
        let polls = Polls::new(self.table.clone());
        let mut queue = Queue { done: Some(turn.moment), ..before.clone() };
        let next = loop {
            let Some(id) = queue.next(turn.day, holiday) else { break None };
            queue.remove(id);
            // What was removed in a review is passed over.
            if let Some(poll) = Some(polls.find(id).await?).filter(Poll::is_waiting) {
                break Some(poll);
            }
        };
        let (mut transaction, mut opened) = (Transaction::new(), Opened::default());
        if let Some(poll) = next {
            let standing = match queue.standing {
                Some(standing) => Some(polls.find(standing).await?).filter(Poll::makes_way),
                None => None,
            };
            if let Some(standing) = standing {
                transaction = poll::closed(transaction, &standing, now);
                opened.closed = Some(standing.id);
            }
            let (keys, electorate) = opening(&poll).await?;
            transaction = poll::opened_by(transaction, &poll, (&keys, &electorate), (now, turn.closes_at));
            queue.standing = Some(poll.id);
            opened.opened = Some(poll.id);
        }
        self.table.commit(kept(transaction, Some(&before), queue)).await.map_err(|error| {
            if error.is_conflict() || error.is_retryable() { CommunityError::Contended } else { error.into() }
        })?;
        Ok(opened)
    }

    /// The polls that wait in a calendar, for who looks at it. A batch read for every hundred.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn polls(&self, calendar: &Calendar) -> Result<Vec<Poll>, CommunityError> {
        let waiting = calendar
            .queues
            .iter()
            .flat_map(|queue| queue.pinned.values().chain(&queue.waiting).chain(&queue.evergreen).copied());
        let (waiting, mut polls) = (waiting.collect::<Vec<_>>(), Vec::new());
        for some in waiting.chunks(MOST_AT_ONCE) {
            for item in self.table.get_many(some.iter().copied().map(poll::key)).await? {
                polls.push(table::read(item)?);
            }
        }
        polls.retain(Poll::is_waiting);
        Ok(polls)
    }
}
