//! Polls as they are shown.

use ballot::{Bytes, Hash};
use community::{
    ballots::PublicKey,
    breakdown::{self, Breakdown, Segment},
    poll::{Change, METHOD_NOTE, Poll, Source, Status, Whole},
    review::Reason,
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

fn day(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d").to_string())
}

/// How a poll that is closed is quoted: who asked, what, when, and by which id anybody finds its record.
pub(crate) fn citation(poll: &Poll) -> String {
    let (opened, closed) = (day(poll.opened_at), day(poll.closed_at));
    let version = match poll.result_version() {
        1 => String::new(),
        version => format!(", version {version}"),
    };
    format!("Curbside, poll of verified clinicians, {opened} to {closed}, {}{version}. {LICENCE}.", poll.id)
}

/// How a result came about and what it does not say: once it is final, with how many could answer and did, and when.
pub(crate) fn method(Whole { poll, shown, .. }: &Whole) -> String {
    if poll.status != Status::Closed {
        return METHOD_NOTE.to_owned();
    }
    let (voted, eligible) = (shown.size, poll.electorate.eligible);
    let (opened, closed) = (day(poll.opened_at), day(poll.closed_at));
    format!(
        "{voted} ballots from {opened} to {closed}; {eligible} members could answer when it opened. {METHOD_NOTE}"
    )
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
    /// Why it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<Reason>,
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
    /// By what its result is broken down.
    breakdown: Breakdown,
    /// How many members could answer when it was opened.
    eligible: u64,
    /// The parts of them that ballots are signed for, beside all of them.
    segments: Vec<Segment>,
    /// Who proposed it, if they want to be named: their screen name, or the community team.
    proposed_by: Option<String>,
    status: Status,
    options: Vec<OptionView>,
    /// All ballots that were published; nothing of a poll that was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    votes: Option<u64>,
    /// How many ballots had been signed for members, handed in or not, when the last ones were published.
    issued: u64,
    /// What may be told of the parts of a final result; nothing where it has none.
    parts: Option<breakdown::Table>,
    /// The keys that ballots are signed with: `everyone`'s, whose ballots are counted and published, and one a segment.
    keys: Vec<KeyView>,
    opened_at: Option<Timestamp>,
    /// Until when ballots are signed at least; those that were are taken in for a while longer.
    open_until: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    /// Which version of the result this is: one more than there were corrections, which are among the changes.
    version: usize,
    /// What moderators changed since it was opened, and why, oldest first.
    changes: Vec<Change>,
    /// How the result came about and what it does not say.
    method: String,
    /// Under which licence a result may be used.
    licence: &'static str,
    /// How its result is quoted, once it has one.
    citation: Option<String>,
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
            declined: poll.declined,
        }
    }
}

impl From<PublicKey> for KeyView {
    fn from(PublicKey { key, segment, spki }: PublicKey) -> Self {
        Self { key, segment, spki }
    }
}

impl PollView {
    pub(crate) fn new(whole: Whole, proposed_by: Option<String>) -> Self {
        let method = method(&whole);
        let Whole { poll, shown, keys } = whole;
        let version = poll.result_version();
        let counts = poll.status != Status::Withdrawn;
        let citation = (poll.status == Status::Closed).then(|| citation(&poll));
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
            breakdown: poll.content.breakdown,
            eligible: poll.electorate.eligible,
            segments: poll.electorate.segments,
            parts: shown.breakdown.filter(|_| poll.status == Status::Closed),
            proposed_by,
            status: poll.status,
            options,
            votes: counts.then_some(shown.size),
            issued: shown.issued.values().sum(),
            open_until: poll.closes_at,
            keys: keys.into_iter().map(Into::into).collect(),
            opened_at: poll.opened_at,
            closed_at: poll.closed_at,
            version,
            changes: poll.changes,
            method,
            licence: LICENCE,
        }
    }
}
