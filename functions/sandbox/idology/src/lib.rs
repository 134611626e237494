//! A stand-in for IDology ExpectID, for trying and testing Curbside. Never deployed in production.
//!
//! It speaks the documented shape. The family name chooses the outcome:
//!
//! | family name begins with | outcome |
//! | --- | --- |
//! | `Nomatch` | `id.failure`, `result.no.match` |
//! | `Partial` | `id.partial`, one qualifier |
//! | `Deceased` | `id.success` with `resultcode.subject.deceased` among two qualifiers |
//! | `Watchlist` | `result.match.restricted` with a restriction |
//! | `Rejected` | 200 with an `error` |
//! | `Throttled`, `Unavailable` | 429, 503 |
//! | `Malformed` | a body that is not JSON |
//! | `Slow` | an answer after twelve seconds |
//! | anything else | `id.success`, `result.match` |

use std::time::Duration;

use axum::{
    Form, Json, Router,
    response::{IntoResponse, Response},
    routing::post,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    username: String,
    password: String,
    first_name: String,
    last_name: String,
    address: String,
}

/// The routes.
pub fn router() -> Router {
    Router::new().route("/api/idiq.svc", post(expect_id))
}

async fn expect_id(Form(request): Form<Request>) -> Response {
    if request.username.is_empty() || request.password.is_empty() {
        return answer(&json!({"error": "Invalid username and password"}));
    }
    let name = request.last_name.to_lowercase();
    let begins = |persona: &str| name.starts_with(persona);
    let id = transaction(&request);
    let keyed = |key: &str| json!({"key": key, "message": "sandbox"});
    let result = |summary: &str, result: &str, more: Value| {
        let mut body = json!({"id-number": id, "summary-result": keyed(summary), "results": keyed(result)});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        answer(&body)
    };
    if begins("nomatch") {
        result("id.failure", "result.no.match", json!({}))
    } else if begins("partial") {
        let one = json!({"qualifiers": {"qualifier": keyed("resultcode.address.does.not.match")}});
        result("id.partial", "result.match", one)
    } else if begins("deceased") {
        let two = [keyed("resultcode.thin.file"), keyed("resultcode.subject.deceased")];
        result("id.success", "result.match", json!({"qualifiers": {"qualifier": two}}))
    } else if begins("watchlist") {
        result("id.success", "result.match.restricted", json!({"restriction": keyed("global.watch.list")}))
    } else if begins("rejected") {
        answer(&json!({"error": "Your IP address is not registered"}))
    } else if begins("throttled") {
        StatusCode::TOO_MANY_REQUESTS.into_response()
    } else if begins("unavailable") {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    } else if begins("malformed") {
        "<html>not what was asked for</html>".into_response()
    } else {
        if begins("slow") {
            tokio::time::sleep(Duration::from_secs(12)).await;
        }
        result("id.success", "result.match", json!({}))
    }
}

fn answer(response: &Value) -> Response {
    Json(json!({"response": response})).into_response()
}

/// A number that is the same for the same person, as a provider's transaction.
fn transaction(request: &Request) -> String {
    let mut hash = Sha256::new();
    for part in [&request.first_name, &request.last_name, &request.address] {
        hash.update(part.as_bytes());
        hash.update(b"\0");
    }
    hex::encode(hash.finalize()).chars().take(10).collect()
}
