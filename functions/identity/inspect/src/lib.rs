//! Documents that applicants show: inspected when they are uploaded, deleted after the decision.
//!
//! The original stands in quarantine, which nobody else can read; what reviewers see is a new picture of its
//! pixels, so that nothing that hides in a file reaches them. Nothing here logs a name or a byte of content.

use contracts::identity::ApplicationMoved;
use curbside_anonymize::{Refused, image};
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};
use identity::{
    application::Applications,
    document::{DocumentState, Inspected, LARGEST},
};
use kernel::id::{ApplicationId, DocumentId};
use sha2::{Digest, Sha256};
use storage::Bucket;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// The bucket of originals.
    pub quarantine: Bucket,
    /// The bucket of what reviewers see.
    pub documents: Bucket,
}

impl App {
    /// Reads the environment: `TABLE`, `QUARANTINE_BUCKET`, `DOCUMENTS_BUCKET`, `S3_PATH_STYLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (quarantine, documents) = (env.text("QUARANTINE_BUCKET"), env.text("DOCUMENTS_BUCKET"));
        let path_style: bool = env.parsed("S3_PATH_STYLE");
        env.finish()?;
        Ok(Self {
            store: Applications::new(table),
            quarantine: Bucket::new(&aws, quarantine, path_style),
            documents: Bucket::new(&aws, documents, path_style),
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
        if let Some(keys) = storage::created(&record.body) {
            for key in keys {
                self.inspect(&key).await?;
            }
            return Ok(());
        }
        let closed = Delivery::read(record)?.message::<ApplicationMoved>()?.ok_or(Unhandled::Unknown)?;
        self.delete(closed.body.application).await
    }

    /// Inspects one upload: the new picture first, then the record, then the original's end. Whatever is repeated
    /// after an interruption comes to the same; an upload that nobody waits for leaves nothing.
    async fn inspect(&self, key: &str) -> Result<(), Unhandled> {
        let Some((application, document)) = place(key) else {
            return self.quarantine.delete(key).await.map_err(failed);
        };
        let row = self.store.document(application, document).await.map_err(failed)?;
        // Only what is awaited is worth its decoding.
        if row.is_some_and(|row| row.state == DocumentState::Awaiting) {
            let Some(original) = self.quarantine.get(key).await.map_err(failed)? else { return Ok(()) };
            let end = match rebuilt(original).await {
                Ok(jpeg) => {
                    let object =
                        format!("{application}/{document}/{}.jpg", hex::encode(Sha256::digest(&jpeg)));
                    self.documents.put(&object, "image/jpeg", jpeg).await.map_err(failed)?;
                    Inspected::Received(object)
                }
                Err(refused) => Inspected::Refused(refused.code()),
            };
            self.store.settle_document(application, document, &end).await.map_err(failed)?;
        }
        // Another upload may have come first, or the decision: whatever is not the picture that a reviewer may see
        // goes, also where an interrupted attempt had kept it.
        let file = self.store.documented(application, edge::now()).await.map_err(failed)?;
        let open = file.filter(|file| file.application.takes_documents());
        let row = open.and_then(|file| file.documents.into_iter().find(|one| one.id == document));
        let stands = row.and_then(|row| row.object);
        for object in self.documents.keys(&format!("{application}/{document}/")).await.map_err(failed)? {
            if stands.as_ref() != Some(&object) {
                self.documents.delete(&object).await.map_err(failed)?;
            }
        }
        self.quarantine.delete(key).await.map_err(failed)
    }

    /// Deletes what was uploaded for an application, unless it, or a correction of it, is open again: first the
    /// records, which nothing is uploaded for any more, then their objects.
    async fn delete(&self, application: ApplicationId) -> Result<(), Unhandled> {
        let file = self.store.file(application).await.map_err(failed)?;
        let known: Option<Vec<DocumentId>> = match &file {
            Some(file) if file.application.takes_documents() || file.documents.is_empty() => return Ok(()),
            Some(file) => {
                self.store.documents_deleted(file).await.map_err(failed)?;
                Some(file.documents.iter().map(|one| one.id).collect())
            }
            // Whoever was erased has no records, and no documents of later.
            None => None,
        };
        for bucket in [&self.quarantine, &self.documents] {
            for key in bucket.keys(&format!("{application}/")).await.map_err(failed)? {
                let document = key.split('/').nth(1).and_then(|id| id.parse().ok());
                let ours = |known: &Vec<DocumentId>| document.is_some_and(|id| known.contains(&id));
                if known.as_ref().is_none_or(ours) {
                    bucket.delete(&key).await.map_err(failed)?;
                }
            }
        }
        Ok(())
    }
}

fn failed(error: impl std::fmt::Display) -> Unhandled {
    Unhandled::Failed(error.to_string())
}

/// The picture, rebuilt from its pixels. Pixel work would block the runtime's reactor for a second or more; a
/// file that breaks the decoder is one that cannot be decoded.
async fn rebuilt(original: Vec<u8>) -> Result<Vec<u8>, Refused> {
    let rebuilding = tokio::task::spawn_blocking(move || image::clean(&original, LARGEST));
    rebuilding.await.unwrap_or(Err(Refused::Undecodable)).map(|clean| clean.jpeg)
}

/// The application and the document that a key of the quarantine names.
fn place(key: &str) -> Option<(ApplicationId, DocumentId)> {
    let (application, document) = key.split_once('/')?;
    Some((application.parse().ok()?, document.parse().ok()?))
}
