//! Anonymises uploaded images: decodes each to pixels and writes a new file from the pixels alone.
//!
//! The original stands in quarantine, which nobody else can read, and is deleted whatever comes of
//! it. Nothing here logs a key's owner, a file name or a byte of content.

use community::{
    CommunityError,
    case::{
        Cases,
        image::{Cleaned, ImageState, LARGEST},
    },
};
use curbside_anonymize::{
    Refused,
    image::{self, Clean},
};
use edge::{
    StartError, config,
    queue::{self, Batch, Failures, Record, Unhandled},
};
use kernel::id::{CaseId, ImageId};
use sha2::{Digest, Sha256};
use storage::{Bucket, StorageError};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The cases.
    pub cases: Cases,
    /// The bucket of originals.
    pub quarantine: Bucket,
    /// The bucket of clean images.
    pub clean: Bucket,
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
        Ok(Self {
            cases: Cases::new(table),
            quarantine: Bucket::new(&aws, quarantine, path_style),
            clean: Bucket::new(&aws, clean, path_style),
        })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record)).await)
    }

    async fn one(&self, record: &Record) -> Result<(), Unhandled> {
        for key in storage::created(&record.body).ok_or(Unhandled::Unknown)? {
            self.image(&key).await?;
        }
        Ok(())
    }

    /// Anonymises one upload: clean copy first, then the record, then the original's end. Whatever is
    /// repeated after an interruption comes to the same; an upload to an image that is settled, or that
    /// nobody offered, leaves nothing.
    async fn image(&self, key: &str) -> Result<(), Unhandled> {
        let Some((case, image)) = place(key) else {
            return self.quarantine.delete(key).await.map_err(unstored);
        };
        let failed = |error: CommunityError| Unhandled::Failed(error.to_string());
        let Some(original) = self.quarantine.get(key).await.map_err(unstored)? else { return Ok(()) };
        let rebuilt = rebuilt(original).await.map(|clean| {
            let object = format!("{case}/{image}/{}.jpg", hex::encode(Sha256::digest(&clean.jpeg)));
            (clean, object)
        });
        let row = self.cases.image(case, image).await.map_err(failed)?;
        if row.is_some_and(|row| row.state == ImageState::Awaiting) {
            let end = match &rebuilt {
                Ok((clean, object)) => {
                    self.clean.put(object, "image/jpeg", clean.jpeg.clone()).await.map_err(unstored)?;
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
                self.clean.delete(object).await.map_err(unstored)?;
            }
        }
        self.quarantine.delete(key).await.map_err(unstored)
    }
}

fn unstored(error: StorageError) -> Unhandled {
    Unhandled::Failed(error.to_string())
}

/// The image rebuilt from its pixels. Pixel work would block the runtime's reactor for a second or more; a file
/// that breaks the decoder is one that cannot be decoded.
async fn rebuilt(original: Vec<u8>) -> Result<Clean, Refused> {
    tokio::task::spawn_blocking(move || image::clean(&original, LARGEST))
        .await
        .unwrap_or(Err(Refused::Undecodable))
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
        let keys = storage::created(&batch.records[0].body).expect("a notification");
        assert!(keys.iter().all(|key| place(key).is_some()) && !keys.is_empty());
        assert!(place("somewhere/else").is_none());
    }
}
