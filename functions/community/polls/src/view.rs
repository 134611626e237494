//! Polls as they are shown.

use ballot::{Bytes, Hash};
use community::{
    ballots::PublicKey,
    poll::{Change, METHOD_NOTE, Poll, Source, Status, Whole},
};
use kernel::{
    Audience, Timestamp,
    id::PollId,
    text::{Line, Text},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Under which licence results are published.
pub(crate) const LICENCE: &str = "CC BY 4.0";

/// How a poll is quoted: who asked, what, when, and by which id anybody finds its record.
pub(crate) fn citation(poll: &Poll) -> String {
    let day = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d").to_string());
    let (opened, closed) = (day(poll.opened_at), day(poll.closed_at));
    format!("Curbside, poll of verified clinicians, {opened} to {closed}, {}. {LICENCE}.", poll.id)
}

/// A poll in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PollLine {
    id: PollId,
    question: Text<500>,
    /// Who may answer.
    audience: Audience,
    status: Status,
    created_at: Timestamp,
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
    /// Nothing of a poll that was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    votes: Option<u64>,
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
    /// What one should know before answering.
    context: Option<Text<2_000>>,
    /// Where more can be read.
    sources: Vec<Source>,
    /// Who may answer.
    audience: Audience,
    /// Who proposed it, if they want to be named: their screen name, or the community team.
    proposed_by: Option<String>,
    status: Status,
    options: Vec<OptionView>,
    /// All ballots that were published; nothing of a poll that was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    votes: Option<u64>,
    /// How many ballots had been signed for members, handed in or not, when the last ones were published.
    issued: u64,
    /// The keys that ballots are signed with, one a segment.
    keys: Vec<KeyView>,
    opened_at: Option<Timestamp>,
    /// Until when ballots are signed at least; those that were are taken in for a while longer.
    open_until: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    /// What moderators changed since it was opened, and why, oldest first.
    changes: Vec<Change>,
    /// How the result came about and what it does not say.
    method: &'static str,
    /// Under which licence a result may be used.
    licence: &'static str,
    /// How it is quoted.
    citation: String,
}

impl From<Poll> for PollLine {
    fn from(poll: Poll) -> Self {
        Self {
            id: poll.id,
            question: poll.content.question,
            audience: poll.content.audience,
            status: poll.status,
            created_at: poll.created_at,
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

impl PollView {
    pub(crate) fn new(Whole { poll, shown, keys }: Whole, proposed_by: Option<String>) -> Self {
        let (citation, counts) = (citation(&poll), poll.status != Status::Withdrawn);
        let options = poll
            .content
            .options
            .into_iter()
            .enumerate()
            .map(|(option, text)| {
                let votes = shown.votes.get(option).copied().unwrap_or_default();
                OptionView { option, text, votes: counts.then_some(votes) }
            })
            .collect();
        Self {
            citation,
            id: poll.id,
            question: poll.content.question,
            context: poll.content.context,
            sources: poll.content.sources,
            audience: poll.content.audience,
            proposed_by,
            status: poll.status,
            options,
            votes: counts.then_some(shown.size),
            issued: shown.issued.values().sum(),
            open_until: poll.closes_at,
            keys: keys.into_iter().map(Into::into).collect(),
            opened_at: poll.opened_at,
            closed_at: poll.closed_at,
            changes: poll.changes,
            method: METHOD_NOTE,
            licence: LICENCE,
        }
    }
}
