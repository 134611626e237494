//! Who wrote something, as other zones may know: an alias that cannot be turned back.

use contracts::community::Byline;
use kernel::{Secret, id::MemberId, session::Clinician};

/// The key that makes aliases. It never leaves the community zone.
#[derive(Debug, Clone)]
pub struct AliasKey(Secret);

impl AliasKey {
    /// A key of that secret.
    pub const fn new(secret: Secret) -> Self {
        Self(secret)
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
        self.0.keyed_hash(&[&member.to_string()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_stable_and_shows_nothing_of_the_member() {
        let (key, member) = (AliasKey::new(Secret::new("a")), MemberId::random());
        assert_eq!(key.alias(member), key.alias(member));
        assert_ne!(key.alias(member), AliasKey::new(Secret::new("b")).alias(member));
        assert!(!key.alias(member).contains(&member.suffix()));
    }
}
