//! The second stage: do they hold the licence they claim? A task of the verification workflow.

use edge::{StartError, config, secret};
use identity::{
    application::{Application, Applications},
    evidence::{Finding, Stage},
    rules,
    stage::{self, Outcome, Task},
};
use kernel::Secret;
use providers::{
    CallError,
    ama::{Ama, Credentials},
    register::Register,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Secrets {
    ama: Credentials,
    register_api_key: Secret,
}

/// The provider's name as it stands in the evidence.
const AMA: &str = "ama";

/// Who knows the applicant's licence.
fn source(application: &Application) -> &'static str {
    let claim = &application.claim;
    if rules::is_in_ama(claim.country, claim.profession) { AMA } else { "register" }
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// The source for physicians of the United States.
    pub ama: Ama,
    /// The source for everybody else.
    pub register: Register,
}

impl App {
    /// Reads the environment: `TABLE`, `AMA_URL`, `REGISTER_URL`, `LICENCE_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (ama, register) = (env.text("AMA_URL"), env.text("REGISTER_URL"));
        let id = env.text("LICENCE_SECRET");
        env.finish()?;
        let secrets: Secrets = secret::fetch_json(&aws, &id).await?;
        let client = providers::client()?;
        Ok(Self {
            store: Applications::new(table),
            ama: Ama::new(client.clone(), ama, secrets.ama),
            register: Register::new(client, register, secrets.register_api_key),
        })
    }

    /// Runs the stage.
    ///
    /// # Errors
    /// When it may be run again.
    pub async fn handle(&self, task: Task) -> Result<Outcome, StartError> {
        let call = async |application: Application| self.ask(&application).await;
        Ok(stage::run(&self.store, &task, Stage::Licence, source, edge::now(), call).await?)
    }

    async fn ask(&self, application: &Application) -> Result<Finding, CallError> {
        let claim = &application.claim;
        let number = claim.licence.number.as_str();
        if source(application) == AMA {
            let npi = claim.licence.npi.as_ref().map_or("", |npi| npi.as_str());
            let profile = self.ama.profile_by_npi(npi).await?;
            Ok(rules::ama_profile(claim, profile.as_ref()))
        } else {
            let found = self.register.find(claim.country, number).await?;
            Ok(rules::registration(claim, found.as_ref()))
        }
    }
}
