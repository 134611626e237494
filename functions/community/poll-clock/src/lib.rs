//! The Monday schedule: opens the next approved poll and closes the one before.

use community::poll::Polls;
use edge::{StartError, config};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// What the schedule sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    /// The moment that the schedule meant (`<aws.scheduler.scheduled-time>`).
    pub occurrence: Timestamp,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Rung {
    /// Whether a poll was closed.
    pub closed: bool,
    /// Whether a poll was opened.
    pub opened: bool,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The polls.
    pub store: Polls,
}

impl App {
    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let table = config::only_table().await?;
        Ok(Self { store: Polls::new(table) })
    }

    /// Handles a ring of the schedule.
    ///
    /// # Errors
    /// When the table does not answer; the schedule then tries again.
    pub async fn handle(&self, ring: Ring) -> Result<Rung, StartError> {
        let tick = self.store.tick(ring.occurrence, edge::now()).await?;
        Ok(Rung { closed: tick.closed.is_some(), opened: tick.opened.is_some() })
    }
}
