//! Endpoints as they are shown.

use kernel::{Timestamp, id::EndpointId};
use partners::webhook::{Endpoint, Event};
use serde::Serialize;
use utoipa::ToSchema;

/// An endpoint.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EndpointView {
    id: EndpointId,
    url: String,
    events: Vec<Event>,
    /// Whether it answered 410 and is told nothing more.
    disabled: bool,
    created_at: Timestamp,
    /// The signing secret (Standard Webhooks). It is shown once, when the endpoint is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl EndpointView {
    /// The same with its secret, for the one answer that shows it.
    pub(crate) fn with_secret(self, secret: String) -> Self {
        Self { secret: Some(secret), ..self }
    }
}

impl From<&Endpoint> for EndpointView {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url.clone(),
            events: endpoint.events.clone(),
            disabled: endpoint.disabled,
            created_at: endpoint.created_at,
            secret: None,
        }
    }
}
