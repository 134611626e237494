//! Tokens of members who never signed up, signed with the deployment's own session key by its operator:
//! for crowds, and for tokens that are expired or meant for somebody else.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use kernel::id::MemberId;
use reqwest::Method;
use serde_json::{Value, json};

use tokio::sync::OnceCell;

use crate::{Cloud, Member};

/// The claims of a physician in cardiology, good for fifteen minutes.
pub fn claims() -> Value {
    #[expect(clippy::disallowed_methods, reason = "a test is a client, and has a clock of its own")]
    let now = jiff::Timestamp::now().as_second();
    json!({
        "iss": "urn:curbside:local", "aud": "curbside", "sub": MemberId::random(), "iat": now, "exp": now + 900,
        "clinician": {
            "profession": "physician", "specialty": "cardiology", "country": "FR", "tier": "triple_verified",
        },
    })
}

/// A member with those claims.
pub async fn member(cloud: &Cloud, claims: &Value) -> Member {
    static KEY: OnceCell<Value> = OnceCell::const_new();
    let key = KEY
        .get_or_init(async || {
            let jwks =
                cloud.send(Method::GET, cloud.address("identity_JwksUrl"), &[], None).await.expect(200);
            jwks["keys"][0]["kid"].clone()
        })
        .await;
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": key});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(claims));
    let request = json!({
        "KeyId": cloud.address("identity_SessionKeyArn"), "Message": STANDARD.encode(&message),
        "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256",
    });
    let signed = cloud.operate("kms", "TrentService.Sign", &request).await;
    let der = STANDARD.decode(signed["Signature"].as_str().expect("a signature")).expect("base64");
    Member::new(cloud, &format!("{message}.{}", URL_SAFE_NO_PAD.encode(raw(&der))), "minted")
}

/// The two numbers of a DER signature, each in 32 bytes (RFC 7518, 3.4).
fn raw(der: &[u8]) -> Vec<u8> {
    let (first, rest) = integer(&der[2..]);
    let (second, _) = integer(rest);
    [first, second].concat()
}

fn integer(der: &[u8]) -> (Vec<u8>, &[u8]) {
    let length = usize::from(der[1]);
    let digits = &der[2..2 + length];
    let digits = &digits[digits.len().saturating_sub(32)..];
    let mut padded = vec![0; 32 - digits.len()];
    padded.extend_from_slice(digits);
    (padded, &der[2 + length..])
}
