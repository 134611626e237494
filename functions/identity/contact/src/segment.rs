//! Parts of broadcasts, sent to the function's own queue.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use edge::queue::Record;
use identity::{
    IdentityError,
    contact::{Segment, Wave},
};
use serde::{Serialize, de::DeserializeOwned};

/// The queue that they go to.
#[derive(Debug, Clone)]
pub struct Segments {
    client: Client,
    queue: String,
}

/// What the queue holds beside messages of the bus.
pub(crate) enum Part {
    /// Some of the people that a broadcast is for.
    Segment(Segment),
    /// Some countries, for whose morning it waits.
    Wave(Wave),
}

impl Segments {
    /// The queue with that URL.
    pub fn new(aws: &SdkConfig, queue: String) -> Self {
        Self { client: Client::new(aws), queue }
    }

    /// The part that a record holds, if it holds one.
    pub(crate) fn read(record: &Record) -> Option<Part> {
        fn read<T: DeserializeOwned>(record: &Record) -> Option<T> {
            serde_json::from_str(&record.body).ok()
        }
        read(record).map(Part::Segment).or_else(|| read(record).map(Part::Wave))
    }

    /// Sends a part, to come back after so many seconds.
    pub(crate) async fn send(&self, part: &impl Serialize, delay: i32) -> Result<(), IdentityError> {
        let body = serde_json::to_string(part).map_err(|_| IdentityError::Mail("encode"))?;
        let message = self.client.send_message().queue_url(&self.queue).message_body(body);
        let message = if delay > 0 { message.delay_seconds(delay) } else { message };
        message.send().await.map(|_| ()).map_err(|_| IdentityError::Mail("queue"))
    }
}
