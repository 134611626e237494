//! Polls as they are shown.

use community::poll::{METHOD_NOTE, Poll, Status, Whole};
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

/// A poll with its result.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollView {
    id: PollId,
    question: Text<500>,
    status: Status,
    options: Vec<OptionView>,
    /// All votes.
    votes: u64,
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

impl From<Whole> for PollView {
    fn from(Whole { poll, votes }: Whole) -> Self {
        let options = poll
            .options
            .into_iter()
            .enumerate()
            .map(|(option, text)| {
                let votes = votes.get(&option.to_string()).copied().unwrap_or_default();
                OptionView { option, text, votes }
            })
            .collect();
        Self {
            id: poll.id,
            question: poll.question,
            status: poll.status,
            options,
            votes: votes.values().sum(),
            opened_at: poll.opened_at,
            closed_at: poll.closed_at,
            method: METHOD_NOTE,
        }
    }
}
