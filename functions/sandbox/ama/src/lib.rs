//! A stand-in for the AMA's profiles service, for trying and testing Curbside. Never deployed in
//! production.
//!
//! `PUT /physicians/{npi}` writes a physician; the token, the search and the full profile answer as
//! the service documents them.

use axum::{
    Form, Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use edge::{Problem, StartError, config};
use http::{HeaderMap, StatusCode, header};
use kernel::Class;
use serde::{Deserialize, Serialize};
use serde_json::json;
use table::{Key, Table, TableError, Transaction};

/// What the stand-in works with.
#[derive(Debug, Clone)]
pub struct App {
    table: Table,
}

#[derive(Debug, Serialize, Deserialize)]
struct Physician {
    family_name: String,
    given_name: String,
    birth_date: String,
    licence_statuses: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Grant {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

#[derive(Debug, Deserialize)]
struct Search {
    npi_number: String,
}

#[derive(Debug, Serialize)]
#[serde(rename = "full_profile")]
struct FullProfile {
    demographics: Demographics,
    licenses: Vec<Licence>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Demographics {
    first_name: String,
    last_name: String,
    birth_date: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Licence {
    license_status_description: String,
}

/// The token that the stand-in gives out and takes.
const TOKEN: &str = "sandbox-token";

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
    Router::new()
        .route("/oauth2/endpoint/eprofilesprovider/token", post(token))
        .route("/physicians/search", post(search))
        .route("/physicians/{npi}", put(write))
        .route("/profiles/profile/full/{entity}", get(profile))
        .with_state(app)
}

fn key(npi: &str) -> Key {
    Key::new(format!("AMA#{npi}"), "PHYSICIAN")
}

fn unavailable(_: TableError) -> Problem {
    Problem::new(Class::Unavailable, "storage", "the stand-in's table did not answer", "try again")
}

fn authorised(headers: &HeaderMap) -> bool {
    let bearer = format!("Bearer {TOKEN}");
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == bearer.as_bytes())
        && headers.contains_key("x-sourcesystem")
}

async fn token(Form(grant): Form<Grant>) -> Response {
    if grant.grant_type != "client_credentials"
        || grant.client_id.is_empty()
        || grant.client_secret.is_empty()
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 1800})).into_response()
}

async fn search(
    State(app): State<App>,
    headers: HeaderMap,
    Json(search): Json<Search>,
) -> Result<Response, Problem> {
    if !authorised(&headers) {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let found: Option<Physician> = app.table.get(key(&search.npi_number)).await.map_err(unavailable)?;
    Ok(match found {
        Some(_) => Json(json!({"entity_id": search.npi_number})).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

async fn profile(
    State(app): State<App>,
    headers: HeaderMap,
    Path(entity): Path<String>,
) -> Result<Response, Problem> {
    if !authorised(&headers) {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let found: Option<Physician> = app.table.get(key(&entity)).await.map_err(unavailable)?;
    let Some(physician) = found else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let profile = FullProfile {
        demographics: Demographics {
            first_name: physician.given_name,
            last_name: physician.family_name,
            birth_date: physician.birth_date,
        },
        licenses: physician
            .licence_statuses
            .into_iter()
            .map(|license_status_description| Licence { license_status_description })
            .collect(),
    };
    let xml = quick_xml::se::to_string(&profile).map_err(|_| {
        Problem::new(Class::Internal, "internal", "the profile cannot be written", "correct the physician")
    })?;
    Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}

async fn write(
    State(app): State<App>,
    Path(npi): Path<String>,
    Json(physician): Json<Physician>,
) -> Result<StatusCode, Problem> {
    let step = Transaction::new().put("physician", key(&npi), &physician);
    app.table.commit(step).await.map_err(unavailable)?;
    Ok(StatusCode::NO_CONTENT)
}
