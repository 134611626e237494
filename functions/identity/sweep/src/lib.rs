//! Ends what nobody ends: applications whose applicants do not answer are withdrawn, or a reviewer's again where a
//! member's licence has lapsed; refused ones are forgotten when they were kept long enough. A schedule calls it daily; calling it more often does nothing twice.

use edge::{StartError, config};
use identity::{
    IdentityError,
    application::{Applications, Status},
};
use kernel::{Timestamp, id::ApplicationId};
use serde::{Deserialize, Serialize};

/// What the schedule sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {}

/// What came of it.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
pub struct Done {
    /// How many applications were withdrawn.
    pub withdrawn: usize,
    /// How many are a reviewer's again: their licence lapsed, so they cannot be withdrawn.
    pub reviewed: usize,
    /// How many are to be forgotten.
    pub forgotten: usize,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        Ok(Self { store: Applications::new(config::only_table().await?) })
    }

    /// Ends what is due.
    ///
    /// # Errors
    /// When the table does not answer; the next call ends the rest.
    pub async fn handle(&self, Call {}: Call, now: Timestamp) -> Result<Done, StartError> {
        let (mut done, mut failed) = (Done::default(), None);
        for id in self.store.due(now).await? {
            // One that cannot be ended keeps none behind it from being ended.
            if let Err(error) = self.end(id, now, &mut done).await {
                failed = Some(error);
            }
        }
        let Done { withdrawn, reviewed, forgotten } = done;
        tracing::info!(withdrawn, reviewed, forgotten, "swept");
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(done),
        }
    }

    /// Ends one application, unless somebody has moved it since the index listed it.
    async fn end(&self, id: ApplicationId, now: Timestamp, done: &mut Done) -> Result<(), IdentityError> {
        let Some(file) = self.store.file(id).await? else { return Ok(()) };
        if file.application.due().is_none_or(|due| due > now) {
            return Ok(());
        }
        let before = &file.application;
        let (ended, count) = match before.status {
            Status::AwaitingApplicant if before.suspended_at.is_some() => {
                (self.store.replace(before, &before.unanswered()).await, &mut done.reviewed)
            }
            Status::AwaitingApplicant => {
                (self.store.withdraw(&file, now).await.map(|_| ()), &mut done.withdrawn)
            }
            _ => (self.store.forget_refused(&file, now).await, &mut done.forgotten),
        };
        match ended {
            Ok(()) => *count += 1,
            Err(IdentityError::Stale) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
