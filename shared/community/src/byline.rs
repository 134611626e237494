//! Who wrote something, as other zones may know: an alias that cannot be turned back.

use contracts::community::Byline;
use hmac::{Hmac, Mac};
use kernel::{id::MemberId, session::Clinician};
use sha2::Sha256;

/// The key that makes aliases. It never leaves the community zone.
#[derive(Clone)]
pub struct AliasKey(Vec<u8>);

impl std::fmt::Debug for AliasKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AliasKey(redacted)")
    }
}

impl AliasKey {
    /// A key of secret bytes.
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(secret.into())
    }

    /// The byline of a member.
    pub fn byline(&self, member: MemberId, clinician: Clinician) -> Byline {
        Byline {
            alias: self.alias(member),
            profession: clinician.profession,
            specialty: clinician.specialty,
            country: clinician.country,
            tier: clinician.tier,
        }
    }

    fn alias(&self, member: MemberId) -> String {
        // HMAC takes keys of any length, so this cannot fail.
        Hmac::<Sha256>::new_from_slice(&self.0).map_or_else(
            |_| String::new(),
            |mut mac| {
                mac.update(member.to_string().as_bytes());
                hex::encode(mac.finalize().into_bytes())
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_stable_and_shows_nothing_of_the_member() {
        let (key, member) = (AliasKey::new("a"), MemberId::random());
        assert_eq!(key.alias(member), key.alias(member));
        assert_ne!(key.alias(member), AliasKey::new("b").alias(member));
        assert!(!key.alias(member).contains(&member.suffix()));
    }
}
