//! The recount of a record, line by line: whatever is wrong first is named.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use kernel::id::PollId;

use super::{Head, Key, Line, Poll, Tally, asked};
use crate::{
    Ballot, BallotKey, Broken, Bytes, Hash, HeadKey, TreeHead,
    content::MOST_OPTIONS,
    log::{self, Log},
};

/// The most bytes of a line.
const LONGEST: usize = 64 * 1024;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What can be wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is no line of a record.
    #[error("this is no line of a record: {0}")]
    Malformed(String),
    /// It stands where none of its kind may.
    #[error("a line of this kind may not stand here")]
    OutOfOrder,
    /// A poll has one option, or more than there may be.
    #[error("a poll has 2 to {MOST_OPTIONS} options")]
    Options,
    /// A key cannot be read, or is not the one that it is called by.
    #[error("the key is none, or not the one that it is called by")]
    Key,
    /// A key stands there twice.
    #[error("this key stands here twice")]
    KeyTwice,
    /// A head is not signed by the key that the poll names.
    #[error("the head is not signed with the key of the poll")]
    HeadSignature,
    /// A head is signed of something else that was asked.
    #[error("the head is signed of another question, other options or other keys")]
    Asked,
    /// A head is of another poll, or smaller or older than the one before it.
    #[error("the head is of another poll, or of a smaller or older log than the head before it")]
    HeadOrder,
    /// The proof that the log was only appended to does not hold.
    #[error("the proof that the log was only appended to since the head before does not hold")]
    Consistency,
    /// A ballot is signed with a key that the poll has not.
    #[error("the poll has no such key")]
    UnknownKey,
    /// A ballot is for an option that the poll has not.
    #[error("the poll has no such option")]
    UnknownOption,
    /// The signature of a ballot does not hold.
    #[error("the signature of the ballot does not hold")]
    BallotSignature,
    /// A ballot stands there twice.
    #[error("this ballot stands here twice")]
    BallotTwice,
    /// The ballots are not those that a head was signed of.
    #[error(
        "the first {0} ballots are not those that the head of that size was signed of: one was changed, removed, added or moved"
    )]
    Root(u64),
    /// There are fewer ballots than the last head says.
    #[error("there are {found} ballots, and the last head was signed of {signed}")]
    Ballots {
        /// How many there are.
        found: u64,
        /// How many the last head says.
        signed: u64,
    },
    /// There are more ballots of a key than were signed.
    #[error("there are {found} ballots of the segment {segment}, and {issued} were signed")]
    MoreThanIssued {
        /// Whose key it is.
        segment: String,
        /// How many there are.
        found: u64,
        /// How many were signed.
        issued: u64,
    },
    /// The published count of an option is another.
    #[error("option {option} has {counted} ballots, and {published} were published")]
    Count {
        /// The option's number, from 0.
        option: usize,
        /// How many there are.
        counted: u64,
        /// How many were published.
        published: u64,
    },
    /// A tally is of another poll, or of another number of options.
    #[error("the tally is of another poll, or of another number of options")]
    Tally,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.flaw)
    }
}

impl std::error::Error for Fault {}

/// A poll that was recounted, and of which everything holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The poll.
    pub poll: Poll,
    /// How many chose each option, in their order.
    pub votes: Vec<u64>,
    /// How many ballots were signed.
    pub issued: u64,
    /// Whether the record has a tally, which says the same. Without one the poll is open, is being counted, or was
    /// taken back.
    pub published: bool,
    /// The last head.
    pub head: Option<TreeHead>,
}

/// That a ballot stands in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Its poll.
    pub poll: PollId,
    /// Its place, from 0.
    pub place: u64,
    /// The proof of it, in the whole log.
    pub inclusion: Bytes,
}

/// A recount that is under way.
#[derive(Debug, Default)]
pub struct Recount {
    line: u64,
    open: Option<Box<Open>>,
    counted: Vec<Counted>,
    /// A ballot that is looked for, and where it was found.
    sought: Option<Ballot>,
    found: Option<Proof>,
}

/// A poll of which lines are still expected.
#[derive(Debug)]
struct Open {
    poll: Poll,
    heads_key: HeadKey,
    keys: BTreeMap<Hash, Signed>,
    /// The keys' hashes, in their order.
    order: Vec<Hash>,
    heads: Vec<TreeHead>,
    /// How many of them the ballots have reached.
    reached: usize,
    log: Log,
    seen: HashSet<Hash>,
    votes: Vec<u64>,
    sought: Option<u64>,
    tally: bool,
}

#[derive(Debug)]
struct Signed {
    key: BallotKey,
    segment: String,
    issued: u64,
    found: u64,
}

impl Recount {
    /// One that looks for nothing in particular.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that looks for a ballot as well.
    pub fn seeking(ballot: Ballot) -> Self {
        Self { sought: Some(ballot), ..Self::default() }
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&mut self, line: &str) -> Result<(), Fault> {
        self.line += 1;
        self.taken(line).map_err(|flaw| Fault { line: self.line, flaw })
    }

    /// Ends it: what was counted, and where the ballot stands that was looked for.
    ///
    /// # Errors
    /// What is wrong with the last poll as a whole.
    pub fn end(mut self) -> Result<(Vec<Counted>, Option<Proof>), Fault> {
        self.close().map_err(|flaw| Fault { line: self.line, flaw })?;
        Ok((self.counted, self.found))
    }

