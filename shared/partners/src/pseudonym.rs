//! One pseudonym an author and contract: the same author is another one under every contract, so
//! that two observers cannot lay their notes side by side.

use hmac::{Hmac, Mac};
use kernel::id::ContractId;
use sha2::Sha256;

/// How much of the code is shown, in hex digits: 64 bits.
const SHOWN: usize = 16;

/// The key that makes pseudonyms.
#[derive(Clone)]
pub struct PseudonymKey(Vec<u8>);

impl std::fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PseudonymKey(redacted)")
    }
}

impl PseudonymKey {
    /// A key of secret bytes.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(secret.into())
    }

    /// The pseudonym of an author, by the alias the community gave, under a contract.
    pub fn of(&self, alias: &str, contract: ContractId) -> String {
        // HMAC takes keys of any length, so this cannot fail.
        Hmac::<Sha256>::new_from_slice(&self.0).map_or_else(
            |_| String::new(),
            |mut mac| {
                mac.update(contract.to_string().as_bytes());
                mac.update(b"\0");
                mac.update(alias.as_bytes());
                let code = hex::encode(mac.finalize().into_bytes());
                format!("author-{}", code.get(..SHOWN).unwrap_or_default())
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    #[test]
    fn an_author_is_one_under_a_contract_and_another_under_the_next() {
        let key = PseudonymKey::new("key");
        let (one, two) = (ContractId::at(Timestamp::UNIX_EPOCH), ContractId::at(Timestamp::UNIX_EPOCH));
        assert_eq!(key.of("alias", one), key.of("alias", one));
        assert_ne!(key.of("alias", one), key.of("alias", two));
        assert_ne!(key.of("alias", one), key.of("other", one));
        assert!(!key.of("alias", one).contains("alias"));
    }
}
