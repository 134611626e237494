//! `POST /webhooks`: a partner registers an endpoint.

use std::collections::BTreeSet;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use edge::{Now, Once, Problem, ProblemBody, auth::Observer, replayed, respond, stored};
use http::StatusCode;
use kernel::{Invalid, id::EndpointId};
use partners::webhook::{Endpoint, Event};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{App, view::EndpointView};

/// An endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEndpoint {
    /// A public https address.
    #[schema(example = "https://hooks.example.org/curbside")]
    url: String,
    /// What it is told.
    events: BTreeSet<Event>,
}

/// Registers an endpoint.
#[utoipa::path(
    post, path = "/webhooks", tag = "webhooks",
    params(("Idempotency-Key" = String, Header, description = "A quoted string that makes the request safe to repeat")),
    request_body = NewEndpoint,
    responses(
        (status = 201, description = "Registered; the secret is shown once", body = EndpointView),
        (status = 400, description = "A field is wrong", body = ProblemBody),
        (status = 401, description = "No valid API key", body = ProblemBody),
        (status = 409, description = "The organisation has ten endpoints", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn register(
    State(app): State<App>,
    Now(now): Now,
    once: Once<Observer, NewEndpoint>,
) -> Result<Response, Problem> {
    let url = app.reach.check(&once.input.url)?;
    if once.input.events.is_empty() {
        return Err(Invalid::new("an endpoint is told at least one event", "name one").at("events").into());
    }
    let endpoint = Endpoint {
        id: EndpointId::at(now),
        organisation: once.by.organisation,
        contract: once.by.contract,
        url: url.into(),
        secret: Endpoint::random_secret(),
        events: once.input.events.into_iter().collect(),
        disabled: false,
        created_at: now,
    };
    let kept = EndpointView::from(&endpoint);
    let kept_answer = stored(StatusCode::CREATED, &kept);
    match app.store.register(&endpoint, &once.key, &kept_answer).await {
        Ok(()) => {
            let shown = kept.with_secret(endpoint.secret);
            Ok((StatusCode::CREATED, Json(shown)).into_response())
        }
        Err(refused) => {
            let first = replayed(app.store.table(), &once.key, refused.into()).await?;
            Ok(respond(&first))
        }
    }
}
