//! The keys that ballots are signed with: one of a poll and a segment of its audience.

use std::fmt;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA384};
use blind_rsa_signatures::{
    DefaultRng, KeyPairSha384PSSDeterministic, PublicKeySha384PSSDeterministic,
    SecretKeySha384PSSDeterministic,
};
use pkcs1::EncodeRsaPublicKey;

use crate::{Broken, Bytes, Hash};

/// The keys' length, in bits.
const BITS: usize = 2048;

/// A public key.
pub struct BallotKey {
    der: Vec<u8>,
    /// What blinds and unblinds. Messages come to it prepared (RFC 9474, section 4.1), so that two keys sign the same bytes.
    pub(crate) blinding: PublicKeySha384PSSDeterministic,
    /// What verifies.
    verifying: ParsedPublicKey,
}

/// A private key, which signs what it cannot read.
pub struct SigningKey(SecretKeySha384PSSDeterministic);

impl BallotKey {
    /// Reads a key: a SubjectPublicKeyInfo of `rsaEncryption` in DER (RFC 8017, RFC 5280), as Web Cryptography's
    /// `spki` is.
    ///
    /// # Errors
    /// [`Broken::Key`].
    pub fn from_der(der: &[u8]) -> Result<Self, Broken> {
        let blinding = PublicKeySha384PSSDeterministic::from_der(der).map_err(|_| Broken::Key)?;
        Self::new(blinding).and_then(|key| if key.der == der { Ok(key) } else { Err(Broken::Key) })
    }

    fn new(blinding: PublicKeySha384PSSDeterministic) -> Result<Self, Broken> {
        let der = blinding.to_der().map_err(|_| Broken::Key)?;
        let inner = blinding.as_ref().to_pkcs1_der().map_err(|_| Broken::Key)?;
        let verifying =
            ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA384, inner.as_bytes()).map_err(|_| Broken::Key)?;
        Ok(Self { der, blinding, verifying })
    }

    /// The key in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// By what it is called: the hash of its DER.
    pub fn id(&self) -> Hash {
        Hash::of(&self.der)
    }

    /// Checks a signature of a prepared message (RFC 9474, section 4.1), which is one of RSASSA-PSS with SHA-384 and a
    /// salt of 48 bytes.
    pub(crate) fn verify(&self, prepared: &[u8], signature: &[u8]) -> Result<(), Broken> {
        self.verifying.verify_sig(prepared, signature).map_err(|_| Broken::Signature)
    }
}

impl SigningKey {
    /// A new one.
    ///
    /// # Errors
    /// [`Broken::Key`] when none could be made.
    pub fn generate() -> Result<Self, Broken> {
        let pair = KeyPairSha384PSSDeterministic::generate(&mut DefaultRng, BITS).map_err(|_| Broken::Key)?;
        Ok(Self(pair.sk))
    }

    /// Reads one that was kept as [`SigningKey::to_der`].
    ///
    /// # Errors
    /// [`Broken::Key`].
    pub fn from_der(der: &[u8]) -> Result<Self, Broken> {
        SecretKeySha384PSSDeterministic::from_der(der).map(Self).map_err(|_| Broken::Key)
    }

    /// PKCS #8 in DER. Whoever has it can make ballots.
    ///
    /// # Errors
    /// [`Broken::Key`] when it cannot be written.
    pub fn to_der(&self) -> Result<Vec<u8>, Broken> {
        self.0.to_der().map_err(|_| Broken::Key)
    }

    /// What is published of it.
    ///
    /// # Errors
    /// [`Broken::Key`].
    pub fn public(&self) -> Result<BallotKey, Broken> {
        self.0.public_key().map_err(|_| Broken::Key).and_then(BallotKey::new)
    }

    /// Signs a blinded message (RFC 9474, section 4.3). The same message has the same signature each time.
    ///
    /// # Errors
    /// [`Broken::Blinded`].
    pub fn sign(&self, blinded: &Bytes) -> Result<Bytes, Broken> {
        self.0.blind_sign(&blinded.0).map(|signature| Bytes(signature.0)).map_err(|_| Broken::Blinded)
    }
}

impl fmt::Debug for BallotKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("BallotKey").field(&self.id()).finish()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(redacted)")
    }
}
