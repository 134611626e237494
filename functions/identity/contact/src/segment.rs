//! Segments of broadcasts, sent to the function's own queue.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use edge::queue::Record;
use identity::{IdentityError, contact::Segment};

/// The queue that segments go to.
#[derive(Debug, Clone)]
pub struct Segments {
    client: Client,
    queue: String,
}

impl Segments {
    /// The queue with that URL.
    pub fn new(aws: &SdkConfig, queue: String) -> Self {
        Self { client: Client::new(aws), queue }
    }

    /// The segment that a record holds, if it holds one.
    pub(crate) fn read(record: &Record) -> Option<Segment> {
        serde_json::from_str(&record.body).ok()
    }

    pub(crate) async fn send(&self, segment: &Segment) -> Result<(), IdentityError> {
        let body = serde_json::to_string(segment).map_err(|_| IdentityError::Mail("encode"))?;
        let sent = self.client.send_message().queue_url(&self.queue).message_body(body).send().await;
        sent.map(|_| ()).map_err(|_| IdentityError::Mail("queue"))
    }
}
