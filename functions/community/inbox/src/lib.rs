//! The inbox: a member's notices, newest first, and up to where they have read.

mod list;
mod read;

use community::inbox::Inbox;
use edge::{Api, StartError, config};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The notices.
    pub inbox: Inbox,
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
        Ok(Self { inbox: Inbox::new(table) })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(read::read))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
