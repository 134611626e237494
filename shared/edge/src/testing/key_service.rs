//! The key service as far as functions use it: a seal opens only under the context that it was made with, and the key
//! that signs is always the same.

use base64::{Engine, engine::general_purpose::STANDARD};
use p256::{
    PublicKey,
    ecdsa::{DerSignature, SigningKey, signature::hazmat::PrehashSigner},
    pkcs8::EncodePublicKey,
};
use serde_json::{Value, json};

use super::Asked;

/// Answers as the key service does, for a [`StandIn`](super::StandIn).
///
/// # Panics
/// When it is asked for something that it does not know.
pub fn key_service(asked: &Asked) -> (u16, String) {
    let key = SigningKey::from_bytes(&[7; 32].into()).expect("a key");
    let body = asked.json();
    let field = |name: &str| body.get(name).cloned().unwrap_or_default();
    let text = |name: &str| field(name).as_str().unwrap_or_default().to_owned();
    let bytes = |name: &str| STANDARD.decode(text(name)).expect("base64");
    let answer = match asked.what.as_str() {
        "Encrypt" => {
            let sealed = json!([field("EncryptionContext"), text("Plaintext")]).to_string();
            json!({"CiphertextBlob": STANDARD.encode(sealed)})
        }
        "Decrypt" => {
            let sealed: [Value; 2] = serde_json::from_slice(&bytes("CiphertextBlob")).expect("a seal");
            let [context, plain] = sealed;
            if context != field("EncryptionContext") {
                return (400, json!({"__type": "InvalidCiphertextException"}).to_string());
            }
            json!({"Plaintext": plain})
        }
        "GetPublicKey" => {
            let der = PublicKey::from(key.verifying_key()).to_public_key_der().expect("a public key");
            json!({"PublicKey": STANDARD.encode(der.as_bytes())})
        }
        "Sign" => {
            let signature: DerSignature = key.sign_prehash(&bytes("Message")).expect("a signature");
            json!({"Signature": STANDARD.encode(signature.as_bytes())})
        }
        other => panic!("the key service is asked for {other}"),
    };
    (200, answer.to_string())
}
