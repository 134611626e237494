//! Polls: written by members and the community team, approved, voted in once, published.

mod approve;
mod ballot;
mod create;
mod list;
mod public;
mod show;
mod view;

use community::poll::Polls;
use edge::{Api, StartError, config};
use utoipa_axum::{router::OpenApiRouter, routes};

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
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        env.finish()?;
        Ok(Self { store: Polls::new(table) })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(show::show))
        .routes(routes!(approve::approve))
        .routes(routes!(ballot::cast))
        .routes(routes!(public::list))
        .routes(routes!(public::show))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
