//! Calling a router in process with a sample event, as API Gateway would, and holding it to its budget
//! of AWS calls.

#![expect(clippy::expect_used, reason = "a test must fail at the first thing that is not as it should be")]

mod key_service;
mod stand_in;

use std::collections::BTreeSet;

use axum::{Router, body::Body};
use http::HeaderMap;
use kernel::{
    Timestamp,
    id::{MemberId, MessageId},
    session::Clinician,
};
use serde_json::Value;
use table::testing::Deed;
use tower::ServiceExt;

use crate::{Now, queue::Batch};

pub use key_service::key_service;
pub use stand_in::{Asked, StandIn, serving};

/// The document that states how many AWS calls a request may make.
const BUDGETS: &str = include_str!("../../../docs/budgets.md");
const COMMUNITY: &str = include_str!("../../../infra/community.yaml");

/// Calls a router with a REST API event: the status and the JSON that it answers.
///
/// # Panics
/// When the event is none, or the answer is not JSON.
pub async fn call(router: &Router, event: &Value, now: Timestamp) -> (u16, Value) {
    let (status, _, body) = fetch(router, event, now).await;
    (status, if body.is_empty() { Value::Null } else { serde_json::from_str(&body).expect("JSON") })
}

/// The same: the status, the headers, and the text that it answers.
///
/// # Panics
/// When the event is none.
pub async fn fetch(router: &Router, event: &Value, now: Timestamp) -> (u16, HeaderMap, String) {
    let request = lambda_http::request::from_str(&event.to_string()).expect("a REST API event");
    let mut request = request.map(|body| Body::from(body.to_vec()));
    // API Gateway passes the path apart from its stage; the functions are told to leave the stage out.
    *request.uri_mut() = address(event).parse().expect("an address");
    request.extensions_mut().insert(Now(now));
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, headers, String::from_utf8(bytes.to_vec()).expect("text"))
}

fn address(event: &Value) -> String {
    let path = event.get("path").and_then(Value::as_str).expect("a path");
    let query: Vec<String> = event
        .get("queryStringParameters")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// A sample event by its place under `events/`, such as `community/polls/create`.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn event(name: &str) -> Value {
    let path = format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("JSON")
}

/// A queue's sample batch, its message with an id of its own: samples share one.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn batch(name: &str) -> Batch {
    let id = MessageId::at(Timestamp::UNIX_EPOCH).to_string();
    let text = event(name).to_string().replace("msg_01JD2V5Q0M8RZ6T3W9X4Y7B1CE", &id);
    serde_json::from_str(&text).expect("a batch")
}

/// A request's sample event about another thing: `id` stands where the sample's id of the same kind did.
///
/// # Panics
/// When the sample's path has no such id.
#[must_use]
pub fn about(event: &Value, id: impl ToString) -> Value {
    let id = id.to_string();
    let prefix = id.split('_').next().unwrap_or_default();
    let sample = format!("{prefix}_01JD2V5Q0M8RZ6T3W9X4Y7B1CE");
    let path = event.get("path").and_then(Value::as_str).expect("a path");
    assert!(path.contains(&sample), "{path} has no {sample}");
    with(event, "/path", path.replacen(&sample, &id, 1))
}

/// A request's sample event with another idempotency key.
#[must_use]
pub fn again(event: &Value, key: &str) -> Value {
    let value = format!("\"{key}\"");
    let event = with(event, "/headers/Idempotency-Key", value.as_str());
    with(&event, "/multiValueHeaders/Idempotency-Key", vec![value])
}

/// A request's sample event with another body.
#[must_use]
pub fn saying(event: &Value, body: &Value) -> Value {
    with(event, "/body", body.to_string())
}

/// A request's sample event of another member.
///
/// # Panics
/// When the sample is not of a member.
#[must_use]
pub fn by(event: &Value, member: MemberId) -> Value {
    claiming(event, "sub", member.to_string().into())
}

/// A request's sample event of a member who was verified as that.
///
/// # Panics
/// When the sample is not of a member.
#[must_use]
pub fn as_clinician(event: &Value, clinician: Clinician) -> Value {
    claiming(event, "clinician", serde_json::to_value(clinician).unwrap_or_default())
}

/// A request's sample event of a member without duties.
///
/// # Panics
/// When the sample is not of a member.
#[must_use]
pub fn plain(event: &Value) -> Value {
    claiming(event, "roles", Value::Array(Vec::new()))
}

fn claiming(event: &Value, claim: &str, value: Value) -> Value {
    let place = "/requestContext/authorizer/session";
    let session = event.pointer(place).and_then(Value::as_str).expect("a session");
    let mut claims: Value = serde_json::from_str(session).expect("claims");
    *claims.get_mut(claim).expect("a claim") = value;
    with(event, place, claims.to_string())
}

/// The sample event with another value at a place, such as `/path`.
///
/// # Panics
/// When there is no such place.
#[must_use]
pub fn with(event: &Value, place: &str, value: impl Into<Value>) -> Value {
    let mut event = event.clone();
    *event.pointer_mut(place).expect("a place in the event") = value.into();
    event
}

/// Checks that a request made no more calls than `docs/budgets.md` allows, and no fewer: a budget that
/// is too wide holds nothing.
///
/// # Panics
/// When it did, or has no budget.
#[track_caller]
pub fn within_budget(request: &str, calls: usize) {
    let row = BUDGETS.lines().find(|line| line.starts_with(&format!("| `{request}` |")));
    let row = row.unwrap_or_else(|| panic!("docs/budgets.md has no row for {request}"));
    let budget: usize = row.split('|').nth(2).and_then(|cell| cell.trim().parse().ok()).expect("a number");
    assert_eq!(calls, budget, "{request}");
}

/// Checks that a function of the community did nothing but what its role may, and to no partitions but those of its
/// conditions `dynamodb:LeadingKeys`, which the local cloud does not know.
///
/// # Panics
/// When it did, or did nothing.
#[track_caller]
pub fn within_rights(function: &str, deeds: &BTreeSet<Deed>) {
    let own =
        COMMUNITY.split(&format!("\n  {function}:\n")).nth(1).and_then(|rest| rest.split("\n\n").next());
    let list = |statement: &str, name: &str| {
        let rest = statement.split(&format!("{name}: ")).nth(1).and_then(|rest| rest.lines().next());
        let list = rest.unwrap_or_default().trim_matches(['[', ']', ' ', '}']);
        list.split(',').map(|one| one.trim().trim_matches('"').to_owned()).collect::<Vec<_>>()
    };
    let statements: Vec<(Vec<String>, Vec<String>)> = own
        .unwrap_or_else(|| panic!("there is no function {function}"))
        .split("- Effect: Allow")
        .map(|statement| (list(statement, "Action"), list(statement, "\"dynamodb:LeadingKeys\"")))
        .collect();
    let may = |(action, partition): &&Deed| {
        let action = format!("dynamodb:{action}");
        statements.iter().filter(|(actions, _)| actions.contains(&action)).any(|(_, keys)| {
            keys.iter().any(|key| match key.strip_suffix('*') {
                Some(prefix) => partition.starts_with(prefix),
                None => partition == key,
            })
        })
    };
    let beyond: Vec<&Deed> = deeds.iter().filter(|deed| !may(deed)).collect();
    assert!(beyond.is_empty() && !deeds.is_empty(), "{function} may not {beyond:?}");
}
