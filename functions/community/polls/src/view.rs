//! Polls as they are shown.

use ballot::{Bytes, Hash};
use community::{
    ballots::PublicKey,
    poll::{METHOD_NOTE, Poll, Status, Whole},
};
use kernel::{
    Timestamp,
    id::PollId,
    text::{Line, Text},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A poll in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollLine {
    id: PollId,
    question: Text<500>,
    status: Status,
    opened_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

/// Some polls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollList {
    pub(crate) polls: Vec<PollLine>,
}

/// An option and its votes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OptionView {
    /// The number to send with a ballot.
    option: usize,
    text: Line,
    votes: u64,
}

/// A key that ballots are signed with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BallotKey)]
pub(crate) struct KeyView {
    /// By what it is called: the SHA-256 of `spki`, in base64url.
    #[schema(value_type = String)]
    key: Hash,
    /// Whose ballots it signs.
    segment: String,
    /// The key, as SubjectPublicKeyInfo in DER, in base64url.
    #[schema(value_type = String)]
    spki: Bytes,
}

/// A poll with its result.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollView {
    id: PollId,
    question: Text<500>,
    status: Status,
    options: Vec<OptionView>,
    /// All ballots that were published.
    votes: u64,
    /// How many ballots were signed for members, handed in or not.
    issued: u64,
    /// The keys that ballots are signed with, one a segment.
    keys: Vec<KeyView>,
    opened_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    /// How the result came about and what it does not say.
    method: &'static str,
}

impl From<Poll> for PollLine {
    fn from(poll: Poll) -> Self {
        Self {
            id: poll.id,
            question: poll.question,
            status: poll.status,
            opened_at: poll.opened_at,
            closed_at: poll.closed_at,
        }
    }
}

impl From<PublicKey> for KeyView {
    fn from(PublicKey { key, segment, spki }: PublicKey) -> Self {
        Self { key, segment, spki }
    }
}

impl From<Whole> for PollView {
    fn from(Whole { poll, shown, keys, issued }: Whole) -> Self {
        let options = poll
            .options
            .into_iter()
            .enumerate()
            .map(|(option, text)| {
                let votes = shown.votes.get(option).copied().unwrap_or_default();
                OptionView { option, text, votes }
            })
            .collect();
        Self {
            id: poll.id,
            question: poll.question,
            status: poll.status,
            options,
            votes: shown.size,
            issued,
            keys: keys.into_iter().map(Into::into).collect(),
            opened_at: poll.opened_at,
            closed_at: poll.closed_at,
            method: METHOD_NOTE,
        }
    }
}
