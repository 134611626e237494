//! Polls as tests and benchmarks play them: keys, ballots, heads, and the record of a closed poll.
#![expect(clippy::expect_used, reason = "what a test plays must be as it should be")]

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use blind_rsa_signatures::DefaultRng;
use jiff::Timestamp;
use kernel::id::PollId;

use crate::{
    Ballot, BallotKey, Blinded, Bytes, Content, Hash, Seal, SignedHead, SigningKey, TreeHead,
    log::Log,
    record::{Head, Key, Line, Poll, Tally, asked},
};

/// What a key of heads is in DER before its point on P-256 (RFC 5480).
const POINT: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86,
    0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A choice, blinded.
///
/// # Panics
/// When there can be no such option.
pub fn blinded(poll: PollId, key: &BallotKey, option: u8) -> Blinded {
    blinded_as(Content::new(poll, option, &mut DefaultRng).expect("a content"), key)
}

/// What somebody wants to say, blinded.
///
/// # Panics
/// When the key cannot be used for it.
pub fn blinded_as(content: Content, key: &BallotKey) -> Blinded {
    Blinded::new(key, content, &mut DefaultRng).expect("blinded")
}

/// The same choice, blinded for another key.
///
/// # Panics
/// When the key cannot be used for it.
pub fn again(blinded: &Blinded, key: &BallotKey) -> Blinded {
    blinded.again(key, &mut DefaultRng).expect("blinded")
}

/// A ballot, as a member's device comes by it.
///
/// # Panics
/// When a step of it fails.
pub fn ballot(poll: PollId, key: &SigningKey, option: u8) -> Ballot {
    let public = key.public().expect("a key");
    let blinded = blinded(poll, &public, option);
    let signature = key.sign(&blinded.message()).expect("signed");
    blinded.signed(&public, signature).expect("a ballot")
}

/// A ballot that is signed for a segment, too.
///
/// # Panics
/// When a step of it fails.
pub fn ballot_in(poll: PollId, key: &SigningKey, segment: &SigningKey, option: u8) -> (Ballot, Seal) {
    let publics = [key, segment].map(|key| key.public().expect("a key"));
    let blinded = blinded(poll, &publics[0], option);
    let again = again(&blinded, &publics[1]);
    let signed = |blinded: &Blinded, private: &SigningKey, public: &BallotKey| {
        blinded.signed(public, private.sign(&blinded.message()).expect("signed")).expect("a ballot")
    };
    (signed(&blinded, key, &publics[0]), signed(&again, segment, &publics[1]).into())
}

/// Who signs heads.
#[derive(Debug)]
pub struct Signer(EcdsaKeyPair);

impl Signer {
    /// One with a new key.
    ///
    /// # Panics
    /// When none could be made.
    pub fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    /// What heads are checked with, in DER.
    pub fn der(&self) -> Bytes {
        Bytes([POINT.as_slice(), self.0.public_key().as_ref()].concat())
    }

    fn head(&self, poll: PollId, asked: Hash, log: &Log, timestamp: Timestamp) -> SignedHead {
        let head = TreeHead { poll, asked, tree_size: log.size(), root_hash: log.root(), timestamp };
        let signature = self.0.sign(&SystemRandom::new(), &head.statement()).expect("signed");
        SignedHead { head, signature: Bytes(signature.as_ref().to_vec()) }
    }
}

/// The record of a closed poll of three options, of whose ballots every third is for the second one; with a head of 10
/// ballots and one of all. Each key had one more ballot signed than were handed in.
///
/// # Panics
/// When there are not more than 10 ballots.
pub fn record(poll: PollId, signer: &Signer, keys: &[SigningKey; 2], count: usize) -> Vec<Line> {
    let ballots: Vec<Ballot> = (0..count)
        .map(|number| ballot(poll, keys.get(number % 2).expect("a key"), u8::from(number % 3 == 0)))
        .collect();
    let options = ["No", "Yes", "Never heard of it"].map(str::to_owned).to_vec();
    let (opened_at, closed_at) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(700_000).ok());
    let question = "Would you?".to_owned();
    let ids: Vec<Hash> = keys.iter().map(|key| key.public().expect("a key").id()).collect();
    let asked = asked(&question, options.iter().map(String::as_str), ids);
    let mut lines =
        vec![Line::Poll(Poll { poll, question, options, opened_at, closed_at, heads_key: signer.der() })];
    for (number, (key, segment)) in keys.iter().zip(["cardiology", "other"]).enumerate() {
        let key = key.public().expect("a key");
        let issued = u64::try_from((count + 1 - number) / 2 + 1).expect("a number");
        lines.push(Line::Key(Key {
            key: key.id(),
            segment: segment.to_owned(),
            spki: Bytes(key.der().to_vec()),
            issued,
        }));
    }
    let (mut log, mut consistency) = (Log::new(), None);
    let (first, rest) = ballots.split_at_checked(10).expect("more than ten ballots");
    for some in [first, rest] {
        let since = log.size();
        some.iter().for_each(|ballot| log.push(ballot.entry(poll)));
        if since > 0 {
            consistency = log.consistency(since);
        }
        lines.push(Line::Head(Head {
            signed: signer.head(poll, asked, &log, opened_at),
            consistency: consistency.clone(),
        }));
    }
    let yes = u64::try_from(count.div_ceil(3)).expect("a number");
    let votes = vec![log.size() - yes, yes, 0];
    lines.extend(ballots.into_iter().map(Line::Ballot));
    lines.push(Line::Tally(Tally { poll, votes }));
    lines
}
