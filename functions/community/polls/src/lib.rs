//! Polls: written by members and the community team, approved, voted in once, published.

mod approve;
mod ballot;
mod create;
mod list;
mod public;
mod show;
mod view;

use community::poll::Polls;
use edge::{Api, StartError, config, secret};
use screening::Screen;
use table::CursorKey;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The polls.
    pub store: Polls,
    /// What looks through texts.
    pub screen: Screen,
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
        Ok(Self { store: Polls::new(table), screen: Screen::load(edge::now()), cursors })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(show::show))
        .routes(routes!(approve::approve))
        .routes(routes!(ballot::cast))
        .routes(routes!(public::closed_list))
        .routes(routes!(public::closed))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
