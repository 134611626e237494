//! Polls as tests open them: with keys that were sealed for nobody.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use ballot::{Ballot, Bytes, Seal, SigningKey, testing::Signer};
use kernel::{
    Audience, Profession, SignedDuration, Tier, Timestamp,
    id::{MemberId, PollId},
    session::Clinician,
};
use table::{OnceKey, Stored};

use crate::{
    CommunityError,
    ballots::{Casting, Checked, EVERYONE, Issuing, Keys, Open, PublicKey, SealedKey},
    breakdown::Breakdown,
    calendar::{Calendars, Opened, Place, Turn},
    poll::{Content, Electorate, Poll, Polls, Proposer},
};

/// A key of a segment beside those of a poll.
///
/// # Panics
/// When none can be made.
pub fn with_segment(keys: &mut Keys, segment: &str) -> SigningKey {
    let private = SigningKey::generate().expect("a key");
    let public = PublicKey::of(&private, segment).expect("a key");
    keys.ballots.push(SealedKey { public, sealed: String::new() });
    private
}

/// For how long polls are open in tests, in seconds: a week.
pub const WEEK: i64 = 7 * 24 * 3600;

/// A key that ballots are signed with, and the keys of a poll that has it.
///
/// # Panics
/// When none can be made.
pub fn keys(heads: Bytes) -> (SigningKey, Keys) {
    let private = SigningKey::generate().expect("a key");
    let public = PublicKey::of(&private, EVERYONE).expect("a key");
    (private, Keys { ballots: vec![SealedKey { public, sealed: String::new() }], heads })
}

/// A tick of the schedule, which opens a poll with keys of its own, and closes what is over.
///
/// # Errors
/// Storage faults.
pub async fn tick(polls: &Polls, moment: Timestamp, now: Timestamp) -> Result<Opened, CommunityError> {
    turned(polls, moment, now, &keys(Signer::generate().der()).1, &Electorate::default()).await
}

/// The same, with these keys, for who could answer.
///
/// # Errors
/// Storage faults.
pub async fn turned(
    polls: &Polls,
    moment: Timestamp,
    now: Timestamp,
    keys: &Keys,
    electorate: &Electorate,
) -> Result<Opened, CommunityError> {
    let calendar = Calendars::new(polls.table().clone());
    let closes_at = moment.saturating_add(SignedDuration::from_secs(WEEK)).unwrap_or(Timestamp::MAX);
    let turn = Turn { moment, since: moment, day: day(moment), closes_at };
    let opened = calendar.turn(turn, now, async |_: &Poll| Ok((keys.clone(), electorate.clone()))).await?;
    let mut opened = opened.into_iter().find(|one| one.opened.is_some()).unwrap_or_default();
    for poll in polls.over(now).await? {
        opened.closed = polls.close(&poll, now).await?.then_some(poll.id).or(opened.closed);
    }
    Ok(opened)
}

fn day(at: Timestamp) -> kernel::Date {
    "UTC".parse::<kernel::Zone>().expect("a zone").date(at)
}

/// Approves a poll, to the end of its audience's queue.
///
/// # Errors
/// When it cannot be approved.
///
/// # Panics
/// When there is none.
pub async fn approve(polls: &Polls, poll: PollId, now: Timestamp) -> Result<(), CommunityError> {
    let calendar = Calendars::new(polls.table().clone());
    let poll = polls.find(poll).await.expect("a poll");
    // Mondays count from the moment that a queue begins: so it began before.
    let began = now.saturating_sub(SignedDuration::from_secs(1)).expect("a time");
    calendar.approve(&poll, Place::default(), (began, day(now))).await
}

/// What a poll of two options asks everyone.
///
/// # Panics
/// Never.
pub fn content() -> Content {
    Content {
        question: "Image first?".parse().expect("a question"),
        options: ["Yes", "No"].map(|option| option.parse().expect("an option")).into(),
        context: None,
        sources: Vec::new(),
        audience: Audience::default(),
        breakdown: Breakdown::default(),
    }
}

/// A draft of a member's.
///
/// # Panics
/// When it cannot be kept.
pub async fn draft(polls: &Polls, content: Content, now: Timestamp) -> Poll {
    let proposer = Proposer { member: MemberId::random(), team: false, credited: true };
    let poll = Poll::draft(PollId::at(now), proposer, content, now);
    let once = OnceKey::new(&proposer.member.to_string(), "1", String::new(), now);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    polls.create(&poll, Vec::new(), &once, &stored).await.expect("kept");
    poll
}

/// A poll of two options that waits for its Monday, written by somebody in 1970.
///
/// # Panics
/// When it cannot be kept.
pub async fn approved(polls: &Polls) -> PollId {
    let now = Timestamp::UNIX_EPOCH;
    let poll = draft(polls, content(), now).await;
    approve(polls, poll.id, now).await.expect("approved");
    poll.id
}

/// Opens the poll that waits, with these keys.
///
/// # Panics
/// When none does.
pub async fn open(polls: &Polls, keys: Keys) {
    open_to(polls, keys, &Electorate::default()).await;
}

/// Opens the poll that waits, with these keys, for who could answer.
///
/// # Panics
/// When none does.
pub async fn open_to(polls: &Polls, keys: Keys, electorate: &Electorate) {
    let now = Timestamp::UNIX_EPOCH;
    let opened = turned(polls, now, now, &keys, electorate).await.expect("a turn");
    assert!(opened.opened.is_some(), "no poll waits");
}

/// A cardiologist of France.
///
/// # Panics
/// Never.
pub fn clinician() -> Clinician {
    Clinician {
        profession: Profession::Physician,
        specialty: "cardiology".parse().expect("a specialty"),
        country: "FR".parse().expect("a country"),
        tier: Tier::TripleVerified,
    }
}

/// An open poll, and members who vote in it.
#[derive(Debug)]
pub struct Voting {
    /// The poll.
    pub poll: PollId,
    /// Who signs.
    pub issuing: Issuing,
    /// Who takes in.
    pub casting: Casting,
    /// The poll as ballots of it are checked.
    pub taking: Open,
}

impl Voting {
    /// That poll's.
    ///
    /// # Panics
    /// When it is not open.
    pub async fn of(polls: &Polls, poll: PollId) -> Self {
        let table = polls.table();
        let (issuing, casting) = (Issuing::new(table.clone()), Casting::new(table.clone()));
        let taking = casting.open(poll).await.expect("a poll");
        Self { poll, issuing, casting, taking }
    }

    /// Records that a ballot was signed for some member, and checks it.
    ///
    /// # Panics
    /// When it may not be, or does not hold.
    pub async fn sign(&self, ballot: Ballot, segment: Option<Seal>) -> Checked {
        let (hash, member) = (ballot.hash(self.poll), MemberId::random());
        let issuer = self.issuing.of(self.poll, member, &clinician()).await.expect("a poll");
        self.issuing.record(&issuer, member, hash).await.expect("recorded");
        self.taking.check(ballot, segment).expect("a ballot")
    }

    /// Some member votes.
    ///
    /// # Panics
    /// When the ballot is not taken in.
    pub async fn vote(&self, ballot: Ballot, segment: Option<Seal>) {
        let checked = self.sign(ballot, segment).await;
        self.casting.take(&self.taking, checked).await.expect("taken in");
    }
}
