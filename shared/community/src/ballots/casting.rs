//! The rows of ballots that were handed in.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `BALLOT#<poll>#<hash>` | `BALLOT` | a ballot; `gsi1` `BOX#<poll>` / its hash until it is published, `BOARD#<poll>` / its place afterwards; the segment that it was signed for, if it says so; no time |
//! | `POLL#<poll>` | `HEAD#CAST#<shard>` | how many were handed in, and whether more may be |

use std::collections::HashMap;

use ballot::{Ballot, BallotKey, Broken, Hash, Seal};
use kernel::{Invalid, id::PollId};
use serde::{Deserialize, Serialize};
use table::{Item, Key, Query, Table, Transaction, Update};

use super::{EVERYONE, PUBLIC_KEYS, PublicKey};
use crate::{
    CommunityError,
    poll::{self, Poll},
    tally::{self, CAST},
};

/// The store of ballots, for who takes them in.
#[derive(Debug, Clone)]
pub struct Casting {
    table: Table,
}

/// A poll that takes ballots, and the keys that they are checked with.
#[derive(Debug)]
pub struct Open {
    poll: Poll,
    keys: HashMap<Hash, BallotKey>,
    segments: HashMap<Hash, (String, BallotKey)>,
}

/// A ballot that was checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Its hash.
    pub hash: Hash,
    ballot: Ballot,
    segment: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BallotRow {
    #[serde(flatten)]
    pub(crate) ballot: Ballot,
    /// The segment that it was signed for, beside everyone's. It is never published with the ballot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) segment: Option<String>,
    pub(crate) gsi1pk: String,
    pub(crate) gsi1sk: String,
}

pub(crate) fn ballot_key(poll: PollId, hash: Hash) -> Key {
    Key::new(format!("BALLOT#{poll}#{hash}"), "BALLOT")
}

/// Where ballots wait that were not published yet.
pub(crate) fn in_box(poll: PollId) -> String {
    format!("BOX#{poll}")
}

/// The public keys of a poll among the items of its partition.
pub(crate) fn keys_among(items: &[Item]) -> Result<Vec<PublicKey>, CommunityError> {
    let rows = items.iter().filter(|item| table::sort_key(item).starts_with(PUBLIC_KEYS));
    Ok(rows.map(|item| table::read(item.clone())).collect::<Result<_, _>>()?)
}

impl Open {
    /// Checks a ballot, and the signature for a segment beside it, before anything is read or written for it.
    ///
    /// # Errors
    /// [`CommunityError::UnknownBallotKey`], an option that the poll has not, [`CommunityError::BallotUnsigned`].
    pub fn check(&self, ballot: Ballot, segment: Option<Seal>) -> Result<Checked, CommunityError> {
        let key = self.keys.get(&ballot.key).ok_or(CommunityError::UnknownBallotKey)?;
        ballot.verify(self.poll.id, key).map_err(|_: Broken| CommunityError::BallotUnsigned)?;
        let segment = segment.map(|seal| self.segment(&ballot, seal)).transpose()?;
        if usize::from(ballot.option) >= self.poll.content.options.len() {
            let most = self.poll.content.options.len().saturating_sub(1);
            let remedy = format!("send a number from 0 to {most}");
            return Err(Invalid::new("this poll has no such option", remedy).at("option").into());
        }
        Ok(Checked { hash: ballot.hash(self.poll.id), ballot, segment })
    }

    /// The segment that a ballot was signed for. The signature is of the ballot's own bytes, so that one signature says of one
    /// ballot alone.
    fn segment(&self, ballot: &Ballot, seal: Seal) -> Result<String, CommunityError> {
        let (name, key) = self.segments.get(&seal.key).ok_or(CommunityError::UnknownBallotKey)?;
        let Seal { key: id, signature } = seal;
        let signed = Ballot { key: id, signature, ..ballot.clone() };
        signed.verify(self.poll.id, key).map_err(|_: Broken| CommunityError::BallotUnsigned)?;
        Ok(name.clone())
    }
}

impl Casting {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// A poll as ballots of it are checked. One query. It may be kept: whether it still takes ballots is told when one
    /// is taken in.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchPoll`], also of a poll that is hidden or was never opened; storage faults.
    pub async fn open(&self, id: PollId) -> Result<Open, CommunityError> {
        let items = self.table.query(Query::partition(poll::partition(id)).prefix("HEAD#")).await?.items;
        let (mut keys, mut segments) = (HashMap::new(), HashMap::new());
        for public in keys_among(&items)? {
            let key = public.read().map_err(|_| CommunityError::Keys)?;
            if public.segment == EVERYONE {
                keys.insert(public.key, key);
            } else {
                segments.insert(public.key, (public.segment, key));
            }
        }
        let poll = poll::among(items)?;
        Ok(Open { poll, keys, segments })
    }

    /// Takes in a ballot that was checked. One transaction; nothing changes if it was taken in before.
    ///
    /// # Errors
    /// [`CommunityError::PollNotOpen`]; [`CommunityError::Contended`]; storage faults.
    pub async fn take(&self, open: &Open, checked: Checked) -> Result<(), CommunityError> {
        let (id, Checked { hash, ballot, segment }) = (open.poll.id, checked);
        let row = BallotRow { ballot, segment, gsi1pk: in_box(id), gsi1sk: hash.to_string() };
        let shard = CAST.key(&poll::partition(id), tally::any_shard());
        let transaction = Transaction::new().insert("ballot", ballot_key(id, hash), &row).update(
            "open",
            shard,
            Update::new().add(CAST_COUNT, 1),
            tally::is_open(),
        );
        match self.table.commit(transaction).await {
            Err(error) if error.failed("ballot") => Ok(()),
            Err(error) if error.failed("open") => Err(CommunityError::PollNotOpen),
            Err(error) if error.is_retryable() => Err(CommunityError::Contended),
            other => Ok(other?),
        }
    }
}

pub(crate) const CAST_COUNT: &str = "cast";
