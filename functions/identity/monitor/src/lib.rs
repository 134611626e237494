//! Listens to the registers of the United States after the approval: the American Medical Association's
//! notifications, and the NPIs that were deactivated. A schedule calls it once a day; calling it more often hears
//! the same and changes nothing else. What the GMC's deltas tell is heard where they are loaded, in `registers`.

use edge::{StartError, config, secret};
use identity::{
    application::Decisions,
    monitor::{Heard, Told},
    unique::{Number, UniqueKey},
};
use kernel::{Secret, Timestamp};
use providers::{
    Record,
    ama::{Ama, Credentials, Notification},
    nppes::Deactivations,
};
use serde::{Deserialize, Serialize};

/// How many digits an NPI has; a number of the association has one more.
const NPI_DIGITS: usize = 10;

#[derive(Deserialize)]
struct Secrets {
    ama: Credentials,
}

/// What the schedule sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {}

/// What came of it.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Done {
    /// How many members' records the association now watches anew.
    pub watched: usize,
    /// How many notifications were heard.
    pub notifications: usize,
    /// How many members were suspended.
    pub suspended: usize,
    /// How many may write again.
    pub reinstated: usize,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The decisions.
    pub decisions: Decisions,
    /// The association.
    pub ama: Ama,
    /// The registry's list of deactivated numbers.
    pub deactivations: Deactivations,
}

impl App {
    /// Reads the environment: `TABLE`, `AMA_URL`, `DEACTIVATIONS_URL`, `LICENCE_SECRET`, `UNIQUE_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or a secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (ama, deactivations) = (env.text("AMA_URL"), env.text("DEACTIVATIONS_URL"));
        let (licence, unique) = (env.text("LICENCE_SECRET"), env.text("UNIQUE_SECRET"));
        env.finish()?;
        let secrets: Secrets = secret::fetch_json(&aws, &licence).await?;
        let unique: Secret = secret::fetch(&aws, &unique).await?;
        Ok(Self {
            decisions: Decisions::new(table, UniqueKey::new(unique)),
            ama: Ama::new(providers::client()?, ama, secrets.ama),
            deactivations: Deactivations::new(providers::patient_client()?, deactivations),
        })
    }

    /// Hears what is new. A source that does not answer keeps none of the others from being heard.
    ///
    /// # Errors
    /// When a source or the table did not answer; the next call hears what this one did not.
    pub async fn handle(&self, Call {}: Call, now: Timestamp) -> Result<Done, StartError> {
        let watched = self.watch().await;
        let notified = self.notifications(now).await;
        let deactivated = self.deactivated(now).await;
        let (watched, (notifications, told), deactivated) = (watched?, notified?, deactivated?);
        let done = Done {
            watched,
            notifications,
            suspended: told.suspended + deactivated.suspended,
            reinstated: told.reinstated + deactivated.reinstated,
        };
        tracing::info!(watched, notifications, done.suspended, done.reinstated, "registers heard");
        Ok(done)
    }

    /// Has the association watch the members whom it does not watch yet, and nobody who was erased.
    async fn watch(&self) -> Result<usize, StartError> {
        let mut watched = 0;
        for (application, entity) in self.decisions.unwatched().await? {
            if let Some(entity) = entity {
                self.ama.watch(&entity).await?;
                watched += 1;
            }
            self.decisions.watched(application).await?;
        }
        for entity in self.decisions.to_unwatch().await? {
            self.ama.unwatch(&entity).await?;
            self.decisions.note_unwatched(&entity).await?;
        }
        Ok(watched)
    }

    async fn notifications(&self, now: Timestamp) -> Result<(usize, Heard), StartError> {
        let (mut count, mut heard, mut fault) = (0, Heard::default(), None);
        for notification in self.ama.notifications().await? {
            match self.notification(&notification, now).await {
                Ok(one) => {
                    heard.suspended += one.suspended;
                    heard.reinstated += one.reinstated;
                    count += 1;
                }
                // It is told again, and keeps none of the others from being heard.
                Err(error) => fault = Some(error),
            }
        }
        fault.map_or(Ok((count, heard)), Err)
    }

    async fn notification(&self, notification: &Notification, now: Timestamp) -> Result<Heard, StartError> {
        let heard = match self.ama.updated(notification).await? {
            Some(record) => self.decisions.hear("ama_monitor", &[told(&record)], now).await?,
            // The association has it no more.
            None => Heard::default(),
        };
        self.ama.acknowledge(notification).await?;
        Ok(heard)
    }

    async fn deactivated(&self, now: Timestamp) -> Result<Heard, StartError> {
        let numbers = self.deactivations.list().await?;
        let told: Vec<Told> = numbers
            .into_iter()
            .map(|npi| Told {
                numbers: vec![Number::Npi(npi)],
                lapsed: vec!["npi_deactivated"],
                reference: None,
            })
            .collect();
        Ok(self.decisions.hear("nppes_deactivations", &told, now).await?)
    }
}

fn told(record: &Record) -> Told {
    let number = |text: &String| match text.len() {
        NPI_DIGITS => Number::Npi(text.clone()),
        _ => Number::MeNumber(text.clone()),
    };
    Told::of(record.numbers.iter().map(number).collect(), record)
}
