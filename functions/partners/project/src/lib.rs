//! Keeps the projection that observers read, from what the community publishes.

use contracts::community::{CaseClosed, CasePublished, ContentHidden, ContributionPublished};
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};
use partners::projection::Projection;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The projection.
    pub store: Projection,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let table = config::only_table().await?;
        Ok(Self { store: Projection::new(table) })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record)).await)
    }

    async fn one(&self, record: &Record) -> Result<(), Unhandled> {
        let delivery = Delivery::read(record)?;
        let done = if let Some(published) = delivery.message::<CasePublished>()? {
            self.store.case_published(&published).await
        } else if let Some(published) = delivery.message::<ContributionPublished>()? {
            self.store.contribution_published(&published).await
        } else if let Some(closed) = delivery.message::<CaseClosed>()? {
            self.store.case_closed(&closed).await
        } else if let Some(hidden) = delivery.message::<ContentHidden>()? {
            self.store.content_hidden(&hidden).await
        } else {
            return Err(Unhandled::Unknown);
        };
        done.map_err(|error| Unhandled::Failed(error.to_string()))
    }
}
