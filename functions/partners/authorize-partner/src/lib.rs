//! The partner authorizer: checks an API key before any function that observers call runs.

use edge::{
    StartError,
    auth::{OBSERVER_FIELD, Observer},
    authorizer::{Ask, Told},
    config,
};
use partners::organisation::{ApiKey, Contract, Organisations};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The organisations.
    pub store: Organisations,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let table = config::only_table().await?;
        Ok(Self { store: Organisations::new(table) })
    }

    /// Checks the caller's key.
    ///
    /// # Errors
    /// `Unauthorized`, which API Gateway answers with 401, whatever is wrong with the key.
    pub async fn handle(&self, ask: Ask) -> Result<Told, StartError> {
        let contract = self.contract(&ask).await?.ok_or("Unauthorized")?;
        let observer = Observer { organisation: contract.organisation, contract: contract.id };
        ask.allow(contract.id, OBSERVER_FIELD, &observer)
    }

    async fn contract(&self, ask: &Ask) -> Result<Option<Contract>, StartError> {
        let Some(api_key) = ask.header("x-api-key").and_then(ApiKey::sent) else { return Ok(None) };
        Ok(self.store.by_key(&api_key).await?.filter(|contract| contract.holds(edge::now())))
    }
}
