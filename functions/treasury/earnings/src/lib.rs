//! What a member earned. Read only.

mod list;

use edge::{Api, StartError, config, secret};
use table::CursorKey;
use treasury::ledger::Ledger;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The ledger.
    pub store: Ledger,
    /// The key that signs cursors.
    pub cursors: CursorKey,
}

impl App {
    /// Reads the environment: `TABLE`, `CURSOR_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let cursor = env.text("CURSOR_SECRET");
        env.finish()?;
        let cursors = CursorKey::new(secret::fetch(&aws, &cursor).await?);
        Ok(Self { store: Ledger::new(table), cursors })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list::list))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
