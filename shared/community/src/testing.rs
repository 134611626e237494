//! Polls as tests open them: with keys that were sealed for nobody.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use ballot::{Bytes, SigningKey, testing::Signer};
use kernel::{
    Audience, SignedDuration, Timestamp,
    id::{MemberId, PollId},
};
use table::{OnceKey, Stored};

use crate::{
    CommunityError,
    ballots::{EVERYONE, Keys, PublicKey, SealedKey},
    calendar::{Calendars, Opened, Place, Turn},
    poll::{Content, Poll, Polls, Proposer},
};

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
    turned(polls, moment, now, &keys(Signer::generate().der()).1).await
}

/// The same, with these keys.
///
/// # Errors
/// Storage faults.
pub async fn turned(
    polls: &Polls,
    moment: Timestamp,
    now: Timestamp,
    keys: &Keys,
) -> Result<Opened, CommunityError> {
    let calendar = Calendars::new(polls.table().clone());
    let closes_at = moment.saturating_add(SignedDuration::from_secs(WEEK)).unwrap_or(Timestamp::MAX);
    let turn = Turn { moment, day: day(moment), closes_at };
    let opened = calendar.turn(turn, now, async |_: &Poll| Ok(keys.clone())).await?;
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
    let now = Timestamp::UNIX_EPOCH;
    let opened = turned(polls, now, now, &keys).await.expect("a turn");
    assert!(opened.opened.is_some(), "no poll waits");
}
