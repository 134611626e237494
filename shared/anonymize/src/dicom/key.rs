//! New unique identifiers for old ones.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The root of identifiers that are made of random numbers (PS3.5, section B.2).
pub(super) const ROOT: &str = "2.25.";

/// A secret under which identifiers are replaced. Under one key an identifier is always replaced by the same other:
/// slices stay together, and none leads back to the archive that it came from.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key")
    }
}

impl Key {
    /// A key of that secret.
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// A key that nobody knows.
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// The identifier that stands for another.
    pub(super) fn replaced(&self, uid: &str) -> String {
        let Ok(mut code) = Hmac::<Sha256>::new_from_slice(&self.0) else { return ROOT.to_owned() };
        code.update(uid.as_bytes());
        let mut number = [0; 16];
        for (byte, made) in number.iter_mut().zip(code.finalize().into_bytes()) {
            *byte = made;
        }
        // Version 8 and variant of RFC 9562: numbers made by a rule of one's own.
        let number = (u128::from_be_bytes(number) & !(0xF << 76) & !(0x3 << 62)) | 0x8 << 76 | 0x2 << 62;
        format!("{ROOT}{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_replaced_by_the_same_under_one_key_and_by_another_under_another() {
        let (one, other) = (Key::new([1; 32]), Key::random());
        let replaced = one.replaced("1.2.840.113619.2.55");
        assert_eq!(replaced, one.replaced("1.2.840.113619.2.55"));
        assert_ne!(replaced, one.replaced("1.2.840.113619.2.56"));
        assert_ne!(replaced, other.replaced("1.2.840.113619.2.55"));
        assert!(replaced.len() <= 64 && replaced.starts_with("2.25."));
    }
}
