//! Polls: written by members and the community team, approved, shown with their results, and their public records.

mod approve;
mod create;
mod formats;
mod list;
mod public;
mod record;
mod show;
mod view;

use std::sync::Arc;

use ballot::log::Log;
use community::{
    ballots::{Board, Issuing},
    poll::Polls,
};
use edge::{Api, StartError, config, secret};
use kernel::id::PollId;
use screening::Screen;
use table::{CursorKey, Table};
use tokio::sync::Mutex;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    store: Polls,
    /// Who had a ballot signed.
    issuing: Issuing,
    boards: Board,
    /// What looks through texts.
    screen: Screen,
    /// The key that signs cursors.
    cursors: CursorKey,
    /// The log that a proof was last asked of.
    log: Arc<Mutex<Option<(PollId, Log)>>>,
}

impl App {
    /// With a table, what looks through texts, and the key that signs cursors.
    pub fn new(table: Table, screen: Screen, cursors: CursorKey) -> Self {
        let (store, issuing) = (Polls::new(table.clone()), Issuing::new(table.clone()));
        Self { store, issuing, boards: Board::new(table), screen, cursors, log: Arc::default() }
    }

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
        Ok(Self::new(table, Screen::load(edge::now()), cursors))
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(show::show))
        .routes(routes!(approve::approve))
        .routes(routes!(public::closed_list))
        .routes(routes!(public::closed))
        .routes(routes!(public::table))
        .routes(routes!(public::chart))
        .routes(routes!(public::atom))
        .routes(routes!(public::json_feed))
        .routes(routes!(record::record))
        .routes(routes!(record::head))
        .routes(routes!(record::inclusion))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
