//! From a choice to a ballot: blinded, signed, unblinded.

use blind_rsa_signatures::{BlindMessage, BlindSignature, BlindingResult, Secret};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use kernel::id::PollId;

use crate::{BallotKey, Broken, Bytes, Content, Hash, Nonce};

/// A choice while it waits for its signature. It stays with whoever chose, and is kept until then: without it, what comes
/// back is noise.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blinded {
    content: Content,
    randomizer: Hash,
    message: Bytes,
    secret: Bytes,
}

/// A choice that was signed, as it is handed in and published: nothing in it tells whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// The key that it was signed with.
    pub key: Hash,
    /// The option's number, from 0.
    pub option: u8,
    /// What tells it from all others.
    pub nonce: Nonce,
    /// What its message was randomised with (RFC 9474, section 4.1).
    pub randomizer: Hash,
    /// Its signature.
    pub signature: Bytes,
}

/// A second signature of the same prepared message, with the key of a segment of the audience: it fits this ballot and no
/// other. It is handed in with the ballot, so that a result can be broken down, and is never published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The segment's key.
    pub key: Hash,
    /// The signature.
    pub signature: Bytes,
}

/// A ballot as a device keeps it and hands it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// The ballot.
    #[serde(flatten)]
    pub ballot: Ballot,
    /// The signature for a segment, if the ballot is to be counted there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Seal>,
}

impl From<Ballot> for Seal {
    fn from(Ballot { key, signature, .. }: Ballot) -> Self {
        Self { key, signature }
    }
}

impl Blinded {
    /// Randomises and blinds a choice (RFC 9474, sections 4.1 and 4.2).
    ///
    /// # Errors
    /// [`Broken::Key`] when the key cannot be used for it.
    pub fn new(
        key: &BallotKey,
        content: Content,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Broken> {
        let mut randomizer = [0; 32];
        rng.fill_bytes(&mut randomizer);
        Self::prepared(key, content, Hash(randomizer), rng)
    }

    /// The same prepared message, blinded for another key.
    ///
    /// # Errors
    /// [`Broken::Key`] when the key cannot be used for it.
    pub fn again(&self, key: &BallotKey, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, Broken> {
        Self::prepared(key, self.content, self.randomizer, rng)
    }

    fn prepared(
        key: &BallotKey,
        content: Content,
        randomizer: Hash,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Broken> {
        let blinding = key.blinding.blind(rng, content.prepared(&randomizer)).map_err(|_| Broken::Key)?;
        let BlindingResult { blind_message, secret, .. } = blinding;
        Ok(Self { content, randomizer, message: Bytes(blind_message.0), secret: Bytes(secret.0) })
    }

    /// What it says.
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// What is to be signed: as long as the key, and no more than noise.
    pub fn message(&self) -> Bytes {
        self.message.clone()
    }

    /// The ballot, once its message was signed (RFC 9474, section 4.4).
    ///
    /// # Errors
    /// [`Broken::Signature`] when it was signed with another key, or not at all.
    pub fn signed(&self, key: &BallotKey, signature: Bytes) -> Result<Ballot, Broken> {
        let Self { content, randomizer, message, secret } = self;
        let blinding = BlindingResult {
            blind_message: BlindMessage(message.0.clone()),
            secret: Secret(secret.0.clone()),
            msg_randomizer: None,
        };
        let signature = key
            .blinding
            .finalize(&BlindSignature(signature.0), &blinding, content.prepared(randomizer))
            .map_err(|_| Broken::Signature)?;
        Ok(Ballot {
            key: key.id(),
            option: content.option,
            nonce: content.nonce,
            randomizer: *randomizer,
            signature: Bytes(signature.0),
        })
    }
}

impl std::fmt::Debug for Blinded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Blinded(redacted)")
    }
}

impl Ballot {
    /// The message that its signature is of: the 32 bytes that randomise it, then what it says.
    pub fn prepared(&self, poll: PollId) -> Vec<u8> {
        Content { poll, option: self.option, nonce: self.nonce }.prepared(&self.randomizer)
    }

    /// By what it is known, and counted once: the hash of the prepared message.
    pub fn hash(&self, poll: PollId) -> Hash {
        Hash::of(&self.prepared(poll))
    }

    /// Checks that it is a ballot of that poll, signed with that key.
    ///
    /// # Errors
    /// [`Broken::Signature`].
    pub fn verify(&self, poll: PollId, key: &BallotKey) -> Result<(), Broken> {
        if self.key == key.id() {
            key.verify(&self.prepared(poll), &self.signature.0)
        } else {
            Err(Broken::Signature)
        }
    }

    /// Its entry in the log: the key's hash, two bytes with the length of the signature, the signature, and the
    /// prepared message.
    pub fn entry(&self, poll: PollId) -> Vec<u8> {
        let length = u16::try_from(self.signature.0.len()).unwrap_or(u16::MAX);
        [self.key.0.as_slice(), &length.to_be_bytes(), &self.signature.0, &self.prepared(poll)].concat()
    }
}
