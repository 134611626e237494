//! What observers read: published conversations under per-contract pseudonyms, every read logged
//! before it is answered.

mod list;
mod mark;
mod show;
mod view;

use edge::{Api, StartError, auth::Observer, config, secret};
use kernel::{Specialty, Timestamp};
use partners::{
    PartnersError,
    organisation::{Contract, Organisations},
    projection::Projection,
    pseudonym::PseudonymKey,
};
use table::CursorKey;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The contracts.
    pub organisations: Organisations,
    /// What may be read.
    pub projection: Projection,
    /// The key that makes pseudonyms.
    pub pseudonyms: PseudonymKey,
    /// The key that signs cursors.
    pub cursors: CursorKey,
}

impl App {
    /// Reads the environment: `TABLE`, `PSEUDONYM_SECRET`, `CURSOR_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or a secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (pseudonym, cursor) = (env.text("PSEUDONYM_SECRET"), env.text("CURSOR_SECRET"));
        env.finish()?;
        Ok(Self {
            organisations: Organisations::new(table.clone()),
            projection: Projection::new(table),
            pseudonyms: PseudonymKey::new(secret::fetch(&aws, &pseudonym).await?),
            cursors: CursorKey::new(secret::fetch(&aws, &cursor).await?),
        })
    }

    /// The caller's contract, if it covers a specialty now. One read.
    async fn covering(
        &self,
        by: &Observer,
        specialty: Specialty,
        now: Timestamp,
    ) -> Result<Contract, PartnersError> {
        let contract = self.organisations.contract(by.contract).await?;
        contract.filter(|contract| contract.covers(specialty, now)).ok_or(PartnersError::NoSuchCase)
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(show::show)).routes(routes!(mark::mark))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
