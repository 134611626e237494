//! The ballots of a poll: signed for members without being seen, handed in by nobody, and published in shuffled
//! batches on a board that anybody can check.
//!
//! Three stores, because three functions have three rights: [`Issuing`] knows members and sees noise, [`Casting`] sees
//! ballots and knows nobody, [`Board`] publishes.

pub(crate) mod board;
pub(crate) mod casting;
mod custody;
pub(crate) mod issuing;
pub(crate) mod parts;
mod record;

use ballot::{BallotKey, Broken, Bytes, Hash, SigningKey};
use kernel::id::PollId;
use serde::{Deserialize, Serialize};
use table::Key;

pub use board::{Board, Outcome, Progress, Shown};
pub use casting::{Casting, Checked, Open};
pub use custody::{BallotKeys, HeadSigner};
pub use issuing::{Issuer, Issuing};
pub use record::{Cursor, Record};

/// The segment of everybody who may vote: ballots that are signed for it are counted, and published.
pub const EVERYONE: &str = "everyone";

/// A key of a poll, as it is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// By what it is called: the hash of `spki`.
    pub key: Hash,
    /// Whose ballots it signs.
    pub segment: String,
    /// The key, as [`BallotKey::from_der`] reads it.
    pub spki: Bytes,
}

/// A key of a poll with its private part, sealed for who signs.
#[derive(Debug, Clone)]
pub struct SealedKey {
    /// What is published.
    pub public: PublicKey,
    /// The private part, sealed.
    pub sealed: String,
}

/// The keys that a poll is opened with.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Those that ballots are signed with, one a segment.
    pub ballots: Vec<SealedKey>,
    /// The public key that the board's heads are signed with.
    pub heads: Bytes,
}

impl PublicKey {
    /// What is published of a key of a segment.
    ///
    /// # Errors
    /// [`Broken::Key`].
    pub fn of(key: &SigningKey, segment: &str) -> Result<Self, Broken> {
        let public = key.public()?;
        Ok(Self { key: public.id(), segment: segment.to_owned(), spki: Bytes(public.der().to_vec()) })
    }

    /// The key, to check and to blind with.
    ///
    /// # Errors
    /// [`Broken::Key`].
    pub fn read(&self) -> Result<BallotKey, Broken> {
        BallotKey::from_der(&self.spki.0)
    }
}

pub(crate) fn public_key(poll: PollId, segment: &str) -> Key {
    Key::new(crate::poll::partition(poll), format!("{PUBLIC_KEYS}{segment}"))
}

pub(crate) fn sealed_key(poll: PollId, segment: &str) -> Key {
    Key::new(format!("SEALED#{poll}"), segment)
}

pub(crate) const PUBLIC_KEYS: &str = "HEAD#KEY#";
