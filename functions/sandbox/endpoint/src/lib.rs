//! A stand-in for a partner's webhook endpoint, for trying and testing Curbside. Never deployed in
//! production.
//!
//! `POST /hooks/{name}` keeps what it gets and answers the status that `PUT /hooks/{name}` set last
//! (200 before that); `GET /hooks/{name}` shows what came, oldest first, with its headers.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::post,
};
use edge::Problem;
use http::{HeaderMap, StatusCode};
use kernel::id::MessageId;
use serde::{Deserialize, Serialize};
use table::{Key, Query, Table, Transaction};

#[derive(Debug, Serialize, Deserialize)]
struct Behaviour {
    status: u16,
}

#[derive(Debug, Serialize, Deserialize)]
struct Received {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

#[derive(Debug, Serialize)]
struct Letterbox {
    received: Vec<Received>,
}

/// The routes, of a stand-in that keeps what it is told in that table.
pub fn router(table: Table) -> Router {
    Router::new().route("/hooks/{name}", post(receive).get(show).put(behave)).with_state(table)
}

fn behaviour_key(name: &str) -> Key {
    Key::new(format!("HOOK#{name}"), "BEHAVIOUR")
}

async fn receive(
    State(table): State<Table>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Result<StatusCode, Problem> {
    let text = |header: &str| {
        headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let received = Received {
        id: text("webhook-id"),
        timestamp: text("webhook-timestamp"),
        signature: text("webhook-signature"),
        body,
    };
    let place = Key::new(format!("HOOK#{name}"), format!("GOT#{}", MessageId::at(edge::now())));
    let step = Transaction::new().insert("got", place, &received);
    table.commit(step).await?;
    let behaviour: Option<Behaviour> = table.get(behaviour_key(&name)).await?;
    let status = behaviour.map_or(200, |behaviour| behaviour.status);
    Ok(StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
}

async fn show(State(table): State<Table>, Path(name): Path<String>) -> Result<Json<Letterbox>, Problem> {
    let query = Query::partition(format!("HOOK#{name}")).prefix("GOT#");
    let page = table.query(query).await?;
    let received = page.items.into_iter().map(table::read).collect::<Result<Vec<Received>, _>>()?;
    Ok(Json(Letterbox { received }))
}

async fn behave(
    State(table): State<Table>,
    Path(name): Path<String>,
    Json(behaviour): Json<Behaviour>,
) -> Result<StatusCode, Problem> {
    let step = Transaction::new().put("behaviour", behaviour_key(&name), &behaviour);
    table.commit(step).await?;
    Ok(StatusCode::NO_CONTENT)
}
