//! Lets go of what the community is to learn of members, in shuffled batches. A schedule calls it; calling it
//! more often releases smaller batches and nothing twice.

use edge::{StartError, config};
use identity::member::Releases;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// What the schedule sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {}

/// What came of it.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Done {
    /// How many messages were released.
    pub released: usize,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// What waits.
    pub store: Releases,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        Ok(Self { store: Releases::new(config::only_table().await?) })
    }

    /// Releases what is due.
    ///
    /// # Errors
    /// When the table does not answer; the next call releases the rest.
    pub async fn handle(&self, Call {}: Call, now: Timestamp) -> Result<Done, StartError> {
        let released = self.store.release(now).await?;
        tracing::info!(released, "released");
        Ok(Done { released })
    }
}
