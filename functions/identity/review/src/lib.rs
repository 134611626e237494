//! The reviewers' desk: what waits for a person, its evidence, and the decision.

mod approve;
mod ask;
mod correction;
mod document;
mod queue;
mod refuse;
mod show;

use edge::{Api, StartError, config, secret};
use identity::{
    application::{Applications, Decisions},
    unique::UniqueKey,
};
use storage::Bucket;
use table::CursorKey;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The applications.
    pub store: Applications,
    /// The decisions.
    pub decisions: Decisions,
    /// The bucket of documents.
    pub documents: Bucket,
    /// The key that signs cursors.
    pub cursors: CursorKey,
}

impl App {
    /// Reads the environment: `TABLE`, `CURSOR_SECRET`, `UNIQUE_SECRET`, `DOCUMENTS_BUCKET`, `S3_PATH_STYLE`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (id, unique) = (env.text("CURSOR_SECRET"), env.text("UNIQUE_SECRET"));
        let (documents, path_style) = (env.text("DOCUMENTS_BUCKET"), env.parsed("S3_PATH_STYLE"));
        env.finish()?;
        let unique = UniqueKey::new(secret::fetch(&aws, &unique).await?);
        let cursors = CursorKey::new(secret::fetch(&aws, &id).await?);
        let decisions = Decisions::new(table.clone(), unique);
        let documents = Bucket::new(&aws, documents, path_style);
        Ok(Self { store: Applications::new(table), decisions, documents, cursors })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(queue::queue))
        .routes(routes!(show::show))
        .routes(routes!(document::show_document))
        .routes(routes!(approve::approve))
        .routes(routes!(refuse::refuse))
        .routes(routes!(ask::ask))
        .routes(routes!(correction::decide_correction))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
