//! A stand-in for a medical register, for trying and testing Curbside. Never deployed in production.
//!
//! `PUT /registrations/{country}/{number}` writes an entry, `GET` reads it back as a register would.

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use edge::{Problem, StartError, config};
use http::{HeaderMap, StatusCode};
use kernel::Class;
use serde::{Deserialize, Serialize};
use table::{Key, Table, TableError, Transaction};

/// What the stand-in works with.
#[derive(Debug, Clone)]
pub struct App {
    table: Table,
}

#[derive(Debug, Serialize, Deserialize)]

struct Entry {
    family_name: String,
    given_name: String,
    birth_year: i16,
    status: String,
}

#[derive(Debug, Serialize)]
struct Registration {
    number: String,
    #[serde(flatten)]
    entry: Entry,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        env.finish()?;
        Ok(Self { table })
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    Router::new().route("/registrations/{country}/{number}", get(read).put(write)).with_state(app)
}

fn key(country: &str, number: &str) -> Key {
    Key::new(format!("REGISTER#{country}#{number}"), "ENTRY")
}

fn unavailable(_: TableError) -> Problem {
    Problem::new(Class::Unavailable, "storage", "the stand-in's table did not answer", "try again")
}

async fn read(
    State(app): State<App>,
    headers: HeaderMap,
    Path((country, number)): Path<(String, String)>,
) -> Result<Response, Problem> {
    if !headers.contains_key("x-api-key") {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let entry: Option<Entry> = app.table.get(key(&country, &number)).await.map_err(unavailable)?;
    Ok(match entry {
        Some(entry) => Json(Registration { number, entry }).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

async fn write(
    State(app): State<App>,
    Path((country, number)): Path<(String, String)>,
    Json(entry): Json<Entry>,
) -> Result<StatusCode, Problem> {
    let step = Transaction::new().put("entry", key(&country, &number), &entry);
    app.table.commit(step).await.map_err(unavailable)?;
    Ok(StatusCode::NO_CONTENT)
}
