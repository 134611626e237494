//! The Monday poll: proposed, edited and decided on in review, opened on its Monday, closed, counted. Its
//! [`ballots`](crate::ballots) are apart from it, and from those who cast them; when it is opened the
//! [`calendar`](crate::calendar) says.

mod change;
mod content;
mod similar;
mod store;

use kernel::{
    Timestamp,
    id::{MemberId, MessageId, PollId, ReviewId},
    session::Clinician,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    CommunityError,
    breakdown::{self, Segment},
    member::{Census, Names},
    review::Reason,
};
pub use change::{Act, Change};
pub use content::{Content, Source};
pub use similar::Similar;
pub use store::{Beside, Page, Polls, Whole};
pub(crate) use store::{among, approved, closed, declined, key, moved, opened_by, partition, shelf, waits};

/// What the community team is called.
const TEAM: &str = "the community team";

/// What must stand beside every published result.
pub const METHOD_NOTE: &str = "Verified clinicians who chose to take part; one vote each, unpaid, not weighted. The \
    sample is self-selected, so no margin of sampling error can be given and the result does not stand for all \
    clinicians.";

/// Where a poll stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PollStatus)]
pub enum Status {
    /// Proposed; no moderator has decided on it.
    Draft,
    /// A moderator will not have it, and says why.
    Declined,
    /// Waits for its Monday.
    Approved,
    /// Takes ballots.
    Open,
    /// No more ballots are signed; those that it has are taken in, published and recounted.
    Counting,
    /// Its result is final and public.
    Closed,
    /// Taken back by a moderator, who says why: it has no result.
    Withdrawn,
}

impl Status {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Draft,
        Self::Declined,
        Self::Approved,
        Self::Open,
        Self::Counting,
        Self::Closed,
        Self::Withdrawn,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Declined => "declined",
            Self::Approved => "approved",
            Self::Open => "open",
            Self::Counting => "counting",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether ballots are signed, taken in or counted.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Open | Self::Counting)
    }

    /// Whether members see polls that stand there.
    pub const fn is_public(self) -> bool {
        match self {
            Self::Draft | Self::Declined | Self::Approved => false,
            Self::Open | Self::Counting | Self::Closed | Self::Withdrawn => true,
        }
    }
}

/// Who could answer a poll when it was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Electorate {
    /// How many members its audience had.
    pub eligible: u64,
    /// The parts of it that ballots are signed for, beside all of it.
    pub segments: Vec<Segment>,
}

/// Who proposes a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposer {
    /// Their id.
    pub member: MemberId,
    /// Whether they do it for the community team.
    pub team: bool,
    /// Whether they want to be named beside it.
    pub credited: bool,
}

/// A poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// Its id.
    pub id: PollId,
    /// Who proposed it.
    pub author: MemberId,
    /// Whether they did for the community team.
    #[serde(default)]
    pub team: bool,
    /// Whether they want to be named.
    #[serde(default)]
    pub credited: bool,
    /// What it asks.
    #[serde(flatten)]
    pub content: Content,
    /// Where it stands.
    pub status: Status,
    /// Which version of the draft this is, from 1.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Timestamp,
    /// Why it was declined.
    #[serde(default)]
    pub declined: Option<Reason>,
    /// Who could answer when it was opened.
    #[serde(default)]
    pub electorate: Electorate,
    /// When it was opened.
    #[serde(default)]
    pub opened_at: Option<Timestamp>,
    /// Until when it takes ballots at least.
    #[serde(default)]
    pub closes_at: Option<Timestamp>,
    /// When it took its last ballot.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// What moderators changed since it was opened, oldest first.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// The review that hides it.
    #[serde(default)]
    pub hidden: Option<ReviewId>,
    /// The review that looks at it once more, while it is not hidden.
    #[serde(default)]
    pub raised: Option<ReviewId>,
    /// When a moderator found that nobody can be identified in it.
    #[serde(default)]
    pub cleared_at: Option<Timestamp>,
    /// The message that carried its text.
    #[serde(default)]
    pub published_as: Option<MessageId>,
}

impl Poll {
    /// A new draft.
    pub fn draft(id: PollId, proposer: Proposer, content: Content, now: Timestamp) -> Self {
        let Proposer { member, team, credited } = proposer;
        Self {
            id,
            author: member,
            team,
            credited,
            content,
            status: Status::Draft,
            version: 1,
            created_at: now,
            declined: None,
            electorate: Electorate::default(),
            opened_at: None,
            closes_at: None,
            closed_at: None,
            changes: Vec::new(),
            hidden: None,
            raised: None,
            cleared_at: None,
            published_as: None,
        }
    }

    /// The draft with another content.
    ///
    /// # Errors
    /// [`CommunityError::PollDecided`] when it is no draft any more; [`CommunityError::Stale`] when this is not the
    /// version that was edited.
    pub fn edit(self, version: i64, content: Content) -> Result<Self, CommunityError> {
        if !self.waits_for_moderator() {
            return Err(CommunityError::PollDecided);
        }
        if self.version != version {
            return Err(CommunityError::Stale);
        }
        Ok(Self { content, version: version.saturating_add(1), ..self })
    }

    /// Who can answer it, of the members that there are; no segment has fewer than so many.
    pub fn electorate(&self, census: &Census, floor: u64) -> Electorate {
        let Content { audience, breakdown, .. } = &self.content;
        Electorate {
            eligible: census.eligible(audience),
            segments: breakdown::segments(census.parts(audience, *breakdown), floor),
        }
    }

