//! Anonymises uploaded images: decodes each to pixels and writes a new file from the pixels alone.
//!
//! The original stands in quarantine, which nobody else can read, and is deleted whatever comes of
//! it. Nothing here logs a key's owner, a file name or a byte of content.

mod clean;

use aws_sdk_s3::{Client, primitives::ByteStream};
use community::{
    CommunityError,
    case::{
        Cases,
        image::{Cleaned, ImageState, LARGEST},
    },
};
use edge::{
    StartError, config,
    queue::{self, Batch, Failures, Record, Unhandled},
};
use kernel::id::{CaseId, ImageId};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use clean::{Clean, Refused, clean};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The cases.
    pub cases: Cases,
    /// The storage service.
    pub storage: Client,
    /// The bucket of originals.
    pub quarantine: String,
    /// The bucket of clean images.
    pub clean: String,
}

#[derive(Debug, Deserialize)]
struct Notification {
    #[serde(rename = "Records", default)]
    records: Vec<Created>,
}

#[derive(Debug, Deserialize)]
struct Created {
    s3: Place,
}

#[derive(Debug, Deserialize)]
struct Place {
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Object {
    key: String,
}

impl App {
    /// Reads the environment: `TABLE`, `QUARANTINE_BUCKET`, `CLEAN_BUCKET`, `S3_PATH_STYLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (quarantine, clean) = (env.text("QUARANTINE_BUCKET"), env.text("CLEAN_BUCKET"));
        let path_style: bool = env.parsed("S3_PATH_STYLE");
        env.finish()?;
        let storage = aws_sdk_s3::config::Builder::from(&aws).force_path_style(path_style).build();
        let storage = Client::from_conf(storage);
        Ok(Self { cases: Cases::new(table), storage, quarantine, clean })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record)).await)
    }

    async fn one(&self, record: &Record) -> Result<(), Unhandled> {
        // The storage service's own test message has no records, and nothing is to be done for it.
        let notification: Notification =
            serde_json::from_str(&record.body).map_err(|_| Unhandled::Unknown)?;
        for created in notification.records {
            let key = percent_decode_str(&created.s3.object.key.replace('+', " "))
                .decode_utf8()
                .map_err(|_| Unhandled::Unknown)?
                .into_owned();
            self.image(&key).await?;
        }
        Ok(())
    }

    /// Anonymises one upload: clean copy first, then the record, then the original's end. Whatever is
    /// repeated after an interruption comes to the same; an upload to an image that is settled, or that
    /// nobody offered, leaves nothing.
    async fn image(&self, key: &str) -> Result<(), Unhandled> {
        let Some((case, image)) = place(key) else { return self.discard(key).await };
        let failed = |error: CommunityError| Unhandled::Failed(error.to_string());
        let Some(original) = self.original(key).await? else { return Ok(()) };
        let rebuilt = rebuilt(original).await.map(|clean| {
            let object = format!("{case}/{image}/{}.jpg", hex::encode(Sha256::digest(&clean.jpeg)));
            (clean, object)
        });
        let row = self.cases.image(case, image).await.map_err(failed)?;
        if row.is_some_and(|row| row.state == ImageState::Awaiting) {
            let end = match &rebuilt {
                Ok((clean, object)) => {
                    self.keep(object, clean.jpeg.clone()).await?;
                    Cleaned::Clean { object: object.clone(), width: clean.width, height: clean.height }
                }
                Err(refused) => Cleaned::Refused(refused.code()),
            };
            self.cases.settle_image(case, image, &end).await.map_err(failed)?;
        }
        if let Ok((_, object)) = &rebuilt {
            // Another upload may have come first, or the image was taken off: unless this very picture is the
            // one that stands, it goes, also where an interrupted attempt had kept it.
            let row = self.cases.image(case, image).await.map_err(failed)?;
            if row.and_then(|row| row.object).as_ref() != Some(object) {
                self.delete(&self.clean, object).await?;
            }
        }
        self.discard(key).await
    }

    /// The bytes of an upload, or nothing when it is gone because it was handled before.
    async fn original(&self, key: &str) -> Result<Option<Vec<u8>>, Unhandled> {
        let sent = self.storage.get_object().bucket(&self.quarantine).key(key).send().await;
        let output = match sent {
            Ok(output) => output,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => {
                return Ok(None);
            }
            Err(_) => return Err(Unhandled::Failed("the original cannot be read".to_owned())),
        };
        let body = output.body.collect().await;
        body.map(|body| Some(body.to_vec()))
            .map_err(|_| Unhandled::Failed("the original broke off".to_owned()))
    }

    async fn keep(&self, key: &str, jpeg: Vec<u8>) -> Result<(), Unhandled> {
        self.storage
            .put_object()
            .bucket(&self.clean)
            .key(key)
            .content_type("image/jpeg")
            .body(ByteStream::from(jpeg))
            .send()
            .await
            .map(|_| ())
            .map_err(|_| Unhandled::Failed("the clean image cannot be kept".to_owned()))
    }

    /// Deletes an original.
    async fn discard(&self, key: &str) -> Result<(), Unhandled> {
        self.delete(&self.quarantine, key).await
    }

    async fn delete(&self, bucket: &str, key: &str) -> Result<(), Unhandled> {
        let sent = self.storage.delete_object().bucket(bucket).key(key).send().await;
        sent.map(|_| ()).map_err(|_| Unhandled::Failed("an object cannot be deleted".to_owned()))
    }
}

/// The image rebuilt from its pixels. A file that breaks the decoder is one that cannot be decoded.
async fn rebuilt(original: Vec<u8>) -> Result<Clean, Refused> {
    if u64::try_from(original.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(Refused::TooLarge);
    }
    // Pixel work would block the runtime's reactor for a second or more.
    tokio::task::spawn_blocking(move || clean(&original)).await.unwrap_or(Err(Refused::Undecodable))
}

/// The case and the image that a key of the quarantine names.
fn place(key: &str) -> Option<(CaseId, ImageId)> {
    let (case, image) = key.split_once('/')?;
    Some((case.parse().ok()?, image.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_names_an_image_of_a_case() {
        let sample = include_str!("../../../../events/community/anonymize/uploaded.json");
        let batch: Batch = serde_json::from_str(sample).expect("a sample event");
        let body: Notification = serde_json::from_str(&batch.records[0].body).expect("a notification");
        assert!(place(&body.records[0].s3.object.key).is_some());
        assert!(place("somewhere/else").is_none());
    }
}
