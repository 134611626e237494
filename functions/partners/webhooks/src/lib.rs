//! Webhook endpoints: a partner registers them, sees what was delivered, and replays what was parked.

mod deliveries;
mod list;
mod register;
mod remove;
mod replay;
mod view;

use edge::{Api, StartError, config, secret};
use partners::{address::Reach, webhook::Webhooks};
use table::CursorKey;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The endpoints and deliveries.
    pub store: Webhooks,
    /// Where endpoints may be.
    pub reach: Reach,
    /// The key that signs cursors.
    pub cursors: CursorKey,
}

impl App {
    /// Reads the environment: `TABLE`, `PRIVATE_ENDPOINTS`, `CURSOR_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let private: bool = env.parsed("PRIVATE_ENDPOINTS");
        let cursor = env.text("CURSOR_SECRET");
        env.finish()?;
        Ok(Self {
            store: Webhooks::new(table),
            reach: if private { Reach::Anywhere } else { Reach::Public },
            cursors: CursorKey::new(secret::fetch(&aws, &cursor).await?),
        })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register::register, list::list))
        .routes(routes!(remove::remove))
        .routes(routes!(deliveries::deliveries))
        .routes(routes!(replay::replay))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
