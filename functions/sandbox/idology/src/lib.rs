//! A stand-in for IDology ExpectID and ExpectID IQ, for trying and testing Curbside. Never deployed in
//! production.
//!
//! It speaks the documented shapes. The family name chooses what ExpectID answers:
//!
//! | family name begins with | outcome |
//! | --- | --- |
//! | `Nomatch` | `id.failure`, `result.no.match` |
//! | `Disagree` | `id.failure`, `result.match`, two qualifiers |
//! | `Partial` | `id.partial`, one qualifier, no questions |
//! | `Quiz` | `id.partial`, one qualifier, questions |
//! | `Untimely`, `Unasked` | as `Quiz`; the answers come too late, or there are no questions after all |
//! | `Deceased` | `id.success` with `resultcode.subject.deceased` among two qualifiers |
//! | `Watchlist` | `result.match.restricted` with a restriction |
//! | `Rejected` | 200 with an `error` |
//! | `Throttled`, `Unavailable`, `Broken`, `Malformed`, `Dropped`, `Slow` | as `persona::play` |
//! | anything else | `id.success`, `result.match` |
//!
//! The right answer to every question is its second choice. The first round is passed with one wrong answer, and
//! challenged with two; the second one is passed with none.

use std::collections::HashMap;

use axum::{
    Form, Json, Router,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The fields of a form.
type Fields = HashMap<String, String>;

/// The questions of the first round, and of the second: type and prompt.
const QUESTIONS: [(&str, &str); 3] = [
    ("street.name", "On which of these streets have you lived?"),
    ("current.county", "In which county do you live?"),
    ("person.known", "Which of these people do you know?"),
];
const CHALLENGE: [(&str, &str); 2] = [
    ("alternate.names.phone", "Under which name was your telephone listed?"),
    ("ssn.issued.in", "In which state was your number issued?"),
];

/// The routes.
pub fn router() -> Router {
    Router::new()
        .route("/api/idiq.svc", post(expect_id))
        .route("/api/idliveq-answers.svc", post(async |form: Form<Fields>| answers(&form, &QUESTIONS)))
        .route("/api/idliveq-challenge.svc", post(async |form: Form<Fields>| questions(&form, &CHALLENGE)))
        .route(
            "/api/idliveq-challenge-answers.svc",
            post(async |form: Form<Fields>| answers(&form, &CHALLENGE)),
        )
}

fn signed_in(fields: &Fields) -> bool {
    ["username", "password"].iter().all(|name| fields.get(*name).is_some_and(|value| !value.is_empty()))
}

fn keyed(key: &str) -> Value {
    json!({"key": key, "message": "sandbox"})
}

async fn expect_id(form: Form<Fields>) -> Response {
    if !signed_in(&form) {
        return answer(&json!({"error": "Invalid username and password"}));
    }
    if form.contains_key("idNumber") {
        return questions(&form, &QUESTIONS);
    }
    let name = form.get("lastName").map(|name| name.to_lowercase()).unwrap_or_default();
    let begins = |persona: &str| name.starts_with(persona);
    let result = |summary: &str, result: &str, more: Value| {
        let mut body = json!({
            "id-number": transaction(&form), "summary-result": keyed(summary), "results": keyed(result),
            "eligible-for-questions": "false",
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        answer(&body)
    };
    let mismatch = json!({"qualifier": keyed("resultcode.address.does.not.match")});
    if begins("nomatch") {
        result("id.failure", "result.no.match", json!({}))
    } else if begins("disagree") {
        let two = [keyed("resultcode.thin.file"), keyed("resultcode.zip.does.not.match")];
        result("id.failure", "result.match", json!({"qualifiers": {"qualifier": two}}))
    } else if begins("partial") {
        result("id.partial", "result.match", json!({"qualifiers": mismatch}))
    } else if ["quiz", "untimely", "unasked"].into_iter().any(begins) {
        let eligible = json!({"qualifiers": mismatch, "eligible-for-questions": "true"});
        result("id.partial", "result.match", eligible)
    } else if begins("deceased") {
        let two = [keyed("resultcode.thin.file"), keyed("resultcode.subject.deceased")];
        result("id.success", "result.match", json!({"qualifiers": {"qualifier": two}}))
    } else if begins("watchlist") {
        result("id.success", "result.match.restricted", json!({"restriction": keyed("global.watch.list")}))
    } else if begins("rejected") {
        answer(&json!({"error": "Your IP address is not registered"}))
    } else if let Some(answer) = persona::play(persona::begins(&name)).await {
        answer
    } else {
        result("id.success", "result.match", json!({}))
    }
}

/// The choices of a question: the same for the same person.
fn choices(id: &str, kind: &str) -> Vec<String> {
    let word = |place: usize| hex::encode(Sha256::digest(format!("{id}{kind}{place}"))).split_off(56);
    (0..5).map(word).chain(["None of the above".to_owned()]).collect()
}

fn questions(form: &Form<Fields>, round: &[(&str, &str)]) -> Response {
    let id = form.get("idNumber").cloned().unwrap_or_default();
    if !signed_in(form) || id.starts_with(UNASKED) {
        return answer(&json!({"idliveq-error": keyed("id.not.eligible.for.questions")}));
    }
    let questions: Vec<Value> = round
        .iter()
        .map(|(kind, prompt)| json!({"prompt": prompt, "type": kind, "answer": choices(&id, kind)}))
        .collect();
    answer(&json!({"id-number": id, "questions": {"question": questions}}))
}

fn answers(form: &Form<Fields>, round: &[(&str, &str)]) -> Response {
    let id = form.get("idNumber").cloned().unwrap_or_default();
    if !signed_in(form) {
        return answer(&json!({"idliveq-error": keyed("id.not.eligible.for.questions")}));
    }
    if id.starts_with(UNTIMELY) {
        return answer(&json!({"id-number": id, "idliveq-result": keyed("result.timeout")}));
    }
    let right = |(place, (kind, _)): &(usize, &(&str, &str))| {
        form.get(&format!("question{place}Type")).is_some_and(|given| given == kind)
            && form.get(&format!("question{place}Answer")) == choices(&id, kind).get(1)
    };
    let wrong = round.len() - (1..).zip(round).filter(right).count();
    let (field, name) = if round.len() == QUESTIONS.len() {
        ("idliveq-result", "questions")
    } else {
        ("idliveq-challenge-result", "challenge")
    };
    answer(&json!({"id-number": id, field: keyed(&format!("result.{name}.{wrong}.incorrect"))}))
}

fn answer(response: &Value) -> Response {
    Json(json!({"response": response})).into_response()
}

/// What the transactions of two personas begin with, who go on playing their part.
const UNTIMELY: &str = "77";
const UNASKED: &str = "88";

/// A number that is the same for the same person, as a provider's transaction.
fn transaction(form: &Form<Fields>) -> String {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let mut hash = Sha256::new();
    for name in ["firstName", "lastName", "address"] {
        hash.update(field(name).as_bytes());
        hash.update(b"\0");
    }
    let part = match field("lastName").to_lowercase() {
        name if name.starts_with("untimely") => UNTIMELY,
        name if name.starts_with("unasked") => UNASKED,
        _ => "10",
    };
    let digits = hash.finalize().iter().take(8).map(|byte| char::from(b'0' + byte % 10)).collect::<String>();
    format!("{part}{digits}")
}
