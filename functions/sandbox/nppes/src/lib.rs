//! A stand-in for the NPPES registry, for trying and testing Curbside. Never deployed in production.
//!
//! `PUT /npi/{number}` writes an entry; `GET /api/` answers as the registry does: 200 to everything, with `Errors`
//! in the body where something is wrong. An entry's `persona` plays a part: those of `persona::play`,
//! and `digits` (the number as digits, not as a text). `GET /deactivated.csv` lists the deactivated ones.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use edge::Problem;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use table::{Condition, Key, Query as Range, Table, Transaction};

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    family_name: String,
    given_name: String,
    #[serde(default)]
    organisation: bool,
    #[serde(default)]
    deactivated: bool,
    #[serde(default)]
    persona: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Search {
    version: Option<String>,
    number: Option<String>,
}

/// The routes, of a stand-in that keeps what it is told in that table.
pub fn router(table: Table) -> Router {
    // A gateway takes the last slash away.
    let routes = Router::new().route("/api/", get(search)).route("/api", get(search));
    routes.route("/npi/{number}", put(write)).route("/deactivated.csv", get(deactivated)).with_state(table)
}

fn key(number: &str) -> Key {
    Key::new(format!("NPPES#{number}"), "ENTRY")
}

fn errors(field: &str, description: &str) -> Response {
    Json(json!({"Errors": [{"description": description, "field": field}]})).into_response()
}

async fn search(State(table): State<Table>, Query(search): Query<Search>) -> Result<Response, Problem> {
    if search.version.as_deref() != Some("2.1") {
        return Ok(errors("version", "Unsupported version"));
    }
    let number = search.number.unwrap_or_default();
    if number.len() != 10 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(errors("number", "NPI must be 10 digits"));
    }
    let found: Option<Entry> = table.get(key(&number)).await?;
    let Some(entry) = found else {
        return Ok(Json(json!({"result_count": 0, "results": []})).into_response());
    };
    let part = entry.persona.as_deref().unwrap_or_default();
    if let Some(answer) = persona::play(part).await {
        return Ok(answer);
    }
    let shown = match part {
        "digits" => number.parse::<u64>().map_or(Value::Null, Value::from),
        _ => Value::from(number),
    };
    let status = if entry.deactivated { "D" } else { "A" };
    let (kind, basic) = if entry.organisation {
        ("NPI-2", json!({"organization_name": entry.family_name, "status": status}))
    } else {
        let names = json!({
            "first_name": entry.given_name, "last_name": entry.family_name, "status": status,
        });
        ("NPI-1", names)
    };
    let hit = json!({
        "number": shown, "enumeration_type": kind, "created_epoch": "1146441600000", "basic": basic,
        "addresses": [], "taxonomies": [], "identifiers": [], "other_names": [], "endpoints": [],
    });
    Ok(Json(json!({"result_count": 1, "results": [hit]})).into_response())
}

async fn write(
    State(table): State<Table>,
    Path(number): Path<String>,
    Json(entry): Json<Entry>,
) -> Result<StatusCode, Problem> {
    let listed = Key::new("NPPES#DEACTIVATED", &number);
    let step = Transaction::new().put("entry", key(&number), &entry);
    let step = if entry.deactivated {
        step.put("listed", listed, &json!({}))
    } else {
        step.delete("listed", listed, Condition::default())
    };
    table.commit(step).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn deactivated(State(table): State<Table>) -> Result<String, Problem> {
    let page = table.query(Range::partition("NPPES#DEACTIVATED")).await?;
    let lines = page.items.iter().map(|item| format!("{},11/20/2026\n", table::sort_key(item)));
    Ok(["NPI,NPPES Deactivation Date\n".to_owned()].into_iter().chain(lines).collect())
}
