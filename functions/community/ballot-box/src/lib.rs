//! Takes in ballots from nobody: no credential, no cookie, no name. What a ballot proves is in its signature.

mod cast;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use community::{
    CommunityError,
    ballots::{Casting, Open},
};
use edge::{Api, StartError, config};
use kernel::{Timestamp, id::PollId};
use utoipa_axum::{router::OpenApiRouter, routes};

/// For how long a poll's keys are kept, in seconds. They never change; that it was hidden is noticed after that.
const KEPT_SECONDS: i64 = 60;
/// How many polls are kept at most.
const MOST_POLLS: usize = 256;

/// Polls that were read, and when.
type Known = HashMap<PollId, (Timestamp, Arc<Open>)>;

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    store: Casting,
    polls: Arc<Mutex<Known>>,
}

impl App {
    /// With a store.
    pub fn new(store: Casting) -> Self {
        Self { store, polls: Arc::default() }
    }

    /// Reads the environment: `TABLE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        Ok(Self::new(Casting::new(config::only_table().await?)))
    }

    /// A poll as its ballots are checked. One query a minute.
    async fn poll(&self, id: PollId, now: Timestamp) -> Result<Arc<Open>, CommunityError> {
        let fresh = |(at, _): &&(Timestamp, _)| now.as_second() - at.as_second() < KEPT_SECONDS;
        let known = self.polls.lock().unwrap_or_else(PoisonError::into_inner).get(&id).filter(fresh).cloned();
        if let Some((_, poll)) = known {
            return Ok(poll);
        }
        let poll = Arc::new(self.store.open(id).await?);
        let mut polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        if polls.len() >= MOST_POLLS {
            polls.clear();
        }
        polls.insert(id, (now, Arc::clone(&poll)));
        Ok(poll)
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(cast::cast))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
