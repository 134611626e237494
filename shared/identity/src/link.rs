//! The link between a person and a member: sealed under a key of its own, so that a row of the
//! table alone joins nobody to anything.
//!
//! Only the roles of `sessions` and `contact` may use the key. Whoever seals says what the link is
//! for; it opens only for that.

use aws_config::SdkConfig;
use aws_sdk_kms::{Client, primitives::Blob};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::IdentityError;

/// The key that seals links.
#[derive(Debug, Clone)]
pub struct LinkKey {
    client: Client,
    key: String,
}

/// Which way a link leads. It is the encryption context, so one cannot pass for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From a person to their member id.
    ToMember,
    /// From a member id to the person.
    ToPerson,
}

impl Direction {
    const fn name(self) -> &'static str {
        match self {
            Self::ToMember => "to_member",
            Self::ToPerson => "to_person",
        }
    }
}

impl LinkKey {
    /// The key with that ARN.
    pub fn new(aws: &SdkConfig, key: String) -> Self {
        Self { client: Client::new(aws), key }
    }

    /// Seals one end of a link, bound to the other. One call.
    ///
    /// # Errors
    /// When the key service does not answer.
    pub async fn seal(&self, way: Direction, from: &str, to: &str) -> Result<String, IdentityError> {
        let output = self
            .client
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(to))
            .encryption_context("way", way.name())
            .encryption_context("from", from)
            .send()
            .await
            .map_err(|_| IdentityError::Keys("seal"))?;
        let sealed = output.ciphertext_blob.ok_or(IdentityError::Keys("seal"))?;
        Ok(STANDARD.encode(sealed))
    }

    /// Opens a link. One call.
    ///
    /// # Errors
    /// When the link was sealed for something else, or the key service does not answer.
    pub async fn open(&self, way: Direction, from: &str, sealed: &str) -> Result<String, IdentityError> {
        let sealed = STANDARD.decode(sealed).map_err(|_| IdentityError::Keys("open"))?;
        let output = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(sealed))
            .encryption_context("way", way.name())
            .encryption_context("from", from)
            .send()
            .await
            .map_err(|_| IdentityError::Keys("open"))?;
        let text = output.plaintext.ok_or(IdentityError::Keys("open"))?;
        String::from_utf8(text.into_inner()).map_err(|_| IdentityError::Keys("open"))
    }
}
