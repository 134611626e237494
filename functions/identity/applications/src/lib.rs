//! Applications: what a person claims, and where its verification stands. For applicants.

mod answer;
mod claim;
mod correct;
mod correction;
mod document;
mod draft;
mod list;
mod show;
mod specialties;
mod submit;
mod view;
mod withdraw;

use edge::{Api, StartError, config};
use identity::{
    IdentityError,
    application::{Applications, File},
    code_set::CodeSets,
    sign_in::{SignIn, SignIns},
};
use kernel::{Timestamp, id::ApplicationId};
use providers::cognito::UserPool;
use storage::Uploads;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// Other lists of specialties.
    pub code_sets: CodeSets,
    /// Sign-ins with another network.
    pub sign_ins: SignIns,
    /// Where documents are uploaded to.
    pub uploads: Uploads,
    /// The user pool, for the applicant's verified e-mail address.
    pub pool: UserPool,
}

impl App {
    /// Reads the environment: `TABLE`, `USER_POOL_ENDPOINT`, `QUARANTINE_BUCKET`, `UPLOAD_URL`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let pool = UserPool::new(providers::client()?, env.text("USER_POOL_ENDPOINT"));
        let (quarantine, url) = (env.text("QUARANTINE_BUCKET"), env.text("UPLOAD_URL"));
        env.finish()?;
        Ok(Self {
            store: Applications::new(table.clone()),
            code_sets: CodeSets::new(table.clone()),
            sign_ins: SignIns::new(table),
            uploads: Uploads::new(&aws, quarantine, url)?,
            pool,
        })
    }

    /// The caller's sign-in with another network, if it is to stand for the first stage. A read, if it is.
    pub(crate) async fn sign_in(
        &self,
        subject: &str,
        wanted: bool,
        now: Timestamp,
    ) -> Result<Option<SignIn>, IdentityError> {
        if wanted { self.sign_ins.done(subject, now).await } else { Ok(None) }
    }

    /// An application of the caller's, with its evidence. One query.
    pub(crate) async fn own(&self, id: ApplicationId, subject: &str) -> Result<File, IdentityError> {
        let file = self.store.file(id).await?.filter(|file| file.application.subject == subject);
        file.ok_or(IdentityError::NoSuchApplication)
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit::submit, list::list))
        .routes(routes!(draft::save_draft, draft::show_draft, draft::discard_draft))
        .routes(routes!(show::show, correct::correct))
        .routes(routes!(withdraw::withdraw))
        .routes(routes!(answer::answer_reviewer))
        .routes(routes!(answer::appeal))
        .routes(routes!(correction::ask_correction))
        .routes(routes!(document::offer_document))
        .routes(routes!(document::decline_documents))
        .routes(routes!(specialties::specialties))
        .routes(routes!(specialties::code_set, specialties::load_code_set))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