    fn taken(&mut self, line: &str) -> Result<(), Flaw> {
        if line.len() > LONGEST {
            return Err(Flaw::Malformed(format!("it has more than {LONGEST} bytes")));
        }
        let line = serde_json::from_str(line).map_err(|error| Flaw::Malformed(error.to_string()))?;
        if let Line::Poll(poll) = line {
            self.close()?;
            self.open = Some(Box::new(Open::of(poll)?));
            return Ok(());
        }
        let open = self.open.as_mut().filter(|open| !open.tally).ok_or(Flaw::OutOfOrder)?;
        match line {
            Line::Key(key) if open.heads.is_empty() => open.key(key),
            Line::Head(head) if open.log.size() == 0 => open.head(head),
            Line::Ballot(ballot) => open.ballot(&ballot, self.sought.as_ref()),
            Line::Tally(tally) => open.tally(&tally),
            Line::Poll(_) | Line::Key(_) | Line::Head(_) => Err(Flaw::OutOfOrder),
        }
    }

    /// Ends the poll that is open.
    fn close(&mut self) -> Result<(), Flaw> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let signed = open.heads.last().map_or(0, |head| head.tree_size);
        if open.log.size() != signed {
            return Err(Flaw::Ballots { found: open.log.size(), signed });
        }
        if let Some(place) = open.sought {
            let inclusion = open.log.inclusion(place).unwrap_or(Bytes(Vec::new()));
            self.found = Some(Proof { poll: open.poll.poll, place, inclusion });
        }
        let issued = open.keys.values().map(|key| key.issued).fold(0, u64::saturating_add);
        let Open { poll, votes, tally, mut heads, .. } = *open;
        self.counted.push(Counted { poll, votes, issued, published: tally, head: heads.pop() });
        Ok(())
    }
}

impl Open {
    fn of(poll: Poll) -> Result<Self, Flaw> {
        if !(2..=MOST_OPTIONS).contains(&poll.options.len()) {
            return Err(Flaw::Options);
        }
        Ok(Self {
            heads_key: HeadKey::from_der(&poll.heads_key.0).map_err(|_| Flaw::Key)?,
            keys: BTreeMap::new(),
            order: Vec::new(),
            heads: Vec::new(),
            reached: 0,
            log: Log::new(),
            seen: HashSet::new(),
            votes: vec![0; poll.options.len()],
            sought: None,
            tally: false,
            poll,
        })
    }

    fn key(&mut self, Key { key: id, segment, spki, issued }: Key) -> Result<(), Flaw> {
        let key = BallotKey::from_der(&spki.0).ok().filter(|key| key.id() == id).ok_or(Flaw::Key)?;
        self.order.push(id);
        match self.keys.insert(id, Signed { key, segment, issued, found: 0 }) {
            None => Ok(()),
            Some(_) => Err(Flaw::KeyTwice),
        }
    }

    fn head(&mut self, Head { signed, consistency }: Head) -> Result<(), Flaw> {
        signed.verify(&self.heads_key).map_err(|_| Flaw::HeadSignature)?;
        let head = signed.head;
        let before = self.heads.last();
        let later = before
            .is_none_or(|before| head.tree_size > before.tree_size && head.timestamp >= before.timestamp);
        if head.poll != self.poll.poll || head.tree_size == 0 || !later {
            return Err(Flaw::HeadOrder);
        }
        let Poll { question, options, .. } = &self.poll;
        if head.asked != asked(question, options.iter().map(String::as_str), self.order.iter().copied()) {
            return Err(Flaw::Asked);
        }
        let holds = match (before, consistency) {
            (None, None) => true,
            (Some(before), Some(proof)) => {
                let at = |head: &TreeHead| (head.tree_size, head.root_hash);
                log::verify_consistency(at(before), at(&head), &proof).is_ok()
            }
            _ => false,
        };
        if !holds {
            return Err(Flaw::Consistency);
        }
        self.heads.push(head);
        Ok(())
    }

    fn ballot(&mut self, ballot: &Ballot, sought: Option<&Ballot>) -> Result<(), Flaw> {
        let poll = self.poll.poll;
        let key = self.keys.get_mut(&ballot.key).ok_or(Flaw::UnknownKey)?;
        let count = self.votes.get_mut(usize::from(ballot.option)).ok_or(Flaw::UnknownOption)?;
        ballot.verify(poll, &key.key).map_err(|_: Broken| Flaw::BallotSignature)?;
        if !self.seen.insert(ballot.hash(poll)) {
            return Err(Flaw::BallotTwice);
        }
        key.found += 1;
        if key.found > key.issued {
            let Signed { segment, found, issued, .. } = key;
            return Err(Flaw::MoreThanIssued { segment: segment.clone(), found: *found, issued: *issued });
        }
        *count += 1;
        if sought == Some(ballot) {
            self.sought = Some(self.log.size());
        }
        self.log.push(ballot.entry(poll));
        match self.heads.get(self.reached) {
            Some(head) if head.tree_size == self.log.size() => {
                self.reached += 1;
                if head.root_hash == self.log.root() { Ok(()) } else { Err(Flaw::Root(head.tree_size)) }
            }
            Some(_) => Ok(()),
            None => {
                let signed = self.heads.last().map_or(0, |head| head.tree_size);
                Err(Flaw::Ballots { found: self.log.size(), signed })
            }
        }
    }

    fn tally(&mut self, tally: &Tally) -> Result<(), Flaw> {
        if tally.poll != self.poll.poll || tally.votes.len() != self.votes.len() {
            return Err(Flaw::Tally);
        }
        let differs = |(option, (counted, published)): (usize, (&u64, &u64))| {
            (counted != published).then_some(Flaw::Count { option, counted: *counted, published: *published })
        };
        let signed = self.heads.last().map_or(0, |head| head.tree_size);
        if self.log.size() != signed {
            return Err(Flaw::Ballots { found: self.log.size(), signed });
        }
        if let Some(flaw) = self.votes.iter().zip(&tally.votes).enumerate().find_map(differs) {
            return Err(flaw);
        }
        self.tally = true;
        Ok(())
    }
}
