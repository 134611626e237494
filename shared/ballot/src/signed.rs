//! From a choice to a ballot: blinded, signed, unblinded.

use blind_rsa_signatures::{BlindSignature, BlindingResult};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use kernel::id::PollId;

use crate::{BallotKey, Broken, Bytes, Content, Hash, Nonce};

/// A choice while it waits for its signature. It stays with whoever chose.
pub struct Blinded {
    content: Content,
    blinding: BlindingResult,
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

/// A second signature of the same choice, for a segment of the audience: randomised and signed with the segment's key.
/// It is handed in with the ballot, so that a result can be broken down, and is never published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The segment's key.
    pub key: Hash,
    /// What the message was randomised with.
    pub randomizer: Hash,
    /// The signature.
    pub signature: Bytes,
}

impl From<Ballot> for Seal {
    fn from(Ballot { key, randomizer, signature, .. }: Ballot) -> Self {
        Self { key, randomizer, signature }
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
        let blinding = key.blinding.blind(rng, content.message()).map_err(|_| Broken::Key)?;
        Ok(Self { content, blinding })
    }

    /// The same choice, blinded for another key.
    ///
    /// # Errors
    /// [`Broken::Key`] when the key cannot be used for it.
    pub fn again(&self, key: &BallotKey, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, Broken> {
        Self::new(key, self.content, rng)
    }

    /// What is to be signed: as long as the key, and no more than noise.
    pub fn message(&self) -> Bytes {
        Bytes(self.blinding.blind_message.0.clone())
    }

    /// The ballot, once its message was signed (RFC 9474, section 4.4).
    ///
    /// # Errors
    /// [`Broken::Signature`] when it was signed with another key, or not at all.
    pub fn signed(&self, key: &BallotKey, signature: Bytes) -> Result<Ballot, Broken> {
        let Self { content, blinding } = self;
        let signature = key
            .blinding
            .finalize(&BlindSignature(signature.0), blinding, content.message())
            .map_err(|_| Broken::Signature)?;
        let randomizer = blinding.msg_randomizer.ok_or(Broken::Signature)?;
        Ok(Ballot {
            key: key.id(),
            option: content.option,
            nonce: content.nonce,
            randomizer: Hash(randomizer.0),
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
        let content = Content { poll, option: self.option, nonce: self.nonce };
        [self.randomizer.0.as_slice(), &content.message()].concat()
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
