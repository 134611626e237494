//! `GET /webhooks/{endpoint}/deliveries`: what was sent to an endpoint, and what came of it.

use axum::extract::State;
use edge::{Paged, Path, Problem, ProblemBody, Query, auth::Observer};
use kernel::{
    Timestamp,
    id::{EndpointId, MessageId},
};
use partners::webhook::{Delivery, Event, State as Stand};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::App;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Where to go on, from the `Link` header of the page before.
    cursor: Option<String>,
}

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// The `webhook-id` of every attempt.
    id: MessageId,
    event: Event,
    state: Stand,
    attempts: u32,
    /// Why the last attempt failed.
    reason: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryList {
    deliveries: Vec<DeliveryView>,
}

impl From<Delivery> for DeliveryView {
    fn from(one: Delivery) -> Self {
        Self {
            id: one.message,
            event: one.event,
            state: one.state,
            attempts: one.attempts,
            reason: one.reason,
            created_at: one.created_at,
            updated_at: one.updated_at,
        }
    }
}

/// The deliveries to an endpoint.
#[utoipa::path(
    get, path = "/webhooks/{endpoint}/deliveries", tag = "webhooks",
    params(("endpoint" = EndpointId, Path), Which),
    responses(
        (status = 200, description = "A page, newest first; the Link header leads on", body = DeliveryList),
        (status = 400, description = "A bad cursor", body = ProblemBody),
        (status = 401, description = "No valid API key", body = ProblemBody),
        (status = 404, description = "No such endpoint of the caller's", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn deliveries(
    State(app): State<App>,
    by: Observer,
    Path(id): Path<EndpointId>,
    Query(which): Query<Which>,
) -> Result<Paged<DeliveryList>, Problem> {
    app.store.find(by.organisation, id).await?;
    let (found, next) = app.store.deliveries(id, &app.cursors, which.cursor.as_deref()).await?;
    let body = DeliveryList { deliveries: found.into_iter().map(Into::into).collect() };
    Ok(Paged { body, query: String::new(), next })
}
