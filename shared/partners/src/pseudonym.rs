//! One pseudonym an author and contract: the same author is another one under every contract, so
//! that two observers cannot lay their notes of an author side by side. A contribution has the same id under
//! every contract, for it is marked and paid by that: who compares conversations that both read finds
//! the same author behind the same contribution.

use kernel::{Secret, id::ContractId};

/// How much of the code is shown, in hex digits: 64 bits.
const SHOWN: usize = 16;

/// The key that makes pseudonyms.
#[derive(Debug, Clone)]
pub struct PseudonymKey(Secret);

impl PseudonymKey {
    /// A key of that secret.
    pub const fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// The pseudonym of an author, by the alias the community gave, under a contract.
    pub fn of(&self, alias: &str, contract: ContractId) -> String {
        let code = self.0.keyed_hash(&[&contract.to_string(), alias]);
        format!("author-{}", code.get(..SHOWN).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    #[test]
    fn an_author_is_one_under_a_contract_and_another_under_the_next() {
        let key = PseudonymKey::new(Secret::new("key"));
        let (one, two) = (ContractId::at(Timestamp::UNIX_EPOCH), ContractId::at(Timestamp::UNIX_EPOCH));
        assert_eq!(key.of("alias", one), key.of("alias", one));
        assert_ne!(key.of("alias", one), key.of("alias", two));
        assert_ne!(key.of("alias", one), key.of("other", one));
        assert!(!key.of("alias", one).contains("alias"));
    }
}
