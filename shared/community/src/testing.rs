//! Polls as tests open them: with keys that were sealed for nobody.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use ballot::{Bytes, SigningKey, testing::Signer};
use kernel::{
    Timestamp,
    id::{MemberId, PollId},
};
use table::{OnceKey, Stored};

use crate::{
    CommunityError,
    ballots::{EVERYONE, Keys, PublicKey, SealedKey},
    poll::{Poll, Polls, Tick},
};

/// A key that ballots are signed with, and the keys of a poll that has it.
///
/// # Panics
/// When none can be made.
pub fn keys(heads: Bytes) -> (SigningKey, Keys) {
    let private = SigningKey::generate().expect("a key");
    let public = PublicKey::of(&private, EVERYONE).expect("a key");
    (private, Keys { ballots: vec![SealedKey { public, sealed: String::new() }], heads })
}

/// A tick of the schedule, which opens a poll with keys of its own.
///
/// # Errors
/// Storage faults, and a conflict with another tick.
pub async fn tick(polls: &Polls, occurrence: Timestamp, now: Timestamp) -> Result<Tick, CommunityError> {
    let turn = polls.due(occurrence, now).await?;
    polls.turn(turn, Some(keys(Signer::generate().der()).1), now).await
}

/// A poll of two options that waits for its Monday, written by somebody in 1970.
///
/// # Panics
/// When it cannot be kept.
pub async fn approved(polls: &Polls) -> PollId {
    let (now, writer) = (Timestamp::UNIX_EPOCH, MemberId::random());
    let options = ["Yes", "No"].map(|option| option.parse().expect("an option")).into();
    let question = "Image first?".parse().expect("a question");
    let poll = Poll::draft(PollId::at(now), writer, question, options, now).expect("a poll");
    let once = OnceKey::new(&writer.to_string(), "1", String::new(), now);
    let stored = Stored { status: 201, body: "{}".to_owned() };
    polls.create(&poll, Vec::new(), &once, &stored).await.expect("kept");
    polls.approve(poll.id, now).await.expect("approved");
    poll.id
}

/// Opens the poll that waits, with these keys.
///
/// # Panics
/// When none does.
pub async fn open(polls: &Polls, keys: Keys) {
    let now = Timestamp::UNIX_EPOCH;
    let turn = polls.due(now, now).await.expect("due");
    let tick = polls.turn(turn, Some(keys), now).await.expect("a tick");
    assert!(tick.opened.is_some(), "no poll waits");
}
