//! A stand-in for the place where an operator's copy of the General Medical Council's register stands, for trying
//! and testing Curbside. Never deployed in production.
//!
//! `PUT /gmc/doctors/{number}` writes a doctor; `full.csv` has every doctor, `delta-<day>.csv` those written on that
//! day, in the register's documented columns. A doctor's `persona` plays a part in every file that has them: those of
//! `persona::play`.

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use edge::{Now, Problem};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use table::{Key, Query, Table, Transaction};

#[derive(Debug, Serialize, Deserialize)]
struct Doctor {
    family_name: String,
    given_name: String,
    qualified: i16,
    #[serde(default = "licensed")]
    status: String,
    #[serde(default)]
    conditions: bool,
    #[serde(default)]
    undertakings: bool,
    #[serde(default)]
    warnings: bool,
    #[serde(default)]
    persona: Option<String>,
}

fn licensed() -> String {
    "Registered with Licence".to_owned()
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    number: String,
    doctor: Doctor,
}

/// The routes, of a stand-in that keeps what it is told in that table.
pub fn router(table: Table) -> Router {
    Router::new().route("/gmc/{file}", get(file)).route("/gmc/doctors/{number}", put(write)).with_state(table)
}

async fn file(
    State(table): State<Table>,
    headers: HeaderMap,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Ok(StatusCode::UNAUTHORIZED.into_response());
    }
    let partition = match file.strip_suffix(".csv").map(|name| (name, name.strip_prefix("delta-"))) {
        Some((_, Some(day))) => format!("GMC#{day}"),
        Some(("full", None)) => "GMC".to_owned(),
        _ => return Ok(StatusCode::NOT_FOUND.into_response()),
    };
    let page = table.query(Query::partition(partition)).await?;
    if page.items.is_empty() && file != "full.csv" {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let mut text = String::from(
        "GMC Ref No,Surname,Given Name,Year Of Qualification,PR Date,FR Date,Registration Status,\
         FtP Conditions Exist,FtP Undertakings Exist,FtP Warnings Exist\n",
    );
    for item in page.items {
        let Row { number, doctor } = table::read(item)?;
        if let Some(answer) = persona::play(doctor.persona.as_deref().unwrap_or_default()).await {
            return Ok(answer);
        }
        let said = |holds: bool| if holds { "Y" } else { "N" };
        let fields = [
            number.as_str(),
            &doctor.family_name,
            &doctor.given_name,
            &doctor.qualified.to_string(),
            "",
            "5071996",
            &doctor.status,
            said(doctor.conditions),
            said(doctor.undertakings),
            said(doctor.warnings),
        ];
        text.push_str(&fields.map(|field| format!("\"{}\"", field.replace('"', "\"\""))).join(","));
        text.push('\n');
    }
    Ok(([(header::CONTENT_TYPE, "text/csv")], text).into_response())
}

async fn write(
    State(table): State<Table>,
    Now(now): Now,
    Path(number): Path<String>,
    Json(doctor): Json<Doctor>,
) -> Result<StatusCode, Problem> {
    let row = Row { number: number.clone(), doctor };
    let day = format!("GMC#{}", now.strftime("%Y-%m-%d"));
    let step = Transaction::new().put("doctor", Key::new("GMC", &number), &row).put(
        "delta",
        Key::new(day, &number),
        &row,
    );
    table.commit(step).await?;
    Ok(StatusCode::NO_CONTENT)
}
