//! A stand-in for the French directory of health professionals, for trying and testing Curbside. Never deployed in
//! production.
//!
//! `PUT /fhir/v2/practitioners/{number}` writes an entry; `GET /fhir/v2/Practitioner` answers with a FHIR bundle. An
//! entry's `persona` plays a part: those of `persona::play`, and `twins` (two hits for one number).

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use edge::Problem;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use table::{Key, Table, Transaction};

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    family_name: String,
    given_name: String,
    active: bool,
    #[serde(default)]
    persona: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Search {
    identifier: String,
}

/// The routes, of a stand-in that keeps what it is told in that table.
pub fn router(table: Table) -> Router {
    Router::new()
        .route("/fhir/v2/Practitioner", get(search))
        .route("/fhir/v2/practitioners/{number}", put(write))
        .with_state(table)
}

fn key(number: &str) -> Key {
    Key::new(format!("RPPS#{number}"), "ENTRY")
}

async fn search(
    State(table): State<Table>,
    headers: HeaderMap,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    if !headers.contains_key("esante-api-key") {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let number = search.identifier;
    let found: Option<Entry> = table.get(key(&number)).await?;
    let part = found.as_ref().and_then(|entry| entry.persona.clone()).unwrap_or_default();
    if let Some(answer) = persona::play(&part).await {
        return Ok(answer);
    }
    let copies = if part == "twins" { 2 } else { 1 };
    let practitioner = |entry: &Entry| {
        json!({"resource": {
            "resourceType": "Practitioner", "id": format!("003-{number}"), "active": entry.active,
            "identifier": [{"value": format!("8{number}")}, {"value": number}],
            "name": [{"family": entry.family_name, "given": [entry.given_name]}],
        }})
    };
    let entries: Vec<_> = found.iter().flat_map(|entry| vec![practitioner(entry); copies]).collect();
    let bundle =
        json!({"resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries});
    Ok(Json(bundle).into_response())
}

async fn write(
    State(table): State<Table>,
    Path(number): Path<String>,
    Json(entry): Json<Entry>,
) -> Result<StatusCode, Problem> {
    let step = Transaction::new().put("entry", key(&number), &entry);
    table.commit(step).await?;
    Ok(StatusCode::NO_CONTENT)
}
