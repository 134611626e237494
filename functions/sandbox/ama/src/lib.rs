//! A stand-in for the AMA's profiles service, for trying and testing Curbside. Never deployed in
//! production.
//!
//! `PUT /physicians/{npi}` writes a physician; the token, the search by any of its three keys and the full
//! profile answer as the service documents them. A physician's `persona` plays a part when the profile is asked
//! for: those of `persona::play`, and `missing` (a search that finds an entity without a profile). A physician who is
//! watched and written again is told of in a notification, until it is acknowledged.

use axum::{
    Form, Json, Router,
    extract::{Path, Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use edge::Problem;
use http::{StatusCode, header};
use kernel::Class;
use serde::{Deserialize, Serialize};
use serde_json::json;
use table::{Condition, Key, Query, Table, Transaction};

#[derive(Debug, Serialize, Deserialize)]
struct Physician {
    family_name: String,
    given_name: String,
    birth_date: String,
    licence_statuses: Vec<String>,
    #[serde(default)]
    me_number: Option<String>,
    #[serde(default)]
    graduate_date: Option<String>,
    #[serde(default)]
    death_date: Option<String>,
    #[serde(default)]
    sanction: Option<String>,
    #[serde(default)]
    no_release: bool,
    #[serde(default)]
    no_contact: bool,
    #[serde(default)]
    persona: Option<String>,
}

/// Which physician a search finds.
#[derive(Debug, Serialize, Deserialize)]
struct Pointer {
    npi: String,
}

#[derive(Debug, Deserialize)]
struct Grant {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Search {
    Npi { npi_number: String },
    MeNumber { me_number: String },
    Name { first_name: String, last_name: String, date_of_birth: String },
}

#[derive(Debug, Serialize)]
#[serde(rename = "full_profile", rename_all = "camelCase")]
struct FullProfile {
    demographics: Demographics,
    licenses: Vec<Licence>,
    medical_schools: Vec<School>,
    sanctions: Sanctions,
    npi: Npi,
    #[serde(skip_serializing_if = "Option::is_none")]
    me_number: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Demographics {
    first_name: String,
    last_name: String,
    birth_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    death_date: Option<String>,
    contact_indicator: &'static str,
    #[serde(rename = "no_release_ind")]
    no_release_ind: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Licence {
    license_status_description: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct School {
    graduate_date: String,
}

#[derive(Debug, Serialize)]
struct Sanctions {
    federal: &'static str,
    state: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Npi {
    npi_code: String,
}

/// The token that the stand-in gives out and takes.
const TOKEN: &str = "sandbox-token";

/// The routes, of a stand-in that keeps what it is told in that table.
pub fn router(table: Table) -> Router {
    let for_clients = Router::new()
        .route("/physicians/search", post(search))
        .route("/profiles/profile/full/{entity}", get(profile))
        .route("/profiles/monitor/entities/{entity}", put(watch).delete(unwatch))
        .route("/profiles/monitor/notifications", get(notifications))
        .route("/profiles/monitor/update/{notification}", get(profile))
        .route("/profiles/monitor/notifications/{notification}", delete(acknowledge))
        .route_layer(from_fn(authorised));
    Router::new()
        .route("/oauth2/endpoint/eprofilesprovider/token", post(token))
        .route("/physicians/{npi}", put(write))
        .merge(for_clients)
        .with_state(table)
}

fn key(npi: &str) -> Key {
    Key::new(format!("AMA#{npi}"), "PHYSICIAN")
}

fn watched_key(npi: &str) -> Key {
    Key::new(format!("AMA#{npi}"), "WATCHED")
}

/// A notification has the entity's id: there is one of an entity at a time.
fn notification_key(npi: &str) -> Key {
    Key::new("AMA#NOTIFICATIONS", npi)
}

fn by_me_number(number: &str) -> Key {
    Key::new(format!("AMA#ME#{number}"), "POINTER")
}

fn by_name(given: &str, family: &str, born: &str) -> Key {
    Key::new(format!("AMA#NAME#{}#{}#{born}", given.to_lowercase(), family.to_lowercase()), "POINTER")
}

/// Lets through who has a token and says which system they are.
async fn authorised(request: Request, next: Next) -> Response {
    let bearer = format!("Bearer {TOKEN}");
    let headers = request.headers();
    let has_token =
        headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == bearer.as_bytes());
    if has_token && headers.contains_key("x-sourcesystem") {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
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

async fn search(State(table): State<Table>, Json(search): Json<Search>) -> Result<Response, Problem> {
    let pointer = match search {
        Search::Npi { npi_number } => {
            let found: Option<Physician> = table.get(key(&npi_number)).await?;
            found.map(|_| Pointer { npi: npi_number })
        }
        Search::MeNumber { me_number } => table.get(by_me_number(&me_number)).await?,
        Search::Name { first_name, last_name, date_of_birth } => {
            let key = by_name(&first_name, &last_name, &date_of_birth);
            table.get(key).await?
        }
    };
    Ok(match pointer {
        Some(Pointer { npi }) => Json(json!({"entity_id": npi})).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

async fn profile(State(table): State<Table>, Path(entity): Path<String>) -> Result<Response, Problem> {
    let found: Option<Physician> = table.get(key(&entity)).await?;
    let Some(physician) = found else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let part = physician.persona.as_deref().unwrap_or_default();
    if part == "missing" {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    if let Some(answer) = persona::play(part).await {
        return Ok(answer);
    }
    let profile = FullProfile {
        demographics: Demographics {
            first_name: physician.given_name,
            last_name: physician.family_name,
            birth_date: physician.birth_date,
            death_date: physician.death_date,
            contact_indicator: if physician.no_contact { "N" } else { "Y" },
            no_release_ind: if physician.no_release { "Y" } else { "N" },
        },
        licenses: physician
            .licence_statuses
            .into_iter()
            .map(|license_status_description| Licence { license_status_description })
            .collect(),
        medical_schools: physician
            .graduate_date
            .into_iter()
            .map(|graduate_date| School { graduate_date })
            .collect(),
        sanctions: Sanctions { federal: "N", state: physician.sanction.unwrap_or_default() },
        npi: Npi { npi_code: entity },
        me_number: physician.me_number,
    };
    let xml = quick_xml::se::to_string(&profile).map_err(|_| {
        Problem::new(Class::Internal, "internal", "the profile cannot be written", "correct the physician")
    })?;
    Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}

async fn write(
    State(table): State<Table>,
    Path(npi): Path<String>,
    Json(physician): Json<Physician>,
) -> Result<StatusCode, Problem> {
    let pointer = Pointer { npi: npi.clone() };
    let name = by_name(&physician.given_name, &physician.family_name, &physician.birth_date);
    let mut step = Transaction::new().put("physician", key(&npi), &physician).put("name", name, &pointer);
    if let Some(number) = &physician.me_number {
        step = step.put("me number", by_me_number(number), &pointer);
    }
    let watched: Option<Pointer> = table.get(watched_key(&npi)).await?;
    if watched.is_some() {
        step = step.put("notification", notification_key(&npi), &pointer);
    }
    table.commit(step).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn watch(State(table): State<Table>, Path(npi): Path<String>) -> Result<StatusCode, Problem> {
    let found: Option<Physician> = table.get(key(&npi)).await?;
    if found.is_none() {
        return Ok(StatusCode::NOT_FOUND);
    }
    let step = Transaction::new().put("watched", watched_key(&npi), &Pointer { npi });
    table.commit(step).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unwatch(State(table): State<Table>, Path(npi): Path<String>) -> Result<StatusCode, Problem> {
    table.commit(Transaction::new().delete("watched", watched_key(&npi), Condition::default())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn notifications(State(table): State<Table>) -> Result<Response, Problem> {
    let page = table.query(Query::partition("AMA#NOTIFICATIONS")).await?;
    if page.items.is_empty() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let list: String = page
        .items
        .iter()
        .map(table::sort_key)
        .map(|npi| {
            format!(
                "<notifications><notificationId>{npi}</notificationId><entityId>{npi}</entityId>\
                <licenseUpdated>true</licenseUpdated></notifications>"
            )
        })
        .collect();
    let xml = format!(
        "<monitorNotificationList xmlns=\"http://eprofiles.myama.com/core/\">{list}</monitorNotificationList>"
    );
    Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}

async fn acknowledge(State(table): State<Table>, Path(npi): Path<String>) -> Result<StatusCode, Problem> {
    let step = Transaction::new().delete("notification", notification_key(&npi), Condition::default());
    table.commit(step).await?;
    Ok(StatusCode::NO_CONTENT)
}
