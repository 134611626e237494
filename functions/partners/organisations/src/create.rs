//! `POST /organisations`: an operator registers an organisation under a contract.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edge::{Now, Once, Problem, ProblemBody, auth::Operator, replayed, respond, stored};
use http::StatusCode;
use kernel::{
    Invalid, Specialty, Timestamp,
    id::{ContractId, OrganisationId},
    text::Line,
};
use partners::organisation::{ApiKey, Contract};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// An organisation and what it may read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrganisation {
    /// The organisation's name.
    name: Line,
    /// The specialties whose cases the contract covers: 1 to 20.
    specialties: Vec<Specialty>,
    /// Until when the contract holds.
    ends_at: Timestamp,
}

/// An organisation with its contract.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Registered {
    organisation: OrganisationId,
    contract: ContractId,
    /// The API key. It is shown this once; a repeated request is answered without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
}

/// Registers an organisation.
#[utoipa::path(
    post, path = "/organisations", tag = "organisations",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = NewOrganisation,
    responses(
        (status = 201, description = "Registered; the API key is shown once", body = Registered),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not an operator", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    Now(now): Now,
    once: Once<Operator, NewOrganisation>,
) -> Result<Response, Problem> {
    let NewOrganisation { name, specialties, ends_at } = once.input;
    if !(1..=20).contains(&specialties.len()) {
        return Err(Invalid::new("a contract covers 1 to 20 specialties", "name them")
            .at("specialties")
            .into());
    }
    if ends_at <= now {
        return Err(Invalid::new("this contract has ended already", "send a later moment")
            .at("ends_at")
            .into());
    }
    let organisation = OrganisationId::at(now);
    let contract = Contract { id: ContractId::at(now), organisation, name, specialties, ends_at };
    let api_key = ApiKey::random();
    let kept = Registered { organisation, contract: contract.id, api_key: None };
    let kept_answer = stored(StatusCode::CREATED, &kept);
    match app.store.create(&contract, &api_key, &once.key, &kept_answer).await {
        Ok(()) => {
            let shown = Registered { api_key: Some(api_key.reveal().to_owned()), ..kept };
            Ok((StatusCode::CREATED, Json(shown)).into_response())
        }
        Err(refused) => {
            let first = replayed(app.store.table(), &once.key, refused.into()).await?;
            Ok(respond(&first))
        }
    }
}
