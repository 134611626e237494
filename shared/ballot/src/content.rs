//! What a ballot says.

use kernel::id::PollId;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::{Broken, Hash};

/// What each message begins with, so that it can be taken for nothing else that is signed.
const PURPOSE: &str = "curbside ballot v1";
/// The most options of a poll.
pub(crate) const MOST_OPTIONS: usize = 10;

/// 32 bytes of chance, which make each ballot another one.
pub type Nonce = Hash;

/// What a ballot says: one option of one poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The poll.
    pub poll: PollId,
    /// The option's number, from 0.
    pub option: u8,
    /// What tells it from all others.
    pub nonce: Nonce,
}

impl Content {
    /// A choice, told from all others by chance.
    ///
    /// # Errors
    /// [`Broken::Option`] when no poll has that many options.
    pub fn new(poll: PollId, option: u8, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, Broken> {
        if usize::from(option) >= MOST_OPTIONS {
            return Err(Broken::Option);
        }
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        Ok(Self { poll, option, nonce: Hash(nonce) })
    }

    /// The message as it is signed (RFC 9474, section 4.1): the 32 bytes that randomise it, then what it says.
    pub(crate) fn prepared(&self, randomizer: &Hash) -> Vec<u8> {
        [randomizer.0.as_slice(), &self.message()].concat()
    }

    /// The message that is signed, after the 32 bytes that randomise it: four lines of ASCII, each with its end.
    pub fn message(&self) -> Vec<u8> {
        let Self { poll, option, nonce } = self;
        format!("{PURPOSE}\n{poll}\n{option}\n{nonce}\n").into_bytes()
    }
}
