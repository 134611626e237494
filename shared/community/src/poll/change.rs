//! What moderators change of a poll that is or was open: in public, with a reason.

use kernel::{Invalid, SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Poll, Status};
use crate::{CommunityError, review::Reason};

/// The longest that a poll is open, extensions included, in seconds: sixty days.
const LONGEST_SECONDS: i64 = 60 * 24 * 3600;

/// A moderator's change to a poll that is or was open. It is shown with the poll, to whoever sees that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PollChange)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// What was done.
    #[serde(flatten)]
    pub act: Act,
    /// Why.
    pub reason: Reason,
}

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "act")]
#[schema(as = PollAct)]
pub enum Act {
    /// It stays open for longer.
    Extended {
        /// Until when it would have been open.
        from: Timestamp,
        /// Until when it is.
        until: Timestamp,
    },
    /// It was taken back.
    Withdrawn,
    /// Something that was published with its result was wrong; the reason says what, and what is right. The count stays
    /// as it is: anybody can recount it.
    Corrected {
        /// Which version of the result this is, from 2.
        version: usize,
    },
}

impl Poll {
    /// Whether it makes way for the poll that follows it: unless a moderator extended it.
    pub fn makes_way(&self) -> bool {
        self.status == Status::Open
            && !self.changes.iter().any(|change| matches!(change.act, Act::Extended { .. }))
    }

    /// What keeps it open until then.
    ///
    /// # Errors
    /// [`CommunityError::PollNotOpen`]; when that is no longer than it is open anyway, or longer than sixty days in all.
    pub fn extended(
        &self,
        until: Timestamp,
        reason: Reason,
        now: Timestamp,
    ) -> Result<Change, CommunityError> {
        let (true, Some(opened), Some(from)) = (self.is_open(), self.opened_at, self.closes_at) else {
            return Err(CommunityError::PollNotOpen);
        };
        let last =
            opened.saturating_add(SignedDuration::from_secs(LONGEST_SECONDS)).unwrap_or(Timestamp::MAX);
        if until <= from || until <= now {
            let remedy = format!("send a time after {}", from.max(now));
            return Err(Invalid::new("this is no extension", remedy).at("until").into());
        }
        if until > last {
            let remedy = format!("send {last} at the latest");
            return Err(Invalid::new("a poll is open for sixty days at most", remedy).at("until").into());
        }
        Ok(Change { at: now, act: Act::Extended { from, until }, reason })
    }

    /// Which version of its result this is: 1, and one more with each correction.
    pub fn result_version(&self) -> usize {
        let corrections = self.changes.iter().filter(|change| matches!(change.act, Act::Corrected { .. }));
        corrections.count().saturating_add(1)
    }

    /// When what is published of it was changed last.
    pub fn updated_at(&self) -> Option<Timestamp> {
        self.changes.iter().map(|change| change.at).chain(self.closed_at).max()
    }

    /// What corrects its result.
    ///
    /// # Errors
    /// [`CommunityError::PollNotClosed`] when it has none.
    pub fn corrected(&self, reason: Reason, now: Timestamp) -> Result<Change, CommunityError> {
        if self.hidden.is_some() || self.status != Status::Closed {
            return Err(CommunityError::PollNotClosed);
        }
        let version = self.result_version().saturating_add(1);
        Ok(Change { at: now, act: Act::Corrected { version }, reason })
    }

    /// What takes it back.
    ///
    /// # Errors
    /// [`CommunityError::PollNotOpen`] when it was not opened yet, or has a result.
    pub fn withdrawn(&self, reason: Reason, now: Timestamp) -> Result<Change, CommunityError> {
        if self.hidden.is_some() || !self.status.is_running() {
            return Err(CommunityError::PollNotOpen);
        }
        Ok(Change { at: now, act: Act::Withdrawn, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::tests::{at, poll, why};

    #[test]
    fn an_open_poll_is_extended_for_longer_only_and_then_makes_no_way() {
        let open = Poll {
            status: Status::Open,
            opened_at: Some(at(0)),
            closes_at: Some(at(7 * 24 * 3600)),
            ..poll()
        };
        assert!(open.makes_way() && open.is_over(at(7 * 24 * 3600)) && !open.is_over(at(7 * 24 * 3600 - 1)));
        for until in [at(7 * 24 * 3600), at(3600), at(60 * 24 * 3600 + 1)] {
            assert!(matches!(open.extended(until, why(), at(1)), Err(CommunityError::Invalid(_))), "{until}");
        }
        let change = open.extended(at(9 * 24 * 3600), why(), at(1)).expect("extended");
        assert!(!Poll { changes: vec![change], ..open.clone() }.makes_way());
        assert!(open.withdrawn(why(), at(1)).is_ok());
        for status in [Status::Draft, Status::Approved, Status::Closed, Status::Withdrawn] {
            let other = Poll { status, ..open.clone() };
            assert!(
                other.withdrawn(why(), at(1)).is_err()
                    && other.extended(at(9 * 24 * 3600), why(), at(1)).is_err()
            );
        }
    }
}
