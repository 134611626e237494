//! From a message of the community to what partners are told of it.

use contracts::{
    Envelope,
    community::{CaseClosed, PollPublished},
};
use edge::queue::{Delivery as BusDelivery, Unhandled};
use kernel::{
    Specialty, Timestamp,
    id::{EndpointId, MessageId},
};
use partners::webhook::{Delivery, Event};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Something that partners are told of, and behind which endpoint to go on telling.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Occasion {
    pub(crate) event: Event,
    /// The message it came with: the `webhook-id`.
    pub(crate) message: MessageId,
    /// Only contracts that cover it; any contract that holds without one.
    pub(crate) specialty: Option<Specialty>,
    pub(crate) after: Option<EndpointId>,
}

impl Occasion {
    fn new<M>(
        event: Event,
        message: &Envelope<M>,
        specialty: Option<Specialty>,
        data: &Value,
    ) -> (Self, String) {
        let payload = json!({"type": event.name(), "timestamp": message.at, "data": data}).to_string();
        (Self { event, message: message.id, specialty, after: None }, payload)
    }

    /// The same for those behind an endpoint.
    pub(crate) fn behind(&self, last: EndpointId) -> Self {
        Self { after: Some(last), ..self.clone() }
    }

    /// A new delivery of it.
    pub(crate) fn delivery(&self, now: Timestamp) -> Delivery {
        Delivery::new(self.message, self.event, now)
    }
}

/// What a message from the bus tells partners of, and the JSON that is posted.
pub(crate) fn read(bus: &BusDelivery) -> Result<(Occasion, String), Unhandled> {
    if let Some(closed) = bus.message::<CaseClosed>()? {
        return Ok(case_closed(&closed));
    }
    let published = bus.message::<PollPublished>()?.ok_or(Unhandled::Unknown)?;
    Ok(poll_published(&published))
}

/// That a case was closed, without its text: that is read under a contract, where reads are logged.
fn case_closed(message: &Envelope<CaseClosed>) -> (Occasion, String) {
    let closed = &message.body;
    let data = json!({
        "case": closed.case,
        "specialty": closed.specialty,
        "accepted": closed.accepted,
        "closed_at": closed.closed_at,
    });
    Occasion::new(Event::CaseClosed, message, Some(closed.specialty), &data)
}

fn poll_published(message: &Envelope<PollPublished>) -> (Occasion, String) {
    let published = &message.body;
    let data = json!({
        "poll": published.poll,
        "question": published.question,
        "options": published.options,
        "opened_at": published.opened_at,
    });
    Occasion::new(Event::PollPublished, message, None, &data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_becomes_a_payload_without_the_outcome() {
        let sample = include_str!("../../../../events/partners/deliver/case_closed.json");
        let batch: edge::queue::Batch = serde_json::from_str(sample).expect("a sample event");
        let bus = BusDelivery::read(&batch.records[0]).expect("a bus event");
        let (occasion, payload) = read(&bus).expect("an occasion");
        assert_eq!((occasion.event, occasion.specialty.is_some()), (Event::CaseClosed, true));
        assert!(!payload.contains("recovered"), "{payload}");
        let payload: Value = serde_json::from_str(&payload).expect("JSON");
        assert_eq!(payload["type"], "case.closed");
        assert!(payload["timestamp"].is_string());
    }
}
