//! Secrets: redacted wherever they might be printed.

use std::fmt;

use hmac::{Hmac, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// A secret text. It prints as `redacted` and has no comparison, so none can leak by its time.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A secret of that text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one call that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// HMAC-SHA-256 (RFC 2104) of the parts under this secret, in 64 hex digits: it tells nothing of
    /// the parts to who has not the secret. The parts are told apart by a zero byte, so none may hold one.
    pub fn keyed_hash(&self, parts: &[&str]) -> String {
        // HMAC takes keys of any length, so this cannot fail.
        Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).map_or_else(
            |_| String::new(),
            |mut mac| {
                mac.update(parts.join("\0").as_bytes());
                mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
            },
        )
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redacted")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyed_hash_is_that_of_the_standard_and_tells_its_parts_apart() {
        // RFC 4231, test case 2.
        assert_eq!(
            Secret::new("Jefe").keyed_hash(&["what do ya want for nothing?"]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let secret = Secret::new("a");
        assert_ne!(secret.keyed_hash(&["ab", "c"]), secret.keyed_hash(&["a", "bc"]));
        assert_eq!(format!("{secret:?}"), "redacted");
    }
}
