//! The routes in process, with sample events, on the embedded engine: what they do and what they cost.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test must fail at the first thing that is not as it should be"
)]

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use edge::testing::{Asked, StandIn, call, event, saying, with, within_budget};
use identity::{
    application::{Applications, Decision},
    link::LinkKey,
    member::Members,
    testing::{decisions, file},
};
use kernel::Timestamp;
use p256::{
    ecdsa::{DerSignature, SigningKey, signature::hazmat::PrehashSigner},
    pkcs8::EncodePublicKey,
};
use serde_json::{Value, json};
use sessions::{App, Signer};
use table::testing::Engine;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// The key service as far as sessions need it: a seal opens only under the context it was made with.
fn keys(asked: &Asked) -> (u16, String) {
    let key = SigningKey::from_bytes(&[7; 32].into()).expect("a key");
    let body = asked.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let bytes = |name: &str| STANDARD.decode(text(name)).expect("base64");
    let answer = match asked.what.as_str() {
        "Encrypt" => {
            let sealed = json!([body["EncryptionContext"], text("Plaintext")]).to_string();
            json!({"CiphertextBlob": STANDARD.encode(sealed)})
        }
        "Decrypt" => {
            let sealed: Value = serde_json::from_slice(&bytes("CiphertextBlob")).expect("a seal");
            if sealed[0] != body["EncryptionContext"] {
                return (400, json!({"__type": "InvalidCiphertextException"}).to_string());
            }
            json!({"Plaintext": sealed[1]})
        }
        "GetPublicKey" => {
            let der = p256::PublicKey::from(key.verifying_key()).to_public_key_der().expect("a public key");
            json!({"PublicKey": STANDARD.encode(der.as_bytes())})
        }
        _ => {
            let signature: DerSignature = key.sign_prehash(&bytes("Message")).expect("a signature");
            json!({"Signature": STANDARD.encode(signature.as_bytes())})
        }
    };
    (200, answer.to_string())
}

#[tokio::test]
async fn a_verified_person_joins_once_and_gets_sessions_within_budget() {
    let engine = Engine::start().await;
    let service = StandIn::start(keys).await;
    let app = App {
        members: Members::new(engine.table.clone()),
        links: LinkKey::new(&service.aws, "link".to_owned()),
        signer: Signer::load(&service.aws, "session".to_owned(), "urn:curbside:test".to_owned())
            .await
            .expect("a signer"),
    };
    let router = sessions::api(app).into_router();
    let join = event("identity/sessions/join");
    let claims = "/requestContext/authorizer/claims";
    let join = with(&join, &format!("{claims}/cognito:groups"), "[]");
    let exchange = with(&event("identity/sessions/exchange"), &format!("{claims}/cognito:groups"), "[]");
    assert_eq!(call(&router, &join, NOW).await.0, 403, "joined without verification");
    assert_eq!(call(&router, &exchange, NOW).await.0, 403);

    let subject = join.pointer(&format!("{claims}/sub")).and_then(Value::as_str).expect("a person");
    let store = Applications::new(engine.table.clone());
    let application = file(&store, subject, NOW).await;
    decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
    assert_eq!(call(&router, &exchange, NOW).await.1["type"], "https://curbside.dev/problems/not_activated");
    engine.calls.take();
    service.asked();

    let (status, joined) = call(&router, &join, NOW).await;
    assert_eq!((status, joined["screen_name"].as_str()), (200, Some("quiet-otter")), "{joined}");
    within_budget("PUT /membership", engine.calls.take() + service.asked().len());
    let after = engine.snapshot().await;
    assert_eq!(call(&router, &join, NOW).await, (200, joined), "the same again");
    let other = saying(&join, &json!({"screen_name": "loud-otter"}));
    assert_eq!(call(&router, &other, NOW).await.1["type"], "https://curbside.dev/problems/already_member");
    assert_eq!(engine.snapshot().await, after, "joining again changed something");
    for row in after {
        assert!(!(row.contains(subject) && row.contains("quiet-otter")), "{row}");
    }

    engine.calls.take();
    service.asked();
    let (status, session) = call(&router, &exchange, NOW).await;
    assert_eq!((status, session["expires_at"].as_str()), (201, Some("1970-01-01T00:15:00Z")));
    within_budget("POST /sessions", engine.calls.take() + service.asked().len());
    let (status, keys) = call(&router, &event("identity/sessions/jwks"), NOW).await;
    assert_eq!((status, keys["keys"][0]["alg"].as_str()), (200, Some("ES256")));
    within_budget("GET /.well-known/jwks.json", engine.calls.take() + service.asked().len());
}

#[tokio::test]
async fn staff_who_are_verified_later_take_a_name_and_keep_their_pseudonym() {
    let engine = Engine::start().await;
    let service = StandIn::start(keys).await;
    let app = App {
        members: Members::new(engine.table.clone()),
        links: LinkKey::new(&service.aws, "link".to_owned()),
        signer: Signer::load(&service.aws, "session".to_owned(), "urn:curbside:test".to_owned())
            .await
            .expect("a signer"),
    };
    let router = sessions::api(app).into_router();
    let groups = "/requestContext/authorizer/claims/cognito:groups";
    let exchange = with(&event("identity/sessions/exchange"), groups, "[moderators]");
    let join = event("identity/sessions/join");
    let claims = async || {
        let session = call(&router, &exchange, NOW).await.1;
        let body = session["token"].as_str().expect("a token").split('.').nth(1).expect("claims").to_owned();
        let body = URL_SAFE_NO_PAD.decode(body).expect("base64");
        serde_json::from_slice::<Value>(&body).expect("JSON")
    };
    let before = claims().await;
    assert_eq!((&before["clinician"], before["roles"][0].as_str()), (&Value::Null, Some("moderator")));
    let subject = join["requestContext"]["authorizer"]["claims"]["sub"].as_str().expect("a person");
    let store = Applications::new(engine.table.clone());
    let application = file(&store, subject, NOW).await;
    decisions(&engine.table).decide(&application, Decision::Approve, NOW).await.expect("approved");
    assert_eq!(claims().await["clinician"], Value::Null, "a clinician without a screen name");
    assert_eq!(call(&router, &join, NOW).await.0, 200);
    let after = claims().await;
    assert_eq!((&after["sub"], after["clinician"]["country"].as_str()), (&before["sub"], Some("FR")));
    let told = engine.outbox().await.into_iter().filter(|(kind, _)| kind == "identity.member_activated.v1");
    assert_eq!(told.count(), 1);
}
