//! The routes in process, with sample events, on the embedded engine and the stand-in of a network.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

use edge::testing::{call, event, saying, serving, with, within_budget};
use identity::sign_in::SignIns;
use kernel::{Secret, Timestamp};
use providers::network::{Network, Registration};
use serde_json::{Value, json};
use sign_in::App;
use table::testing::Engine;
use url::Url;

/// The stand-in's tokens are of the hour.
fn now() -> Timestamp {
    edge::now()
}

/// The function, the network's issuer, and what the network keeps.
async fn front(engine: &Engine) -> (axum::Router, String, Engine) {
    // The stand-in's rows are not ours: they are not counted.
    let theirs = Engine::start().await;
    let issuer = format!("{}/network", serving(network::router(theirs.table.clone())).await);
    let registration = Registration {
        name: "Doctors' Net".to_owned(),
        issuer: issuer.clone(),
        client_id: "curbside".to_owned(),
        client_secret: Secret::new("secret"),
    };
    let redirect = "https://curbside.example/sign-in".to_owned();
    let network = Network::new(providers::client().expect("a client"), registration, redirect);
    let app = App { store: SignIns::new(engine.table.clone()), network: Some(network) };
    (sign_in::api(app).into_router(), issuer, theirs)
}

/// The browser's visit to the network: the body that completes the sign-in.
async fn visit(issuer: &str, address: &str) -> Value {
    let http = providers::client().expect("a client");
    let account = json!({"given_name": "Ada", "family_name": "Example"});
    http.put(format!("{issuer}/accounts/ada")).json(&account).send().await.expect("an account");
    let mut address: Url = address.parse().expect("an address");
    address.query_pairs_mut().append_pair("login_hint", "ada");
    let answer = http.get(address).send().await.expect("an answer");
    let back = answer.headers().get("location").expect("a way back").to_str().expect("a text");
    let back: Url = back.parse().expect("an address");
    Value::Object(back.query_pairs().map(|(name, value)| (name.into_owned(), value.into())).collect())
}

fn sample(name: &str) -> Value {
    event(&format!("identity/sign-in/{name}"))
}

#[tokio::test]
async fn a_sign_in_is_begun_completed_once_by_whoever_began_it_shown_and_forgotten() {
    let engine = Engine::start().await;
    let (router, issuer, _theirs) = front(&engine).await;
    assert_eq!(call(&router, &sample("show"), now()).await.0, 404);
    engine.calls.take();
    let (status, begun) = call(&router, &sample("begin"), now()).await;
    assert_eq!((status, begun["network"].as_str()), (200, Some("Doctors' Net")), "{begun}");
    within_budget("PUT /sign-in", engine.calls.take());
    let back = visit(&issuer, begun["address"].as_str().expect("an address")).await;
    let complete = saying(&sample("complete"), &back);
    let mut forged = back.clone();
    forged["state"] = "another".into();
    let (status, problem) = call(&router, &saying(&complete, &forged), now()).await;
    assert_eq!(
        (status, problem["type"].as_str().map(|kind| kind.ends_with("sign_in_refused"))),
        (409, Some(true))
    );
    let stranger = with(&complete, "/requestContext/authorizer/claims/sub", "somebody-else");
    assert_eq!(call(&router, &stranger, now()).await.0, 409, "somebody else completed it");
    let late = now().checked_add(kernel::SignedDuration::from_mins(11)).expect("a time");
    assert_eq!(call(&router, &complete, late).await.0, 409, "completed too late");
    engine.calls.take();
    let (status, done) = call(&router, &complete, now()).await;
    assert_eq!((status, done["family_name"].as_str()), (200, Some("Example")), "{done}");
    within_budget("POST /sign-in/complete", engine.calls.take());
    assert_eq!(call(&router, &complete, now()).await.0, 409, "completed twice");
    let rows = engine.snapshot().await;
    assert!(!rows.iter().any(|row| row.contains("verifier")), "what proves the sign-in is kept: {rows:?}");
    engine.calls.take();
    let (status, shown) = call(&router, &sample("show"), now()).await;
    assert_eq!((status, shown), (200, done));
    within_budget("GET /sign-in", engine.calls.take());
    let tomorrow = now().checked_add(kernel::SignedDuration::from_hours(25)).expect("a time");
    assert_eq!(call(&router, &sample("show"), tomorrow).await.0, 404, "it holds for more than a day");
    engine.calls.take();
    assert_eq!(call(&router, &sample("forget"), now()).await.0, 204);
    within_budget("DELETE /sign-in", engine.calls.take());
    assert_eq!(call(&router, &sample("show"), now()).await.0, 404);
}

#[tokio::test]
async fn where_there_is_no_other_network_nothing_is_begun() {
    let engine = Engine::start().await;
    let app = App { store: SignIns::new(engine.table.clone()), network: None };
    let router = sign_in::api(app).into_router();
    for name in ["begin", "complete"] {
        assert_eq!(call(&router, &sample(name), now()).await.0, 404, "{name}");
    }
    assert!(engine.snapshot().await.is_empty(), "a refusal left a trace");
}
