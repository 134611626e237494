//! Partner organisations, the contracts they read under, and their API keys.

mod store;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{
    Specialty, Timestamp,
    id::{ContractId, OrganisationId},
    text::Line,
};
use rand::Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use store::Organisations;
pub(crate) use store::count_key;

/// What an API key begins with.
const KEY_PREFIX: &str = "cbk_";

/// A contract of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub name: Line,
    /// The specialties whose cases it covers.
    pub specialties: Vec<Specialty>,
    /// Until when it holds.
    pub ends_at: Timestamp,
}

impl Contract {
    /// Whether it covers a specialty at a moment.
    pub fn covers(&self, specialty: Specialty, now: Timestamp) -> bool {
        self.holds(now) && self.specialties.contains(&specialty)
    }

    /// Whether it holds at a moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.ends_at
    }
}

/// An API key: 256 random bits, shown once and kept as a hash.
pub struct ApiKey(String);

impl ApiKey {
    /// A new key.
    pub fn random() -> Self {
        let bytes: [u8; 32] = rand::rng().random();
        Self(format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A key as a caller sent it.
    pub fn sent(text: &str) -> Option<Self> {
        (text.starts_with(KEY_PREFIX) && text.len() == 47).then(|| Self(text.to_owned()))
    }

    /// The key itself, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it. With 256 random bits no slower hash is needed, and looking a hash up tells
    /// nothing of the key by its time.
    pub(crate) fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_its_hash_does_not_show_it() {
        let key = ApiKey::random();
        let sent = ApiKey::sent(key.reveal()).expect("a key");
        assert_eq!(sent.hash(), key.hash());
        assert!(!key.hash().contains(key.reveal()));
        assert!(ApiKey::sent("cbk_short").is_none());
        assert!(ApiKey::sent("").is_none());
    }

    #[test]
    fn a_contract_covers_its_specialties_until_it_ends() {
        let (cardiology, neurology) = ("cardiology".parse().expect("c"), "neurology".parse().expect("n"));
        let contract = Contract {
            id: ContractId::at(Timestamp::UNIX_EPOCH),
            organisation: OrganisationId::at(Timestamp::UNIX_EPOCH),
            name: "A company".parse().expect("a name"),
            specialties: vec![cardiology],
            ends_at: Timestamp::from_second(100).expect("a time"),
        };
        let at = |seconds| Timestamp::from_second(seconds).expect("a time");
        assert!(contract.covers(cardiology, at(99)));
        assert!(!contract.covers(neurology, at(99)));
        assert!(!contract.covers(cardiology, at(100)));
    }
}
