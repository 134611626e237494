//! The end of the verification workflow: what the three stages' evidence makes of an application.

use edge::{Metric, StartError, config, secret};
use identity::{
    application::{Applications, Decisions, Status},
    unique::UniqueKey,
};
use kernel::id::ApplicationId;
use serde::{Deserialize, Serialize};

/// What the workflow hands over.
#[derive(Debug, Deserialize)]
pub struct Task {
    /// The application to decide.
    pub application: ApplicationId,
}

/// How the workflow ends.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Where the application stands now.
    pub status: Status,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// The decisions.
    pub decisions: Decisions,
}

impl App {
    /// Reads the environment: `TABLE`, `UNIQUE_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let unique = env.text("UNIQUE_SECRET");
        env.finish()?;
        let unique = UniqueKey::new(secret::fetch(&aws, &unique).await?);
        Ok(Self { store: Applications::new(table.clone()), decisions: Decisions::new(table, unique) })
    }

    /// Decides, once: an application that was decided stays as it is.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn handle(&self, task: Task) -> Result<Outcome, StartError> {
        // Who was erased in the meantime has withdrawn.
        let Some(file) = self.store.file(task.application).await? else {
            return Ok(Outcome { status: Status::Withdrawn });
        };
        let now = edge::now();
        let mut status = file.application.status;
        // Who withdraws while the stages run takes no doubt along.
        let undecided = matches!(status, Status::Verifying | Status::Withdrawn);
        if undecided && file.is_doubted() {
            self.decisions.note_doubt(&file.application, now).await?;
        } else if undecided && file.is_settled_by_answers() {
            self.decisions.settle_doubt(&file.application).await?;
        }
        if status == Status::Verifying {
            status = self.decisions.decide(&file.application, file.decision(), now).await?;
            if let Some(seconds) = file.application.seconds_to_decision(status, now) {
                Metric::seconds("SecondsToDecision", seconds, ("DecidedBy", "machine")).record();
            }
        }
        if status == Status::AwaitingApplicant {
            // The last document may have come in while it was decided to ask for it.
            self.store.documented(task.application, now).await?;
        }
        Ok(Outcome { status })
    }
}
