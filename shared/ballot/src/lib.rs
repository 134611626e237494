//! Ballots that nobody can read, and a tally that anybody can recount.
//!
//! A member's device writes what it chooses into a [`Content`], blinds it with a poll's public key ([`Blinded`]) and has
//! it signed ([`SigningKey::sign`]) by who knows the member and sees only noise. Unblinded, it is a [`Ballot`], which is
//! handed in by nobody: its signature alone shows that it is a member's. What was handed in stands in an append-only
//! [`log`], whose heads are signed; a poll's public [`record`] has all of it, and is recounted by whoever wants to.
//!
//! The signatures are RSABSSA-SHA384-PSS-Randomized ([RFC 9474](https://www.rfc-editor.org/rfc/rfc9474)), the log is
//! that of [RFC 9162](https://www.rfc-editor.org/rfc/rfc9162) with SHA-256. Nothing here knows a network or a storage.

mod bytes;
mod content;
mod head;
mod key;
pub mod log;
pub mod record;
mod signed;
#[cfg(feature = "testing")]
pub mod testing;

pub use bytes::{Bytes, Hash};
pub use content::{Content, Nonce};
pub use head::{HeadKey, SignedHead, TreeHead};
pub use key::{BallotKey, SigningKey};
pub use signed::{Ballot, Blinded, Cast, Seal};

/// Why something is not what it should be, without a word on what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is no RSA key of 2048 to 4096 bits, or of another kind than is used here.
    #[error("this is no key that ballots are signed with")]
    Key,
    /// The blinded message has another length than the key, or is no number below its modulus.
    #[error("this is no message that was blinded for the key")]
    Blinded,
    /// The signature is not one by the key of what was to be signed.
    #[error("the signature does not hold")]
    Signature,
    /// The poll has no such option.
    #[error("the poll has no such option")]
    Option,
}
