//! Discussion and votes: questions, advice, replies, corroborations, courses of action; comments under polls.

mod advise;
mod ask;
mod comment;
mod contribute;
mod corroborate;
mod list;
mod propose;
mod reply;
mod vote;

use community::{byline::AliasKey, case::Cases, comment::Comments, discussion::Discussion, vote::Votes};
use edge::{Api, StartError, config, secret};
use screening::Screen;
use table::CursorKey;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The cases.
    pub cases: Cases,
    /// The discussions.
    pub discussion: Discussion,
    /// The comments under polls.
    pub comments: Comments,
    /// The courses and votes.
    pub votes: Votes,
    /// What looks through texts.
    pub screen: Screen,
    /// The key that makes authors' aliases.
    pub aliases: AliasKey,
    /// The key that signs cursors.
    pub cursors: CursorKey,
}

impl App {
    /// An app on that table with those keys.
    pub fn new(table: &table::Table, screen: Screen, aliases: AliasKey, cursors: CursorKey) -> Self {
        Self {
            cases: Cases::new(table.clone()),
            discussion: Discussion::new(table.clone()),
            comments: Comments::new(table.clone()),
            votes: Votes::new(table.clone()),
            screen,
            aliases,
            cursors,
        }
    }

    /// Reads the environment: `TABLE`, `ALIAS_SECRET`, `CURSOR_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or a secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (alias, cursor) = (env.text("ALIAS_SECRET"), env.text("CURSOR_SECRET"));
        env.finish()?;
        let aliases = AliasKey::new(secret::fetch(&aws, &alias).await?);
        let cursors = CursorKey::new(secret::fetch(&aws, &cursor).await?);
        Ok(Self::new(&table, Screen::load(edge::now()), aliases, cursors))
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(ask::ask))
        .routes(routes!(advise::advise))
        .routes(routes!(reply::reply))
        .routes(routes!(corroborate::corroborate))
        .routes(routes!(propose::propose))
        .routes(routes!(vote::vote))
        .routes(routes!(comment::comments, comment::comment))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
