//! A poll's public record, and its recount.
//!
//! A record is lines of JSON, each with a `kind`, in this order: one `poll`; its `key`s; the `head`s of its log, oldest
//! first; its `ballot`s, as they stand in the log; one `tally`, once it is closed. Any number of polls may follow each
//! other in one file.

mod count;

use std::fmt::Write;

use jiff::Timestamp;
use kernel::id::PollId;
use serde::{Deserialize, Serialize};

use crate::{Ballot, Bytes, Hash, SignedHead};

pub use count::{Counted, Fault, Flaw, Proof, Recount};

/// A line of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// What was asked.
    Poll(Poll),
    /// A key, and how many ballots were signed with it.
    Key(Key),
    /// A head of the log.
    Head(Head),
    /// An entry of the log.
    Ballot(Ballot),
    /// What was published as the result.
    Tally(Tally),
}

/// A poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// Its id.
    pub poll: PollId,
    /// The question.
    pub question: String,
    /// What could be answered.
    pub options: Vec<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed. None: it is still open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// The public key of the log's heads, as [`crate::HeadKey::from_der`] reads it.
    pub heads_key: Bytes,
}

/// A key of a poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// By what it is called: the hash of `spki`.
    pub key: Hash,
    /// Whose ballots it signs.
    pub segment: String,
    /// The key, as [`crate::BallotKey::from_der`] reads it.
    pub spki: Bytes,
    /// How many members had a ballot signed with it.
    pub issued: u64,
}

/// A head of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The head.
    #[serde(flatten)]
    pub signed: SignedHead,
    /// That the log was only appended to since the head before. None: it is the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Bytes>,
}

/// A result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The poll.
    pub poll: PollId,
    /// How many chose each option, in their order.
    pub votes: Vec<u64>,
}

/// What was asked, as the heads of a log are signed of it: the hash of the question, the options and the keys' hashes in
/// base64url, in their order, each as the number of its bytes in decimal, a colon, the bytes, and a comma.
pub fn asked<'t>(
    question: &'t str,
    options: impl IntoIterator<Item = &'t str>,
    keys: impl IntoIterator<Item = Hash>,
) -> Hash {
    let mut whole = String::new();
    let mut add = |text: &str| {
        let _ = write!(whole, "{}:{text},", text.len());
    };
    add(question);
    options.into_iter().for_each(&mut add);
    keys.into_iter().for_each(|key| add(&key.to_string()));
    Hash::of(whole.as_bytes())
}
