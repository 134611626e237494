//! The Monday schedule: opens the next approved poll and closes the one before.

use community::{
    CommunityError,
    ballots::{BallotKeys, EVERYONE, HeadSigner, Keys},
    poll::{Poll, Polls},
};
use edge::{StartError, config};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// What the schedule sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ring {
    /// The moment that the schedule meant (`<aws.scheduler.scheduled-time>`).
    pub occurrence: Timestamp,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Rung {
    /// Whether a poll was closed.
    pub closed: bool,
    /// Whether a poll was opened.
    pub opened: bool,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The polls.
    pub store: Polls,
    /// What seals the keys of a poll.
    pub keys: BallotKeys,
    /// Who will sign the heads of its board.
    pub signer: HeadSigner,
}

impl App {
    /// Reads the environment: `TABLE`, `BALLOT_KEY`, `HEAD_KEY`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (ballots, heads) = (env.text("BALLOT_KEY"), env.text("HEAD_KEY"));
        env.finish()?;
        Ok(Self {
            store: Polls::new(table),
            keys: BallotKeys::new(&aws, ballots),
            signer: HeadSigner::new(&aws, heads),
        })
    }

    /// Handles a ring of the schedule.
    ///
    /// # Errors
    /// When the table does not answer; the schedule then tries again.
    pub async fn handle(&self, ring: Ring) -> Result<Rung, StartError> {
        let now = edge::now();
        let turn = self.store.due(ring.occurrence, now).await?;
        let keys = match &turn.next {
            Some(poll) => Some(self.new_keys(poll).await?),
            None => None,
        };
        let tick = self.store.turn(turn, keys, now).await?;
        Ok(Rung { closed: tick.closed.is_some(), opened: tick.opened.is_some() })
    }

    /// The keys that a poll is opened with.
    async fn new_keys(&self, poll: &Poll) -> Result<Keys, CommunityError> {
        let heads = self.signer.public().await?;
        Ok(Keys { ballots: vec![self.keys.make(poll.id, EVERYONE).await?], heads })
    }
}
