//! Anonymises uploaded images, fills places that their authors marked, and deletes what was kept of images that were
//! taken off.
//!
//! The original stands in quarantine, which nobody else can read, until a clean image that passed its own check stands
//! for it, or it was refused. Nothing here logs a key's owner, a file name or a byte of content.

mod work;

use std::sync::Arc;

use community::case::{
    Cases,
    image::{Ending, Image, ImageRefusal, ImageState, Original, WITHHELD},
};
use contracts::community::ImageChanged;
use curbside_anonymize::detect::Detectors;
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
    secret,
};
use kernel::{
    Secret,
    id::{CaseId, ImageId},
};
use storage::Bucket;

/// The attempt on which an image is given up: whatever ended the function so often will end it again.
const LAST_ATTEMPT: u32 = 5;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The cases.
    pub cases: Cases,
    /// The bucket of originals.
    pub quarantine: Bucket,
    /// The bucket of clean images.
    pub clean: Bucket,
    /// What finds text, codes and faces.
    pub detectors: Arc<Detectors>,
    /// What the identifiers of DICOM files are replaced under, with the case, so that nobody can tell that two cases
    /// are of one patient.
    pub identifiers: Secret,
}

impl App {
    /// Reads the environment: `TABLE`, `QUARANTINE_BUCKET`, `CLEAN_BUCKET`, `S3_PATH_STYLE`, `IDENTIFIER_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete, or the secret or a model cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (quarantine, clean) = (env.text("QUARANTINE_BUCKET"), env.text("CLEAN_BUCKET"));
        let path_style: bool = env.parsed("S3_PATH_STYLE");
        let identifiers = env.text("IDENTIFIER_SECRET");
        env.finish()?;
        Ok(Self {
            cases: Cases::new(table),
            quarantine: Bucket::new(&aws, quarantine, path_style),
            clean: Bucket::new(&aws, clean, path_style),
            detectors: Arc::new(Detectors::load()?),
            identifiers: secret::fetch(&aws, &identifiers).await?,
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
                match Original::named(&key) {
                    Some(original) => self.uploaded(original, &key, record.attempt()).await?,
                    None => self.quarantine.delete(&key).await.map_err(failed)?,
                }
            }
            return Ok(());
        }
        let changed = Delivery::read(record)?.message::<ImageChanged>()?.ok_or(Unhandled::Unknown)?;
        self.changed(changed.body.case, changed.body.image, record.attempt()).await
    }

    /// Anonymises one upload: the clean image first, then its record, then the original's end. Whatever is repeated
    /// after an interruption, or done twice at once, comes to the same.
    async fn uploaded(&self, original: Original, key: &str, attempt: u32) -> Result<(), Unhandled> {
        let Original { case, image, offer } = original;
        let row = self.cases.image(case, image).await.map_err(failed)?;
        if row.as_ref().is_some_and(|row| row.offers != offer) {
            return self.quarantine.delete(key).await.map_err(failed);
        }
        let Some((before, under_way)) = row.clone().and_then(|row| Some((row.clone(), row.uploaded()?)))
        else {
            return self.tidy(case, image, row.as_ref(), &[key.to_owned()]).await;
        };
        let original = self.quarantine.get(key).await.map_err(failed)?;
        self.claim(case, &before, &under_way).await?;
        let ending = match original {
            None => Ending::Refused(refusal("upload_lost", "upload it again")),
            Some(_) if attempt >= LAST_ATTEMPT => given_up(),
            Some(original) => self.anonymised(case, &under_way, original).await?,
        };
        self.end(case, under_way, ending, &[key.to_owned()]).await
    }

    /// Fills what an image's author marked, or puts what is kept of it where it belongs: where addresses lead to, out
    /// of their reach, or nowhere.
    async fn changed(&self, case: CaseId, image: ImageId, attempt: u32) -> Result<(), Unhandled> {
        let Some(row) = self.cases.image(case, image).await.map_err(failed)? else {
            return self.taken_off(case, image).await;
        };
        match (row.state, &row.clean) {
            (ImageState::Anonymising, Some(_)) if attempt >= LAST_ATTEMPT => {
                self.end(case, row, given_up(), &[]).await
            }
            (ImageState::Anonymising, Some(clean)) => {
                let ending = self.filled(case, image, clean, &row.marked).await?;
                self.end(case, row, ending, &[]).await
            }
            _ => self.settle(case, image, row).await,
        }
    }

    /// Deletes what was kept of an image that was taken off, in quarantine too.
    async fn taken_off(&self, case: CaseId, image: ImageId) -> Result<(), Unhandled> {
        let mut originals = Vec::new();
        for prefix in Original::prefixes(case, image) {
            originals.extend(self.quarantine.keys(&prefix).await.map_err(failed)?);
        }
        self.tidy(case, image, None, &originals).await
    }

    /// Puts an image's objects where its row has them: where addresses lead to, or, while a review hides it, where no
    /// address leads. One attempt at a time does so, and does not end before the row is what it acted on. Who meets it
    /// comes again, in case it ended half-way.
    async fn settle(&self, case: CaseId, image: ImageId, mut before: Image) -> Result<(), Unhandled> {
        loop {
            let withheld = self.clean.keys(&format!("{WITHHELD}{case}/{image}/")).await.map_err(failed)?;
            if before.hidden.is_none() && withheld.is_empty() {
                return self.tidy(case, image, Some(&before), &[]).await;
            }
            let Some(moving) = before.clone().moving(edge::now()) else {
                return Err(Unhandled::Failed("another attempt moves the image's objects".to_owned()));
            };
            if self.cases.step_image(case, &before, &moving, edge::now()).await.map_err(failed)? {
                return self.relocated(case, moving).await;
            }
            before = match self.cases.image(case, image).await.map_err(failed)? {
                Some(row) => row,
                None => return self.taken_off(case, image).await,
            };
        }
    }

    /// Moves an image's objects until the row is what it was before: of two changes, the later one holds.
    async fn relocated(&self, case: CaseId, mut moving: Image) -> Result<(), Unhandled> {
        loop {
            let done = self.relocate(case, &moving).await;
            let moved = moving.clone().moved();
            if self.cases.step_image(case, &moving, &moved, edge::now()).await.map_err(failed)? {
                return done;
            }
            match self.cases.image(case, moving.id).await.map_err(failed)? {
                Some(now) if now.moving_until == moving.moving_until => moving = now,
                _ => return done,
            }
        }
    }

    /// Copies the objects that a row names to where they belong, and deletes all others of the image.
    async fn relocate(&self, case: CaseId, row: &Image) -> Result<(), Unhandled> {
        let named: Vec<&str> =
            row.clean.as_ref().map(|clean| clean.files.names().collect()).unwrap_or_default();
        let (from, to) = if row.hidden.is_some() { ("", WITHHELD) } else { (WITHHELD, "") };
        let elsewhere = self.clean.keys(&format!("{from}{case}/{}/", row.id)).await.map_err(failed)?;
        for name in &named {
            let before = format!("{from}{name}");
            if elsewhere.contains(&before) {
                self.clean.copy(&before, &format!("{to}{name}")).await.map_err(failed)?;
            }
        }
        let here = self.clean.keys(&format!("{to}{case}/{}/", row.id)).await.map_err(failed)?;
        let extra = here.into_iter().filter(|held| !named.iter().any(|name| *held == format!("{to}{name}")));
        for object in elsewhere.into_iter().chain(extra) {
            self.clean.delete(&object).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Says that this attempt is under way. Of several at once, the last one ends it.
    async fn claim(&self, case: CaseId, before: &Image, under_way: &Image) -> Result<(), Unhandled> {
        if self.cases.step_image(case, before, under_way, edge::now()).await.map_err(failed)? {
            Ok(())
        } else {
            Err(Unhandled::Failed("the image changed in the meantime".to_owned()))
        }
    }

    /// Records how an attempt ended, if it is still the one under way, and leaves nothing lying about.
    async fn end(
        &self,
        case: CaseId,
        under_way: Image,
        ending: Ending,
        originals: &[String],
    ) -> Result<(), Unhandled> {
        let image = under_way.id;
        let ended = under_way.clone().ended(ending);
        let row = if self.cases.step_image(case, &under_way, &ended, edge::now()).await.map_err(failed)? {
            Some(ended)
        } else {
            self.cases.image(case, image).await.map_err(failed)?
        };
        self.tidy(case, image, row.as_ref(), originals).await
    }

    /// Deletes the objects of an image that its row does not name, and the originals that nobody waits for. What
    /// another attempt has under way, and what a review hides, is left as it is.
    async fn tidy(
        &self,
        case: CaseId,
        image: ImageId,
        row: Option<&Image>,
        originals: &[String],
    ) -> Result<(), Unhandled> {
        let under_way = |row: &Image| matches!(row.state, ImageState::Waiting | ImageState::Anonymising);
        if row.is_some_and(under_way) {
            return Ok(());
        }
        let clean = row.and_then(|row| row.clean.as_ref());
        let named: Vec<&str> = clean.map(|clean| clean.files.names().collect()).unwrap_or_default();
        if row.is_none_or(|row| row.hidden.is_none()) {
            for object in self.clean.keys(&format!("{case}/{image}/")).await.map_err(failed)? {
                if !named.contains(&object.as_str()) {
                    self.clean.delete(&object).await.map_err(failed)?;
                }
            }
        }
        for original in originals {
            self.quarantine.delete(original).await.map_err(failed)?;
        }
        Ok(())
    }
}

fn failed(error: impl std::fmt::Display) -> Unhandled {
    Unhandled::Failed(error.to_string())
}

fn refusal(code: &str, remedy: &str) -> ImageRefusal {
    ImageRefusal { code: code.to_owned(), remedy: remedy.to_owned() }
}

fn given_up() -> Ending {
    let remedy = "export it in another form and upload that; if that is given up too, tell the operator";
    Ending::Refused(refusal("anonymisation_failed", remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_names_an_image_of_a_case() {
        let sample = include_str!("../../../../events/community/anonymize/uploaded.json");
        let batch: Batch = serde_json::from_str(sample).expect("a sample event");
        let keys = storage::created(&batch.records[0].body).expect("a notification");
        assert!(keys.iter().all(|key| Original::named(key).is_some()) && !keys.is_empty());
    }
}
