//! Signing in with another network of clinicians, as an alternative to the identity provider's stage.

mod routes;

use edge::{Api, StartError, config, secret};
use identity::sign_in::SignIns;
use providers::network::{Network, Registration};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What stands for a secret where the operator is registered with no network.
const NONE: &str = "none";

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The sign-ins.
    pub store: SignIns,
    /// The network, where the operator is registered with one.
    pub network: Option<Network>,
}

impl App {
    /// Reads the environment: `TABLE`, `NETWORK_SECRET`, `SIGN_IN_REDIRECT`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (id, redirect) = (env.text("NETWORK_SECRET"), env.text("SIGN_IN_REDIRECT"));
        env.finish()?;
        let network = if id == NONE {
            None
        } else {
            let registration: Registration = secret::fetch_json(&aws, &id).await?;
            Some(Network::new(providers::brisk_client()?, registration, redirect))
        };
        Ok(Self { store: SignIns::new(table), network })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(routes::show_sign_in, routes::begin_sign_in, routes::forget_sign_in))
        .routes(routes!(routes::complete_sign_in))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
