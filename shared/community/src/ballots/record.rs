//! A poll's public record: what anybody needs to recount it.

use std::{
    collections::{BTreeMap, HashMap},
    str::FromStr,
};

use ballot::{
    Ballot, BallotKey, Bytes, Hash, SignedHead,
    record::{self, Fault, Head, Key, Line, Poll as Asked, Recount, Tally},
};
use table::Item;

use super::{
    EVERYONE, PublicKey, Shown,
    board::{self, BoardRow},
    casting::{CAST_COUNT, keys_among},
};
use crate::{
    CommunityError,
    poll::{self, Poll, Status},
    tally::{CAST, ISSUED},
};

/// All of a record but the ballots.
#[derive(Debug)]
pub struct Record {
    /// The poll.
    pub poll: Poll,
    /// What the board shows.
    pub shown: Shown,
    /// How many ballots were handed in.
    pub(super) cast: u64,
    /// Whether more may be.
    pub(super) takes: bool,
    /// How many were signed by now with the key of each segment.
    pub(super) signed: BTreeMap<String, u64>,
    keys: Vec<PublicKey>,
    heads: Vec<Head>,
    heads_key: Bytes,
}

/// A place in a record that is read page by page: a later page belongs to the same log as the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// How many ballots the record has.
    pub size: u64,
    /// From which place the page goes on.
    pub from: u64,
    /// Whether a tally ends it.
    pub closed: bool,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:{}", self.size, self.from, self.closed)
    }
}

impl FromStr for Cursor {
    type Err = table::BadCursor;

    fn from_str(text: &str) -> Result<Self, table::BadCursor> {
        let mut parts = text.split(':');
        let mut next = || parts.next().ok_or(table::BadCursor);
        let (size, from, closed) = (next()?, next()?, next()?);
        let number = |digits: &str| digits.parse().map_err(|_| table::BadCursor);
        Ok(Self { size: number(size)?, from: number(from)?, closed: closed == "true" })
    }
}

impl Record {
    /// The record among the items of a poll's partition.
    pub(super) fn among(items: Vec<Item>) -> Result<Self, CommunityError> {
        let heads = items.iter().filter(|item| table::sort_key(item).starts_with("TREE#"));
        let mut heads: Vec<Head> = heads.map(|item| table::read(item.clone())).collect::<Result<_, _>>()?;
        let BoardRow { shown, heads_key } = board::among(&items)?.ok_or(CommunityError::NoSuchPoll)?;
        // Of many items, the last were read later than the first.
        heads.retain(|head| head.signed.head.tree_size <= shown.size);
        Ok(Self {
            heads,
            keys: keys_among(&items)?,
            signed: ISSUED.sum(&items),
            cast: CAST.total(&items, CAST_COUNT),
            takes: CAST.is_open(&items),
            shown,
            heads_key,
            poll: poll::among(items)?,
        })
    }

    /// Whether its result is final.
    pub fn is_closed(&self) -> bool {
        self.poll.status == Status::Closed
    }

    /// How many ballots it has.
    pub fn size(&self) -> u64 {
        self.newest().map_or(0, |head| head.head.tree_size)
    }

    /// The newest head of the log.
    pub(super) fn newest(&self) -> Option<&SignedHead> {
        self.heads.last().map(|head| &head.signed)
    }

    /// What the heads are signed of, beside the ballots.
    pub(super) fn asked(&self) -> Hash {
        let options = self.poll.content.options.iter().map(kernel::text::Line::as_str);
        record::asked(self.poll.content.question.as_str(), options, self.keys.iter().map(|key| key.key))
    }

    /// The keys, to check ballots with: those of segments sign for breakdowns, which the board does not show.
    pub(super) fn keys(&self) -> Result<HashMap<Hash, BallotKey>, CommunityError> {
        let read = |key: &PublicKey| Ok((key.key, key.read().map_err(|_| CommunityError::Keys)?));
        self.keys.iter().filter(|key| key.segment == EVERYONE).map(read).collect()
    }

    /// The lines before the ballots.
    pub fn beginning(&self) -> Vec<Line> {
        let Self { poll, keys, shown, heads, heads_key, .. } = self;
        let asked = Asked {
            poll: poll.id,
            question: poll.content.question.to_string(),
            options: poll.content.options.iter().map(ToString::to_string).collect(),
            opened_at: poll.opened_at.unwrap_or(poll.created_at),
            closed_at: poll.closed_at,
            heads_key: heads_key.clone(),
        };
        let keys = keys.iter().map(|PublicKey { key, segment, spki }| {
            let issued = shown.issued.get(segment).copied().unwrap_or_default();
            Line::Key(Key { key: *key, segment: segment.clone(), spki: spki.clone(), issued })
        });
        [Line::Poll(asked)].into_iter().chain(keys).chain(heads.iter().cloned().map(Line::Head)).collect()
    }

    /// The line behind the ballots.
    pub fn tally(&self) -> Line {
        Line::Tally(Tally { poll: self.poll.id, votes: self.shown.votes.clone() })
    }

    /// Recounts it with these ballots, as anybody can.
    ///
    /// # Errors
    /// [`CommunityError::Miscounted`].
    pub(super) fn recount(&self, ballots: Vec<Ballot>) -> Result<(), CommunityError> {
        let flawed = |fault: Fault| {
            let (poll, flaw) = (self.poll.id, fault);
            tracing::error!(%poll, %flaw, "miscounted");
            CommunityError::Miscounted
        };
        let mut recount = Recount::new();
        let lines = self.beginning().into_iter().chain(ballots.into_iter().map(Line::Ballot));
        for line in lines.chain([self.tally()]) {
            let json = serde_json::to_string(&line).map_err(|_| CommunityError::Miscounted)?;
            recount.take(&json).map_err(flawed)?;
        }
        recount.end().map(|_| ()).map_err(flawed)
    }
}
