//! Segments of broadcasts, sent to the function's own queue.

use aws_config::SdkConfig;
use aws_sdk_sqs::{Client, types::SendMessageBatchRequestEntry};
use edge::queue::Record;
use identity::{IdentityError, contact::Segment};

/// The most messages that one batch takes.
const BATCH: usize = 10;

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

    pub(crate) async fn send(&self, segments: Vec<Segment>) -> Result<(), IdentityError> {
        for chunk in segments.chunks(BATCH) {
            let mut entries = Vec::with_capacity(chunk.len());
            for segment in chunk {
                let body = serde_json::to_string(segment).map_err(|_| IdentityError::Mail("encode"))?;
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(format!("s{}", segment.shard))
                    .message_body(body)
                    .build()
                    .map_err(|_| IdentityError::Mail("encode"))?;
                entries.push(entry);
            }
            let output = self
                .client
                .send_message_batch()
                .queue_url(&self.queue)
                .set_entries(Some(entries))
                .send()
                .await
                .map_err(|_| IdentityError::Mail("queue"))?;
            if !output.failed.is_empty() {
                return Err(IdentityError::Mail("queue"));
            }
        }
        Ok(())
    }
}
