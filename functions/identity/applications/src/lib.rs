//! Applications: what a person claims, and where its verification stands. For applicants.

mod answer;
mod claim;
mod correct;
mod correction;
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
};
use kernel::id::ApplicationId;
use providers::cognito::UserPool;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// Other lists of specialties.
    pub code_sets: CodeSets,
    /// The user pool, for the applicant's verified e-mail address.
    pub pool: UserPool,
}

impl App {
    /// Reads the environment: `TABLE`, `USER_POOL_ENDPOINT`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let pool = UserPool::new(providers::client()?, env.text("USER_POOL_ENDPOINT"));
        env.finish()?;
        Ok(Self { store: Applications::new(table.clone()), code_sets: CodeSets::new(table), pool })
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
        .routes(routes!(specialties::specialties))
        .routes(routes!(specialties::code_set, specialties::load_code_set))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
