//! The first stage: does this person exist as they say? A task of the verification workflow, and the
//! questions that settle what the particulars alone leave open. Whatever is asked of the identity provider is
//! asked here: it takes requests from registered addresses alone.

mod questions;

use edge::{Api, StartError, config, secret};
use identity::{
    application::{Application, Applications},
    evidence::{Finding, Stage},
    rules::{
        self,
        expectid::{self, DecidedBy},
    },
    source::IdentitySource,
    stage::{self, Outcome, Task},
};
use kernel::Secret;
use providers::{
    CallError,
    idology::{Idology, Subject},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

#[derive(Deserialize)]
struct Credentials {
    username: String,
    password: Secret,
}

/// Who is asked about the applicant.
fn provider(application: &Application) -> String {
    let claim = &application.claim;
    let signed_in = claim.sign_in.as_ref().map(|sign_in| sign_in.network.clone());
    signed_in.unwrap_or_else(|| IdentitySource::of(claim.country).name().to_owned())
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// The provider.
    pub idology: Idology,
    /// Which of the provider's two conclusions holds when they disagree.
    pub decided_by: DecidedBy,
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(questions::show_questions, questions::answer_questions))
        .routes(routes!(questions::decline_questions))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}

impl App {
    /// Reads the environment: `TABLE`, `IDOLOGY_URL`, `IDOLOGY_SECRET`, `IDOLOGY_DECIDED_BY`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (base, id) = (env.text("IDOLOGY_URL"), env.text("IDOLOGY_SECRET"));
        let decided_by = env.parsed("IDOLOGY_DECIDED_BY");
        env.finish()?;
        let credentials: Credentials = secret::fetch_json(&aws, &id).await?;
        let idology = Idology::new(providers::client()?, base, credentials.username, credentials.password);
        Ok(Self { store: Applications::new(table), idology, decided_by })
    }

    /// Runs the stage.
    ///
    /// # Errors
    /// When it may be run again.
    pub async fn handle(&self, task: Task) -> Result<Outcome, StartError> {
        let call = async |application: Application| {
            let claim = &application.claim;
            match (&claim.sign_in, IdentitySource::of(claim.country)) {
                (Some(sign_in), _) => Ok(rules::sign_in(claim, sign_in)),
                (None, IdentitySource::Idology) => self.ask(&application).await,
                (None, IdentitySource::Document) => Ok(rules::unconfirmed("no_service")),
            }
        };
        Ok(stage::run(&self.store, &task, Stage::Identity, provider, edge::now(), call).await?)
    }

    async fn ask(&self, application: &Application) -> Result<Finding, CallError> {
        let person = &application.claim.person;
        let born = person.birth_date;
        let subject = Subject {
            given_name: person.given_name.as_str(),
            family_name: person.family_name.as_str(),
            street: person.street.as_str(),
            city: person.city.as_str(),
            region: person.region.as_ref().map_or("", |region| region.as_str()),
            postal_code: person.postal_code.as_str(),
            born: (born.year(), born.month(), born.day()),
        };
        Ok(expectid::identity(&self.idology.expect_id(subject).await?, self.decided_by))
    }
}
