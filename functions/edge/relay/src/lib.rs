//! The relay: carries a zone's outbox to the event bus. One crate, deployed once in each zone.
//!
//! The zone's table streams the outbox rows that a transaction wrote, so a commit and its message
//! cannot part. A failed batch is delivered again; consumers drop what they have seen.

use std::collections::HashMap;

use aws_sdk_eventbridge::{Client, types::PutEventsRequestEntry};
use edge::{StartError, config};
use serde::Deserialize;

/// The most events that one call takes.
const BATCH: usize = 10;

/// A batch of a table's stream.
#[derive(Debug, Deserialize)]
pub struct Stream {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    #[serde(rename = "eventName")]
    event_name: String,
    dynamodb: Change,
}

#[derive(Debug, Deserialize)]
struct Change {
    #[serde(rename = "NewImage", default)]
    new_image: HashMap<String, Attribute>,
}

/// An attribute of which only texts matter here.
#[derive(Debug, Deserialize)]
struct Attribute {
    #[serde(rename = "S")]
    text: Option<String>,
}

/// A message as it stands in the outbox.
#[derive(Debug, PartialEq, Eq)]
struct Outgoing {
    source: String,
    detail_type: String,
    detail: String,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The event bus service.
    pub client: Client,
    /// The bus's name.
    pub bus: String,
}

impl Record {
    /// The message of a new outbox row; nothing for any other change.
    fn outgoing(mut self) -> Option<Outgoing> {
        let mut text = |name: &str| self.dynamodb.new_image.remove(name)?.text;
        if self.event_name != "INSERT" || !text("pk")?.starts_with("OUTBOX#") {
            return None;
        }
        Some(Outgoing { source: text("source")?, detail_type: text("detail_type")?, detail: text("detail")? })
    }
}

impl App {
    /// Reads the environment: `BUS`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let bus = env.text("BUS");
        env.finish()?;
        Ok(Self { client: Client::new(&aws), bus })
    }

    /// Puts a batch's messages on the bus.
    ///
    /// # Errors
    /// When any of them was not taken; the stream then delivers the batch again.
    pub async fn handle(&self, stream: Stream) -> Result<(), StartError> {
        let outgoing: Vec<Outgoing> = stream.records.into_iter().filter_map(Record::outgoing).collect();
        for chunk in outgoing.chunks(BATCH) {
            let entries = chunk
                .iter()
                .map(|one| {
                    PutEventsRequestEntry::builder()
                        .event_bus_name(&self.bus)
                        .source(&one.source)
                        .detail_type(&one.detail_type)
                        .detail(&one.detail)
                        .build()
                })
                .collect();
            let output = self.client.put_events().set_entries(Some(entries)).send().await?;
            if output.failed_entry_count > 0 {
                return Err(format!("{} messages were not taken", output.failed_entry_count).into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str) -> Record {
        serde_json::from_str(json).expect("a stream record")
    }

    #[test]
    fn only_new_outbox_rows_are_carried() {
        let sample = include_str!("../../../../events/edge/relay/outbox.json");
        let stream: Stream = serde_json::from_str(sample).expect("a sample event");
        let found: Vec<_> = stream.records.into_iter().filter_map(Record::outgoing).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].detail_type, "community.case_opened.v1");
        let removed = record(r#"{"eventName":"REMOVE","dynamodb":{"OldImage":{"pk":{"S":"OUTBOX#1"}}}}"#);
        assert_eq!(removed.outgoing(), None);
        let other = record(r#"{"eventName":"INSERT","dynamodb":{"NewImage":{"pk":{"S":"CASE#1"}}}}"#);
        assert_eq!(other.outgoing(), None);
    }
}
