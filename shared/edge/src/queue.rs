//! Queue batches: contract messages from the bus, each handled alone, failures reported one by one.

use std::future::Future;

use contracts::{Envelope, Message};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A batch from a queue.
#[derive(Debug, Clone, Deserialize)]
pub struct Batch {
    /// The messages.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One message of a batch.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The queue's own id of it.
    pub message_id: String,
    /// What was sent.
    pub body: String,
    /// What the queue knows of it.
    #[serde(default)]
    pub attributes: Attributes,
}

/// What a queue knows of a message.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attributes {
    /// How often it was handed out, this time included.
    #[serde(default)]
    approximate_receive_count: Option<String>,
}

impl Record {
    /// The how many-eth attempt this is, at least 1.
    pub fn attempt(&self) -> u32 {
        let count = self.attributes.approximate_receive_count.as_deref();
        count.and_then(|count| count.parse().ok()).unwrap_or(1).max(1)
    }
}

/// Which messages of a batch were not handled, so that the queue delivers those again.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    /// The failed messages.
    pub batch_item_failures: Vec<Failure>,
}

/// A message that was not handled.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The queue's own id of it.
    pub item_identifier: String,
}

/// A contract message as the bus delivers it through a queue.
#[derive(Debug, Deserialize)]
pub struct Delivery {
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Box<RawValue>,
}

/// Why a message was not handled. What it held is never part of it.
#[derive(Debug, thiserror::Error)]
pub enum Unhandled {
    /// The message is not one that this function knows.
    #[error("the message is of an unknown type or shape")]
    Unknown,
    /// The zone refused or the table did not answer; the queue will deliver it again.
    #[error("{0}")]
    Failed(String),
}

impl Delivery {
    /// Reads a record that came from the bus.
    ///
    /// # Errors
    /// When it is not a bus event.
    pub fn read(record: &Record) -> Result<Self, Unhandled> {
        serde_json::from_str(&record.body).map_err(|_| Unhandled::Unknown)
    }

    /// The message, if it is of type `M` and came from the zone that may send it.
    ///
    /// # Errors
    /// When it says it is of type `M` and is not.
    pub fn message<M: Message>(&self) -> Result<Option<Envelope<M>>, Unhandled> {
        if self.source != M::SOURCE || self.detail_type != M::TYPE {
            return Ok(None);
        }
        serde_json::from_str(self.detail.get()).map(Some).map_err(|_| Unhandled::Unknown)
    }
}

/// Handles each message of a batch by itself and reports those that failed.
pub async fn each<'a, F, E>(batch: &'a Batch, handle: impl Fn(&'a Record) -> F) -> Failures
where
    F: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut failures = Failures::default();
    for record in &batch.records {
        if let Err(error) = handle(record).await {
            tracing::error!(cause = %error, "message not handled");
            failures.batch_item_failures.push(Failure { item_identifier: record.message_id.clone() });
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use contracts::partners::AnswerValued;
    use contracts::treasury::BonusCredited;
    use kernel::{
        Timestamp,
        id::{CaseId, MemberId},
    };

    use super::*;

    fn record(source: &str, kind: &str, detail: &impl Serialize) -> Record {
        let body = serde_json::json!({"id": "1", "source": source, "detail-type": kind, "detail": detail});
        serde_json::from_value(serde_json::json!({"messageId": "a", "body": body.to_string()}))
            .expect("a record")
    }

    #[test]
    fn a_message_knows_how_often_it_was_handed_out() {
        let record = |attributes: &str| -> Record {
            let record = format!(r#"{{"messageId": "a", "body": "", "attributes": {attributes}}}"#);
            serde_json::from_str(&record).expect("a record")
        };
        assert_eq!(record(r#"{"ApproximateReceiveCount": "5", "SentTimestamp": "1"}"#).attempt(), 5);
        assert_eq!(record("{}").attempt(), 1);
    }

    #[test]
    fn a_message_is_read_only_as_what_it_is_and_only_from_its_zone() {
        let body = BonusCredited { member: MemberId::random(), case: CaseId::at(Timestamp::UNIX_EPOCH) };
        let envelope = Envelope::new(Timestamp::UNIX_EPOCH, body);
        let good = record(BonusCredited::SOURCE, BonusCredited::TYPE, &envelope);
        let read = Delivery::read(&good).and_then(|delivery| delivery.message::<BonusCredited>());
        assert_eq!(read.ok().flatten(), Some(envelope.clone()));
        let forged = record("curbside.partners", BonusCredited::TYPE, &envelope);
        let read = Delivery::read(&forged).and_then(|delivery| delivery.message::<BonusCredited>());
        assert_eq!(read.ok().flatten(), None);
        let other = Delivery::read(&good).and_then(|delivery| delivery.message::<AnswerValued>());
        assert_eq!(other.ok().flatten(), None);
    }

    #[tokio::test]
    async fn only_the_failed_messages_are_delivered_again() {
        let batch = Batch {
            records: ["a", "b", "c"]
                .map(|id| Record {
                    message_id: id.to_owned(),
                    body: id.to_owned(),
                    attributes: Attributes::default(),
                })
                .into(),
        };
        let failures = each(&batch, |record| async {
            if record.body == "b" { Err(Unhandled::Unknown) } else { Ok(()) }
        })
        .await;
        assert_eq!(failures.batch_item_failures, [Failure { item_identifier: "b".to_owned() }]);
    }
}
