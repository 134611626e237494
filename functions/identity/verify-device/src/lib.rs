//! The third stage: has this device been here under another name? A task of the verification
//! workflow. It never approves or refuses alone.

use edge::{StartError, config, secret};
use identity::{
    application::{Application, Applications},
    evidence::{Finding, Stage},
    rules::{self, DeviceLimits},
    stage::{self, Outcome, Task},
};
use kernel::Secret;
use providers::{CallError, device::Device};
use serde::Deserialize;

#[derive(Deserialize)]
struct Secrets {
    api_key: Secret,
    pseudonym_key: Secret,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// The provider.
    pub device: Device,
    /// The key that makes the pseudonym which this vendor alone is given.
    pub pseudonym_key: Secret,
    /// From which scores on a device goes to review.
    pub limits: DeviceLimits,
}

impl App {
    /// Reads the environment: `TABLE`, `DEVICE_URL`, `DEVICE_SECRET`, `DEVICE_DUPLICATE_FROM`, `DEVICE_FRAUD_FROM`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (base, id) = (env.text("DEVICE_URL"), env.text("DEVICE_SECRET"));
        let limits = DeviceLimits {
            duplicate: env.parsed("DEVICE_DUPLICATE_FROM"),
            fraud: env.parsed("DEVICE_FRAUD_FROM"),
        };
        env.finish()?;
        let secrets: Secrets = secret::fetch_json(&aws, &id).await?;
        Ok(Self {
            store: Applications::new(table),
            device: Device::new(providers::client()?, base, secrets.api_key),
            pseudonym_key: secrets.pseudonym_key,
            limits,
        })
    }

    /// Runs the stage.
    ///
    /// # Errors
    /// When it may be run again.
    pub async fn handle(&self, task: Task) -> Result<Outcome, StartError> {
        let call = async |application: Application| self.ask(&application).await;
        Ok(stage::run(&self.store, &task, Stage::Device, |_| "device", edge::now(), call).await?)
    }

    async fn ask(&self, application: &Application) -> Result<Finding, CallError> {
        let pseudonym = self.pseudonym_key.keyed_hash(&[&application.subject]);
        let claim = &application.claim;
        let score = self.device.score(&pseudonym, claim.device_session.as_str()).await?;
        Ok(rules::device(&score, claim.device_hints, self.limits))
    }
}
