//! The Monday poll: written, approved, opened by its schedule, closed, counted. Its [`ballots`](crate::ballots) are
//! apart from it, and from those who cast them.

mod store;

use kernel::{
    Invalid, SignedDuration, Timestamp,
    id::{MemberId, MessageId, PollId, ReviewId},
    text::{Line, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use store::{Page, Polls, Tick, Turn, Whole};
pub(crate) use store::{among, key, moved, partition, shelf};

/// A poll has at least so many options.
const FEWEST_OPTIONS: usize = 2;
/// And at most so many.
const MOST_OPTIONS: usize = 10;
/// How long a poll stays open without a successor, in seconds: a week, less the hours by which one Monday's ring
/// can come earlier than the last one's (the end of a summer time, a schedule's minute).
const OPEN_SECONDS: i64 = (7 * 24 - 6) * 3600;

/// What must stand beside every published result.
pub const METHOD_NOTE: &str = "Verified clinicians who chose to take part; one vote each, unpaid, not weighted. The \
    sample is self-selected, so no margin of sampling error can be given and the result does not stand for all \
    clinicians.";

/// Where a poll stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PollStatus)]
pub enum Status {
    /// Proposed; the community team has not approved it.
    Draft,
    /// Waits for its Monday.
    Approved,
    /// Takes ballots.
    Open,
    /// No more ballots are signed; those that it has are taken in, published and recounted.
    Counting,
    /// Its result is final and public.
    Closed,
}

impl Status {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Open => "open",
            Self::Counting => "counting",
            Self::Closed => "closed",
        }
    }
}

/// A poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// Its id.
    pub id: PollId,
    /// Who wrote it.
    pub author: MemberId,
    /// What it asks.
    pub question: Text<500>,
    /// What can be answered.
    pub options: Vec<Line>,
    /// Where it stands.
    pub status: Status,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was opened.
    #[serde(default)]
    pub opened_at: Option<Timestamp>,
    /// When it took its last ballot.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// The review that hides it.
    #[serde(default)]
    pub hidden: Option<ReviewId>,
    /// The message that carried its text.
    #[serde(default)]
    pub published_as: Option<MessageId>,
}

impl Poll {
    /// A new draft.
    ///
    /// # Errors
    /// When there are too few, too many or equal options.
    pub fn draft(
        id: PollId,
        author: MemberId,
        question: Text<500>,
        options: Vec<Line>,
        now: Timestamp,
    ) -> Result<Self, Invalid> {
        if !(FEWEST_OPTIONS..=MOST_OPTIONS).contains(&options.len()) {
            return Err(Invalid::new(
                format!("a poll has {FEWEST_OPTIONS} to {MOST_OPTIONS} options"),
                "add or leave out options",
            )
            .at("options"));
        }
        let mut sorted: Vec<String> = options.iter().map(|option| option.as_str().to_lowercase()).collect();
        sorted.sort();
        if sorted.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Invalid::new("two options are the same", "make them differ").at("options"));
        }
        Ok(Self {
            id,
            author,
            question,
            options,
            status: Status::Draft,
            created_at: now,
            opened_at: None,
            closed_at: None,
            hidden: None,
            published_as: None,
        })
    }

    /// Whether it is or was open to members.
    pub fn is_shown(&self) -> bool {
        self.hidden.is_none() && matches!(self.status, Status::Open | Status::Counting | Status::Closed)
    }

    /// Whether it takes ballots.
    pub fn is_open(&self) -> bool {
        self.hidden.is_none() && self.status == Status::Open
    }

    /// Until when it takes ballots at least: a week, or until the next poll opens, and not before that.
    pub fn open_until(&self) -> Option<Timestamp> {
        self.opened_at.and_then(|at| at.checked_add(SignedDuration::from_secs(OPEN_SECONDS)).ok())
    }

    /// Whether an open poll has been open for as long as one may be.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.opened_at.is_some_and(|at| now.as_second().saturating_sub(at.as_second()) >= OPEN_SECONDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(options: &[&str]) -> Result<Poll, Invalid> {
        let options = options.iter().map(|text| text.parse().expect("an option")).collect();
        let question = "Which?".parse().expect("a question");
        Poll::draft(
            PollId::at(Timestamp::UNIX_EPOCH),
            MemberId::random(),
            question,
            options,
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn a_poll_has_two_to_ten_different_options() {
        assert!(poll(&["a", "b"]).is_ok());
        assert!(poll(&["a"]).is_err());
        assert!(poll(&["a", "A"]).is_err());
        assert!(poll(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]).is_err());
    }

    #[test]
    fn only_an_open_poll_that_nobody_hid_takes_ballots() {
        let draft = poll(&["a", "b"]).expect("a poll");
        assert!(!draft.is_open() && !draft.is_shown());
        let open = Poll { status: Status::Open, ..draft };
        assert!(open.is_open() && open.is_shown());
        let counting = Poll { status: Status::Counting, ..open.clone() };
        assert!(!counting.is_open() && counting.is_shown());
        let hidden = Poll { hidden: Some(ReviewId::at(Timestamp::UNIX_EPOCH)), ..open };
        assert!(!hidden.is_open() && !hidden.is_shown());
    }
}
