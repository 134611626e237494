//! Signed heads of a log: how many entries it had at a time, and the hash of all of them.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use jiff::Timestamp;
use kernel::id::PollId;
use serde::{Deserialize, Serialize};

use crate::{Broken, Bytes, Hash};

/// What each statement begins with, so that it can be taken for nothing else that is signed.
const PURPOSE: &str = "curbside tree head v1";

/// A head of a poll's log (RFC 9162, section 4.10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHead {
    /// The poll.
    pub poll: PollId,
    /// What was asked: [`record::asked`](crate::record::asked).
    pub asked: Hash,
    /// How many entries there were.
    pub tree_size: u64,
    /// The hash of the tree.
    pub root_hash: Hash,
    /// When.
    pub timestamp: Timestamp,
}

/// A head, and who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHead {
    /// The head.
    #[serde(flatten)]
    pub head: TreeHead,
    /// The signature of its statement: ECDSA on P-256 with SHA-256, `r` and `s` of 32 bytes each.
    pub signature: Bytes,
}

/// The public key that heads are signed with.
pub struct HeadKey(ParsedPublicKey);

impl TreeHead {
    /// What is signed: six lines of ASCII, each with its end.
    pub fn statement(&self) -> Vec<u8> {
        let Self { poll, asked, tree_size, root_hash, timestamp } = self;
        format!("{PURPOSE}\n{poll}\n{asked}\n{tree_size}\n{root_hash}\n{timestamp}\n").into_bytes()
    }
}

impl SignedHead {
    /// Checks its signature.
    ///
    /// # Errors
    /// [`Broken::Signature`].
    pub fn verify(&self, key: &HeadKey) -> Result<(), Broken> {
        key.0.verify_sig(&self.head.statement(), &self.signature.0).map_err(|_| Broken::Signature)
    }
}

impl HeadKey {
    /// Reads a key: a SubjectPublicKeyInfo of a point on P-256 in DER, as KMS's `GetPublicKey` answers.
    ///
    /// # Errors
    /// [`Broken::Key`].
    pub fn from_der(der: &[u8]) -> Result<Self, Broken> {
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, der).map(Self).map_err(|_| Broken::Key)
    }
}

impl fmt::Debug for HeadKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HeadKey")
    }
}