    /// The segment that somebody's ballot is signed for, beside everyone's.
    pub fn segment_of(&self, clinician: &Clinician) -> Option<&str> {
        breakdown::segment_of(&self.electorate.segments, self.content.breakdown, clinician)
    }

    /// Whether a member's screen name is to stand beside it.
    pub(crate) const fn names_member(&self) -> bool {
        self.credited && !self.team
    }

    /// Who proposed it, as they want to be named.
    pub(crate) fn proposed_by(&self, names: &Names) -> Option<String> {
        if self.team {
            Some(TEAM.to_owned())
        } else {
            self.credited.then(|| names.screen_name_of(self.author))
        }
    }

    /// Whether nobody has decided on it yet.
    pub fn waits_for_moderator(&self) -> bool {
        self.hidden.is_none() && self.status == Status::Draft
    }

    /// Whether it is or was open to members.
    pub fn is_shown(&self) -> bool {
        self.hidden.is_none() && self.status.is_public()
    }

    /// Whether it takes ballots.
    pub fn is_open(&self) -> bool {
        self.hidden.is_none() && self.status == Status::Open
    }

    /// Whether it waits for its Monday.
    pub fn is_waiting(&self) -> bool {
        self.hidden.is_none() && self.status == Status::Approved
    }

    /// Whether an open poll has been open for as long as it may be.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.status == Status::Open && self.closes_at.is_some_and(|at| at <= now)
    }

    /// Whether a moderator found that nobody can be identified in it, and nothing was added since.
    pub fn is_cleared(&self) -> bool {
        self.cleared_at.is_some_and(|at| self.changes.iter().all(|change| change.at <= at))
    }

    /// Whether it takes no more of the ballots that were signed before it was closed: so many seconds have gone by since, or
    /// since it could be seen again after a review that hid it.
    pub fn takes_no_more(&self, now: Timestamp, grace: u32) -> bool {
        self.status == Status::Counting && is_past(self.closed_at.max(self.cleared_at), now, grace)
    }
}

/// Whether so many seconds have gone by since then.
pub(crate) fn is_past(since: Option<Timestamp>, now: Timestamp, seconds: u32) -> bool {
    since.is_some_and(|since| now.as_second().saturating_sub(since.as_second()) >= i64::from(seconds))
}

#[cfg(test)]
mod tests {
    use kernel::Audience;

    use super::*;
    use crate::breakdown::Breakdown;

    pub(super) fn content(options: &[&str]) -> Content {
        Content {
            question: "Which?".parse().expect("a question"),
            options: options.iter().map(|text| text.parse().expect("an option")).collect(),
            context: None,
            sources: Vec::new(),
            audience: Audience::default(),
            breakdown: Breakdown::default(),
        }
    }

    pub(super) fn poll() -> Poll {
        let proposer = Proposer { member: MemberId::random(), team: false, credited: true };
        let now = Timestamp::UNIX_EPOCH;
        Poll::draft(PollId::at(now), proposer, content(&["a", "b"]), now)
    }

    pub(super) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    pub(super) fn why() -> Reason {
        "A holiday in between".parse().expect("a reason")
    }

    #[test]
    fn only_an_open_poll_that_nobody_hid_takes_ballots() {
        let draft = poll();
        assert!(!draft.is_open() && !draft.is_shown());
        let open = Poll { status: Status::Open, ..draft };
        assert!(open.is_open() && open.is_shown());
        for status in [Status::Counting, Status::Withdrawn] {
            let after = Poll { status, ..open.clone() };
            assert!(!after.is_open() && after.is_shown());
        }
        let hidden = Poll { hidden: Some(ReviewId::at(Timestamp::UNIX_EPOCH)), ..open };
        assert!(!hidden.is_open() && !hidden.is_shown());
    }

    #[test]
    fn ballots_are_taken_for_a_while_after_the_closing_or_after_a_review_that_hid_the_poll() {
        let counting = Poll { status: Status::Counting, closed_at: Some(at(1_000)), ..poll() };
        assert!(!counting.takes_no_more(at(1_059), 60) && counting.takes_no_more(at(1_060), 60));
        let shown = Poll { cleared_at: Some(at(5_000)), ..counting };
        assert!(!shown.takes_no_more(at(5_059), 60) && shown.takes_no_more(at(5_060), 60));
        let earlier = Poll { cleared_at: Some(at(10)), ..shown };
        assert!(earlier.takes_no_more(at(1_060), 60));
        assert!(!Poll { status: Status::Open, ..earlier }.takes_no_more(at(9_000), 60));
    }

    #[test]
    fn a_draft_is_edited_in_the_version_that_was_read_until_it_is_decided_on() {
        let draft = poll();
        let after = draft.clone().edit(1, content(&["c", "d"])).expect("edited");
        assert_eq!((after.version, after.content.options[0].as_str()), (2, "c"));
        assert!(matches!(after.edit(1, content(&["e", "f"])), Err(CommunityError::Stale)));
        for status in [Status::Approved, Status::Declined, Status::Open] {
            let decided = Poll { status, ..draft.clone() };
            assert!(matches!(decided.edit(1, content(&["e", "f"])), Err(CommunityError::PollDecided)));
        }
    }
}
