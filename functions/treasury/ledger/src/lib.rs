//! Posts bonuses to the ledger, from `treasury.bonus_awarded.v1`.

use contracts::treasury::BonusAwarded;
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};
use treasury::ledger::Ledger;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The ledger.
    pub store: Ledger,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let table = config::only_table().await?;
        Ok(Self { store: Ledger::new(table) })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record)).await)
    }

    async fn one(&self, record: &Record) -> Result<(), Unhandled> {
        let awarded = Delivery::read(record)?.message::<BonusAwarded>()?.ok_or(Unhandled::Unknown)?;
        self.store.post(&awarded, edge::now()).await.map_err(|error| Unhandled::Failed(error.to_string()))
    }
}
