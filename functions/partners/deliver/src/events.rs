//! From a message of the community to what partners are told of it.

use contracts::{
    Envelope,
    community::{CaseClosed, PollPublished},
};
use edge::queue::{Delivery as BusDelivery, Unhandled};
use kernel::{Timestamp, id::MessageId};
use partners::webhook::{Delivery, Event};
use serde_json::{Value, json};

/// The event and the delivery that a message from the bus gives rise to.
pub(crate) fn read(bus: &BusDelivery) -> Result<(Event, Delivery), Unhandled> {
    if let Some(closed) = bus.message::<CaseClosed>()? {
        return Ok(case_closed(&closed));
    }
    let published = bus.message::<PollPublished>()?.ok_or(Unhandled::Unknown)?;
    Ok(poll_published(&published))
}

/// That a case was closed, without its text: that is read under a contract, where reads are logged.
fn case_closed(message: &Envelope<CaseClosed>) -> (Event, Delivery) {
    let closed = &message.body;
    let data = json!({
        "case": closed.case,
        "specialty": closed.specialty,
        "accepted": closed.accepted,
        "closed_at": closed.closed_at,
    });
    delivery(Event::CaseClosed, message.id, message.at, &data)
}

fn poll_published(message: &Envelope<PollPublished>) -> (Event, Delivery) {
    let published = &message.body;
    let data = json!({
        "poll": published.poll,
        "question": published.question,
        "options": published.options,
        "opened_at": published.opened_at,
    });
    delivery(Event::PollPublished, message.id, message.at, &data)
}

fn delivery(event: Event, id: MessageId, at: Timestamp, data: &Value) -> (Event, Delivery) {
    let payload = json!({"type": event.name(), "timestamp": at, "data": data}).to_string();
    (event, Delivery::new(id, event, payload, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_becomes_a_payload_without_the_outcome() {
        let sample = include_str!("../../../../events/partners/deliver/case_closed.json");
        let batch: edge::queue::Batch = serde_json::from_str(sample).expect("a sample event");
        let bus = BusDelivery::read(&batch.records[0]).expect("a bus event");
        let (event, delivery) = read(&bus).expect("a delivery");
        assert_eq!(event, Event::CaseClosed);
        let payload: Value = serde_json::from_str(&delivery.payload).expect("JSON");
        assert_eq!(payload["type"], "case.closed");
        assert!(payload["timestamp"].is_string());
        assert!(!delivery.payload.contains("recovered"), "{}", delivery.payload);
    }
}
