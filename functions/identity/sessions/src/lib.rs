//! From a person to a pseudonym and no further: activation, and the exchange of an access token for
//! a pseudonymous session. Apart from `contact`, only this function can open the link.

mod exchange;
mod join;
mod jwks;
mod membership;
mod person;
mod signer;

use edge::{Api, StartError, config};
use identity::{link::LinkKey, member::Members, person::People};
use providers::cognito::UserPool;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use signer::Signer;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The members.
    pub members: Members,
    /// All that is held of people.
    pub people: People,
    /// The user pool, from which who leaves is deleted.
    pub pool: UserPool,
    /// The key that seals links.
    pub links: LinkKey,
    /// The key that signs sessions.
    pub signer: Signer,
    /// For how long at most, in seconds, the community learns of a new member later.
    pub activation_delay: u32,
}

impl App {
    /// Reads the environment: `TABLE`, `LINK_KEY`, `SESSION_KEY`, `SESSION_ISSUER`, `ACTIVATION_DELAY`,
    /// `USER_POOL_ENDPOINT`.
    ///
    /// # Errors
    /// When the environment is incomplete or the signing key cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (link, session) = (env.text("LINK_KEY"), env.text("SESSION_KEY"));
        let issuer = env.text("SESSION_ISSUER");
        let pool = UserPool::new(providers::client()?, env.text("USER_POOL_ENDPOINT"));
        let activation_delay = env.parsed("ACTIVATION_DELAY");
        env.finish()?;
        Ok(Self {
            members: Members::new(table.clone()),
            people: People::new(table),
            pool,
            links: LinkKey::new(&aws, link),
            signer: Signer::load(&aws, session, issuer).await?,
            activation_delay,
        })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(join::join, membership::membership))
        .routes(routes!(membership::show_real_name, membership::hide_real_name))
        .routes(routes!(person::export))
        .routes(routes!(person::erase))
        .routes(routes!(exchange::exchange))
        .routes(routes!(jwks::jwks))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
