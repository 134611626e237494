//! Computes bonuses from what the community and partners tell. Nothing leaves before the closing.

use contracts::{
    community::{CaseClosed, ContributionAdded},
    partners::AnswerValued,
};
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};
use treasury::bonus::Bonuses;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The bonuses.
    pub store: Bonuses,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let table = config::only_table().await?;
        Ok(Self { store: Bonuses::new(table) })
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
        let now = edge::now();
        let done = if let Some(added) = delivery.message::<ContributionAdded>()? {
            self.store.contribution_added(&added, now).await
        } else if let Some(valued) = delivery.message::<AnswerValued>()? {
            self.store.answer_valued(&valued, now).await
        } else if let Some(closed) = delivery.message::<CaseClosed>()? {
            self.store.case_closed(&closed, now).await
        } else {
            return Err(Unhandled::Unknown);
        };
        done.map_err(|error| Unhandled::Failed(error.to_string()))
    }
}
