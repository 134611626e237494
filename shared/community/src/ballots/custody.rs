//! The keys behind a poll, in the key service: one seals the private parts of what signs ballots, one signs the heads of
//! boards. Each function may use its part of them alone.

use aws_config::SdkConfig;
use aws_sdk_kms::{
    Client,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use ballot::{Bytes, Hash, SignedHead, SigningKey, TreeHead};
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::id::PollId;
use p256::ecdsa::Signature;

use super::{PublicKey, SealedKey};
use crate::CommunityError;

/// The key that seals the private parts of keys. A seal opens only for the poll and the segment that it was made for.
#[derive(Debug, Clone)]
pub struct BallotKeys {
    client: Client,
    key: String,
}

/// The key that signs the heads of boards.
#[derive(Debug, Clone)]
pub struct HeadSigner {
    client: Client,
    key: String,
}

impl BallotKeys {
    /// The key with that ARN.
    pub fn new(aws: &SdkConfig, key: String) -> Self {
        Self { client: Client::new(aws), key }
    }

    /// A new key of a poll. Its private part is known to nobody once this is done. One call.
    ///
    /// # Errors
    /// When none could be made, or the key service does not answer.
    pub async fn make(&self, poll: PollId, segment: &str) -> Result<SealedKey, CommunityError> {
        let made = tokio::task::spawn_blocking(SigningKey::generate);
        let private = made.await.map_err(|_| CommunityError::Keys)?.map_err(|_| CommunityError::Keys)?;
        let public = PublicKey::of(&private, segment).map_err(|_| CommunityError::Keys)?;
        let plain = private.to_der().map_err(|_| CommunityError::Keys)?;
        let output = self
            .client
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(plain))
            .encryption_context("poll", poll.to_string())
            .encryption_context("segment", segment)
            .send()
            .await
            .map_err(|_| CommunityError::Keys)?;
        let sealed = output.ciphertext_blob.ok_or(CommunityError::Keys)?;
        Ok(SealedKey { public, sealed: STANDARD.encode(sealed) })
    }

    /// Opens a key of a poll. One call.
    ///
    /// # Errors
    /// When it was sealed for another poll or segment, or the key service does not answer.
    pub async fn open(&self, poll: PollId, key: &SealedKey) -> Result<SigningKey, CommunityError> {
        let sealed = STANDARD.decode(&key.sealed).map_err(|_| CommunityError::Keys)?;
        let output = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(sealed))
            .encryption_context("poll", poll.to_string())
            .encryption_context("segment", &key.public.segment)
            .send()
            .await
            .map_err(|_| CommunityError::Keys)?;
        let plain = output.plaintext.ok_or(CommunityError::Keys)?.into_inner();
        SigningKey::from_der(&plain).map_err(|_| CommunityError::Keys)
    }
}

impl HeadSigner {
    /// The key with that ARN.
    pub fn new(aws: &SdkConfig, key: String) -> Self {
        Self { client: Client::new(aws), key }
    }

    /// Its public part. One call.
    ///
    /// # Errors
    /// When the key service does not answer.
    pub async fn public(&self) -> Result<Bytes, CommunityError> {
        let output = self.client.get_public_key().key_id(&self.key).send().await;
        let key = output.ok().and_then(|output| output.public_key).ok_or(CommunityError::Keys)?;
        Ok(Bytes(key.into_inner()))
    }

    /// Signs a head. One call.
    ///
    /// # Errors
    /// When the key service does not answer.
    pub async fn sign(&self, head: TreeHead) -> Result<SignedHead, CommunityError> {
        let output = self
            .client
            .sign()
            .key_id(&self.key)
            .message(Blob::new(Hash::of(&head.statement()).0))
            .message_type(MessageType::Digest)
            .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256)
            .send()
            .await;
        let der = output.ok().and_then(|output| output.signature).ok_or(CommunityError::Keys)?;
        let signature = Signature::from_der(&der.into_inner()).map_err(|_| CommunityError::Keys)?;
        Ok(SignedHead { head, signature: Bytes(signature.to_bytes().to_vec()) })
    }
}
