//! The second stage: do they hold the licence they claim? A task of the verification workflow.

use edge::{StartError, config, secret};
use identity::{
    application::{Application, Applications, Claim},
    evidence::{Finding, Stage},
    register::Register,
    rules,
    source::LicenceSource,
    stage::{self, Outcome, Task},
};
use jiff::tz::TimeZone;
use kernel::{Secret, Timestamp};
use providers::{
    CallError,
    ama::{Ama, Credentials, Search},
    nppes::Nppes,
    rpps::Rpps,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Secrets {
    ama: Credentials,
    rpps_api_key: Secret,
}

/// Who knows the applicant's licence.
fn source(application: &Application) -> LicenceSource {
    LicenceSource::of(application.claim.country, application.claim.profession)
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// The source for physicians of the United States.
    pub ama: Ama,
    /// The registry of NPIs, to cross-check.
    pub nppes: Nppes,
    /// The register of the United Kingdom.
    pub register: Register,
    /// The directory of France.
    pub rpps: Rpps,
}

impl App {
    /// Reads the environment: `TABLE`, `AMA_URL`, `NPPES_URL`, `RPPS_URL`, `LICENCE_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (ama, nppes) = (env.text("AMA_URL"), env.text("NPPES_URL"));
        let rpps = env.text("RPPS_URL");
        let id = env.text("LICENCE_SECRET");
        env.finish()?;
        let secrets: Secrets = secret::fetch_json(&aws, &id).await?;
        let client = providers::client()?;
        Ok(Self {
            store: Applications::new(table.clone()),
            register: Register::new(table),
            ama: Ama::new(client.clone(), ama, secrets.ama),
            nppes: Nppes::new(client.clone(), nppes),
            rpps: Rpps::new(client, rpps, secrets.rpps_api_key),
        })
    }

    /// Runs the stage.
    ///
    /// # Errors
    /// When it may be run again.
    pub async fn handle(&self, task: Task) -> Result<Outcome, StartError> {
        let now = edge::now();
        let call = async |application: Application| self.ask(&application, now).await;
        let provider = |application: &Application| source(application).name();
        Ok(stage::run(&self.store, &task, Stage::Licence, provider, now, call).await?)
    }

    async fn ask(&self, application: &Application, now: Timestamp) -> Result<Finding, CallError> {
        let claim = &application.claim;
        let number = claim.licence.number.as_str();
        match source(application) {
            LicenceSource::Ama => self.ask_ama(claim).await,
            LicenceSource::Gmc => {
                let today = now.to_zoned(TimeZone::UTC).date();
                // A table that does not answer can be asked again.
                let entry = self.register.find(number, today).await.map_err(|_| CallError::NotTaken)?;
                let record = entry.doctor.map(|doctor| doctor.record(today));
                let finding = rules::licence(claim, record.as_ref());
                Ok(if entry.fresh { finding } else { rules::unconfirmed("register_stale") })
            }
            LicenceSource::Rpps => {
                // One number series has all professions, and the client does not read which.
                let finding = rules::licence(claim, self.rpps.find(number).await?.as_ref());
                Ok(rules::doubted(finding, &["profession_unconfirmed"]))
            }
            LicenceSource::Document => Ok(rules::unconfirmed("no_register")),
        }
    }

    /// The free registry, which can only raise doubts; then the association, by number, then by name: a
    /// slip in the number is a person's decision, not a refusal.
    async fn ask_ama(&self, claim: &Claim) -> Result<Finding, CallError> {
        let Claim { person, licence, .. } = claim;
        let doubts = match &licence.npi {
            Some(npi) => match self.nppes.find(npi.as_str()).await {
                Ok(found) => rules::npi(claim, found.as_ref()),
                Err(_) => vec!["npi_unchecked"],
            },
            None => Vec::new(),
        };
        let born = person.birth_date.strftime("%Y%m%d").to_string();
        let npi = licence.npi.as_ref().map(|npi| Search::Npi { npi_number: npi.as_str() });
        let me_number =
            licence.me_number.as_ref().map(|number| Search::MeNumber { me_number: number.as_str() });
        let name = Search::Name {
            first_name: person.given_name.as_str(),
            last_name: person.family_name.as_str(),
            date_of_birth: &born,
        };
        let searches: Vec<Search<'_>> = npi.into_iter().chain(me_number).chain([name]).collect();
        let record = self.ama.find(&searches).await?;
        Ok(rules::doubted(rules::licence(claim, record.as_ref()), &doubts))
    }
}
