//! Bytes as they stand in JSON: base64url without padding (RFC 4648, section 5).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2_011::{Digest, Sha256};

/// The most bytes of a value: the longest is a proof of a log of 2^40 entries.
const MOST: usize = 4096;

/// Some bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// 32 bytes: a hash by SHA-256, or that many of chance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// The text is no base64url of as many bytes as are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not base64url, without padding, of as many bytes as are wanted")]
pub struct NoBytes;

impl Hash {
    /// The hash of bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, NoBytes> {
    if text.len() > MOST * 4 / 3 + 1 {
        return Err(NoBytes);
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NoBytes)
}

impl FromStr for Bytes {
    type Err = NoBytes;

    fn from_str(text: &str) -> Result<Self, NoBytes> {
        decoded(text).map(Self)
    }
}

impl FromStr for Hash {
    type Err = NoBytes;

    fn from_str(text: &str) -> Result<Self, NoBytes> {
        decoded(text)?.try_into().map(Self).map_err(|_| NoBytes)
    }
}

macro_rules! written {
    ($($name:ident)+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&URL_SAFE_NO_PAD.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

written! { Bytes Hash }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_base64url_and_read_back_and_nothing_else_is_taken() {
        let hash = Hash::of(b"");
        assert_eq!(hash.to_string(), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
        let json = serde_json::to_string(&hash).expect("JSON");
        assert_eq!(serde_json::from_str::<Hash>(&json).expect("a hash"), hash);
        for wrong in ["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "47DE", "", &format!("{hash}=")] {
            assert_eq!(wrong.parse::<Hash>(), Err(NoBytes), "{wrong}");
        }
        // The last letter of these has bits that belong to no byte.
        assert_eq!("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV".parse::<Hash>(), Err(NoBytes));
        assert!("A".repeat(2 * MOST).parse::<Bytes>().is_err());
    }
}
