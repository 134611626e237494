//! The Monday poll: proposed, edited and decided on in review, opened on its Monday, closed, counted. Its
//! [`ballots`](crate::ballots) are apart from it, and from those who cast them; when it is opened the
//! [`calendar`](crate::calendar) says.

mod similar;
mod store;

use kernel::{
    Audience, Invalid, Link, SignedDuration, Timestamp,
    id::{MemberId, MessageId, PollId, ReviewId},
    session::Clinician,
    text::{Line, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    CommunityError,
    breakdown::{self, Breakdown, Segment},
    member::{Census, Names},
    review::Reason,
};
pub use similar::Similar;
pub use store::{Beside, Page, Polls, Whole};
pub(crate) use store::{among, approved, closed, declined, key, moved, opened_by, partition, shelf, waits};

/// A poll has at least so many options.
const FEWEST_OPTIONS: usize = 2;
/// And at most so many.
const MOST_OPTIONS: usize = 10;
/// The most sources that a poll names.
const MOST_SOURCES: usize = 5;
/// The longest that a poll is open, extensions included, in seconds: sixty days.
const LONGEST_SECONDS: i64 = 60 * 24 * 3600;

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

/// Where what a poll asks about can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PollSource)]
pub struct Source {
    /// What it is.
    pub title: Line,
    /// Where it is.
    pub link: Link,
}

/// What a poll asks, and whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What it asks.
    pub question: Text<500>,
    /// What can be answered.
    pub options: Vec<Line>,
    /// What one should know before answering.
    #[serde(default)]
    pub context: Option<Text<2_000>>,
    /// Where more can be read.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Who may answer.
    #[serde(default)]
    pub audience: Audience,
    /// By what its result is broken down.
    #[serde(default)]
    pub breakdown: Breakdown,
}

impl Content {
    /// Checks that it can be answered.
    ///
    /// # Errors
    /// When there are too few, too many or equal options, too many sources, or an audience of nobody.
    pub fn checked(self) -> Result<Self, Invalid> {
        if !(FEWEST_OPTIONS..=MOST_OPTIONS).contains(&self.options.len()) {
            return Err(Invalid::new(
                format!("a poll has {FEWEST_OPTIONS} to {MOST_OPTIONS} options"),
                "add or leave out options",
            )
            .at("options"));
        }
        let mut sorted: Vec<String> =
            self.options.iter().map(|option| option.as_str().to_lowercase()).collect();
        sorted.sort();
        if sorted.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Invalid::new("two options are the same", "make them differ").at("options"));
        }
        if self.sources.len() > MOST_SOURCES {
            let problem = format!("a poll has at most {MOST_SOURCES} sources");
            return Err(Invalid::new(problem, "keep those that matter most").at("sources"));
        }
        Ok(Self { audience: self.audience.checked()?, ..self })
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
        if self.hidden.is_some() || !matches!(self.status, Status::Open | Status::Counting) {
            return Err(CommunityError::PollNotOpen);
        }
        Ok(Change { at: now, act: Act::Withdrawn, reason })
    }
}

/// Whether so many seconds have gone by since then.
pub(crate) fn is_past(since: Option<Timestamp>, now: Timestamp, seconds: u32) -> bool {
    since.is_some_and(|since| now.as_second().saturating_sub(since.as_second()) >= i64::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(options: &[&str]) -> Content {
        Content {
            question: "Which?".parse().expect("a question"),
            options: options.iter().map(|text| text.parse().expect("an option")).collect(),
            context: None,
            sources: Vec::new(),
            audience: Audience::default(),
            breakdown: Breakdown::default(),
        }
    }

    fn poll() -> Poll {
        let proposer = Proposer { member: MemberId::random(), team: false, credited: true };
        let now = Timestamp::UNIX_EPOCH;
        Poll::draft(PollId::at(now), proposer, content(&["a", "b"]), now)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn why() -> Reason {
        "A holiday in between".parse().expect("a reason")
    }

    #[test]
    fn a_poll_has_two_to_ten_different_options_and_up_to_five_sources() {
        assert!(content(&["a", "b"]).checked().is_ok());
        assert!(content(&["a"]).checked().is_err());
        assert!(content(&["a", "A"]).checked().is_err());
        assert!(content(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]).checked().is_err());
        let link = "https://example.org/".parse().expect("a link");
        let source = Source { title: "A guideline".parse().expect("a title"), link };
        let with = |count: usize| Content { sources: vec![source.clone(); count], ..content(&["a", "b"]) };
        assert!(with(5).checked().is_ok() && with(6).checked().is_err());
        let nobody = Audience::Countries { countries: std::collections::BTreeSet::new() };
        assert!(Content { audience: nobody, ..content(&["a", "b"]) }.checked().is_err());
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
