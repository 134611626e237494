//! A stand-in for the French directory of health professionals, for trying and testing Curbside. Never deployed in
//! production.
//!
//! `PUT /fhir/v2/practitioners/{number}` writes an entry; `GET /fhir/v2/Practitioner` answers with a FHIR bundle. An
//! entry's `persona` plays a part: `throttled`, `broken`, `malformed`, `twins` (two hits for one number).

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use edge::{Problem, StartError, config};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use table::{Key, Table, Transaction};

/// What the stand-in works with.
#[derive(Debug, Clone)]
pub struct App {
    table: Table,
}

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

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let table = config::only_table().await?;
        Ok(Self::new(table))
    }

    /// A stand-in that keeps its entries there.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/fhir/v2/Practitioner", get(search))
        .route("/fhir/v2/practitioners/{number}", put(write))
        .with_state(app)
}

fn key(number: &str) -> Key {
    Key::new(format!("RPPS#{number}"), "ENTRY")
}

async fn search(
    State(app): State<App>,
    headers: HeaderMap,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    if !headers.contains_key("esante-api-key") {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let number = search.identifier;
    let found: Option<Entry> = app.table.get(key(&number)).await?;
    let persona = found.as_ref().and_then(|entry| entry.persona.clone());
    let copies = match persona.as_deref() {
        Some("throttled") => return Ok(StatusCode::TOO_MANY_REQUESTS.into_response()),
        Some("broken") => return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        Some("malformed") => return Ok("<html>not what was asked for</html>".into_response()),
        Some("twins") => 2,
        _ => 1,
    };
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
    State(app): State<App>,
    Path(number): Path<String>,
    Json(entry): Json<Entry>,
) -> Result<StatusCode, Problem> {
    let step = Transaction::new().put("entry", key(&number), &entry);
    app.table.commit(step).await?;
    Ok(StatusCode::NO_CONTENT)
}
