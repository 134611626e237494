//! Signs ballots without seeing them: it knows who asks, and what it signs is noise. It alone can open the private parts
//! of polls' keys.

mod issue;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ballot::{Hash, SigningKey};
use community::{
    CommunityError,
    ballots::{BallotKeys, Issuing, SealedKey},
};
use edge::{Api, StartError, config};
use kernel::id::PollId;
use utoipa_axum::{router::OpenApiRouter, routes};

/// How many opened keys are kept at most: more polls are not open at once.
const MOST_KEYS: usize = 256;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    store: Issuing,
    keys: BallotKeys,
    /// The keys that were opened, until this execution environment ends.
    opened: Arc<Mutex<HashMap<Hash, Arc<SigningKey>>>>,
}

impl App {
    /// With a store, and the key that opens keys.
    pub fn new(store: Issuing, keys: BallotKeys) -> Self {
        Self { store, keys, opened: Arc::default() }
    }

    /// Reads the environment: `TABLE`, `BALLOT_KEY`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let key = env.text("BALLOT_KEY");
        env.finish()?;
        Ok(Self::new(Issuing::new(table), BallotKeys::new(&aws, key)))
    }

    /// The private part of a poll's key: opened once. One call the first time.
    async fn key(&self, poll: PollId, sealed: &SealedKey) -> Result<Arc<SigningKey>, CommunityError> {
        let id = sealed.public.key;
        let known = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let key = Arc::new(self.keys.open(poll, sealed).await?);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= MOST_KEYS {
            opened.clear();
        }
        opened.insert(id, Arc::clone(&key));
        Ok(key)
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(issue::issue))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
