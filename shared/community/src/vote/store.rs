//! The rows of courses and votes.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CASE#<case>` | `HEAD#COURSE#<course>` | a course of action |
//! | `CASE#<case>` | `VOTE#<member>` | the course that a member votes for |
//! | `CASE#<case>` | `PROPOSER#<member>` | how many courses a member proposed |
//! | `CASE#<case>` | `HEAD#TALLY#<shard>` | votes by course; a member's vote is always counted on the same row |

use kernel::id::{CaseId, CourseId, MemberId};
use serde::{Deserialize, Serialize};
use table::{Condition, Item, Key, OnceKey, Stored, Table, Transaction, Update};

use super::{Course, MOST_COURSES, MOST_OWN_COURSES};
use crate::{
    CommunityError,
    case::{self, Case},
    member::{self, Names},
    review::{self, Overridden, Review, Subject},
    tally,
};

#[derive(Debug, Serialize, Deserialize)]
struct VoteRow {
    course: CourseId,
}

/// What a vote is decided on.
#[derive(Debug)]
pub struct Context {
    /// The case.
    pub case: Case,
    /// Whether the course exists.
    pub course_exists: bool,
    /// What the member voted for before.
    pub before: Option<CourseId>,
}

/// What a reader's page adds to a case: names, and what they did themselves.
#[derive(Debug, Default)]
pub struct Mine {
    /// The screen names of those asked for.
    pub names: Names,
    /// What the reader voted for.
    pub vote: Option<CourseId>,
    /// Whether the reader has seen the case before.
    pub seen: bool,
}

/// The store of courses and votes.
#[derive(Debug, Clone)]
pub struct Votes {
    table: Table,
}

pub(crate) fn key(case: CaseId, course: CourseId) -> Key {
    Key::new(case::partition(case), format!("HEAD#COURSE#{course}"))
}

fn vote_key(case: CaseId, member: MemberId) -> Key {
    Key::new(case::partition(case), format!("VOTE#{member}"))
}

fn vote_in(item: Item) -> Result<CourseId, CommunityError> {
    Ok(table::read::<VoteRow>(item)?.course)
}

impl Votes {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Proposes a course of action on an open case. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::TooManyCourses`]; [`CommunityError::TooManyOwnCourses`];
    /// [`CommunityError::CaseClosed`]; storage faults.
    pub async fn propose(
        &self,
        case: CaseId,
        course: &Course,
        overridden: Vec<Overridden>,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let room = Condition::below("courses", i64::from(MOST_COURSES));
        let transaction = Transaction::new()
            .insert("course", key(case, course.id), course)
            .update("room", case::key(case), Update::new().add("courses", 1), room)
            .update(
                "own room",
                Key::new(case::partition(case), format!("PROPOSER#{}", course.proposer)),
                Update::new().add("courses", 1),
                Condition::missing_or_below("courses", MOST_OWN_COURSES),
            )
            .check("open", own_tally(case, course.proposer), tally::is_open())
            .once(Some(once), stored);
        let subject = Subject::Course { case, course: course.id };
        let review = Review::of_overrides(subject, course.proposer, overridden, course.proposed_at);
        self.table.commit(review::opened(transaction, review.as_ref())).await.map_err(|error| {
            if error.failed("open") {
                CommunityError::CaseClosed
            } else if error.failed("own room") {
                CommunityError::TooManyOwnCourses
            } else if error.failed("room") {
                CommunityError::TooManyCourses
            } else {
                error.into()
            }
        })
    }

    /// What a vote is decided on. One read.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchCase`]; storage faults.
    pub async fn context(
        &self,
        case: CaseId,
        course: CourseId,
        member: MemberId,
    ) -> Result<Context, CommunityError> {
        let keys = [case::key(case), key(case, course), vote_key(case, member)];
        let (mut found, mut course_exists, mut before) = (None, false, None);
        for item in self.table.get_many(keys).await? {
            match table::sort_key(&item) {
                case::CASE_ROW => found = Some(case::read(item)?),
                place if place.starts_with("VOTE#") => before = Some(vote_in(item)?),
                _ => course_exists = true,
            }
        }
        Ok(Context { case: found.ok_or(CommunityError::NoSuchCase)?, course_exists, before })
    }

    /// Casts or changes a vote, from what it was to what it becomes. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::CaseClosed`]; [`CommunityError::Contended`] when the member's own vote changed in
    /// the meantime: load the context again.
    pub async fn cast(
        &self,
        case: CaseId,
        member: MemberId,
        before: Option<CourseId>,
        course: CourseId,
    ) -> Result<(), CommunityError> {
        let unchanged = match before {
            None => Condition::absent(),
            Some(before) => Condition::equals("course", before),
        };
        let mut count = Update::new().add(&tally::attribute(&course.to_string()), 1);
        if let Some(before) = before {
            count = count.add(&tally::attribute(&before.to_string()), -1);
        }
        let transaction = Transaction::new()
            .put_when("vote", vote_key(case, member), &VoteRow { course }, unchanged)
            .update("open", own_tally(case, member), count, tally::is_open());
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("open") {
                CommunityError::CaseClosed
            } else if error.failed("vote") || error.is_retryable() {
                CommunityError::Contended
            } else {
                error.into()
            }
        })
    }

    /// What a reader's page adds to a case. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn mine(
        &self,
        case: CaseId,
        reader: MemberId,
        people: impl IntoIterator<Item = MemberId>,
    ) -> Result<Mine, CommunityError> {
        let own = [vote_key(case, reader), case::view_key(case, reader)];
        let items = self.table.get_many(people.into_iter().map(member::key).chain(own)).await?;
        let names = Names::among(&items);
        let mut mine = Mine { names, ..Mine::default() };
        for item in items {
            let place = table::sort_key(&item);
            if place.starts_with("VIEW#") {
                mine.seen = true;
            } else if place.starts_with("VOTE#") {
                mine.vote = Some(vote_in(item)?);
            }
        }
        Ok(mine)
    }
}

pub(crate) fn own_tally(case: CaseId, member: MemberId) -> Key {
    tally::VOTES.key(&case::partition(case), tally::shard_of(member))
}
