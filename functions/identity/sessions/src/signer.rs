//! Signing session tokens with a key that never leaves the key service: ES256 (RFC 7518, 3.4).

use aws_config::SdkConfig;
use aws_sdk_kms::{
    Client,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use edge::StartError;
use identity::IdentityError;
use p256::{PublicKey, ecdsa::Signature, elliptic_curve::sec1::ToEncodedPoint, pkcs8::DecodePublicKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// The session key, with its public half as it is published.
#[derive(Debug, Clone)]
pub struct Signer {
    client: Client,
    key: String,
    issuer: String,
    public: Jwk,
}

/// A public key (RFC 7517).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Jwk {
    kty: &'static str,
    crv: &'static str,
    r#use: &'static str,
    alg: &'static str,
    kid: String,
    x: String,
    y: String,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

impl Signer {
    /// Reads the public half of the key with that ARN. One call, made at cold start.
    ///
    /// # Errors
    /// When the key service does not answer, or the key is not on P-256.
    pub async fn load(aws: &SdkConfig, key: String, issuer: String) -> Result<Self, StartError> {
        let client = Client::new(aws);
        let output = client.get_public_key().key_id(&key).send().await?;
        let der = output.public_key.ok_or("the session key has no public half")?.into_inner();
        let public = jwk(&der)?;
        Ok(Self { client, key, issuer, public })
    }

    /// The public half.
    pub(crate) const fn public(&self) -> &Jwk {
        &self.public
    }

    /// Who issues the tokens.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// A signed token (RFC 7519, compact form). One call.
    pub(crate) async fn sign(&self, claims: &impl Serialize) -> Result<String, IdentityError> {
        let header = Header { alg: "ES256", typ: "JWT", kid: &self.public.kid };
        let part = |json: Result<Vec<u8>, serde_json::Error>| {
            json.map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).map_err(|_| IdentityError::Keys("encode"))
        };
        let (header, body) = (part(serde_json::to_vec(&header))?, part(serde_json::to_vec(claims))?);
        let message = format!("{header}.{body}");
        let output = self
            .client
            .sign()
            .key_id(&self.key)
            .message(Blob::new(Sha256::digest(&message).to_vec()))
            .message_type(MessageType::Digest)
            .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256)
            .send()
            .await
            .map_err(|_| IdentityError::Keys("sign"))?;
        let der = output.signature.ok_or(IdentityError::Keys("sign"))?.into_inner();
        let signature = Signature::from_der(&der).map_err(|_| IdentityError::Keys("sign"))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())))
    }
}

fn jwk(der: &[u8]) -> Result<Jwk, StartError> {
    let public = PublicKey::from_public_key_der(der).map_err(|_| "the session key is not on P-256")?;
    let point = public.to_encoded_point(false);
    let (x, y) = (point.x().ok_or("no x")?, point.y().ok_or("no y")?);
    Ok(Jwk {
        kty: "EC",
        crv: "P-256",
        r#use: "sig",
        alg: "ES256",
        kid: URL_SAFE_NO_PAD.encode(Sha256::digest(der)),
        x: URL_SAFE_NO_PAD.encode(x),
        y: URL_SAFE_NO_PAD.encode(y),
    })
}
