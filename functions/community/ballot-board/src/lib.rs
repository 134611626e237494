//! Publishes ballots in shuffled batches, and the result of a poll once everything is recounted. A schedule runs it.

use community::{
    CommunityError,
    ballots::{Board, HeadSigner, Outcome, Progress},
};
use edge::{Metric, StartError, config};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// How many ballots are many: how long they take is a metric.
const MANY: u64 = 100;

/// What the schedule sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ring {}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Rung {
    /// How many ballots were published.
    pub published: u64,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The boards.
    pub boards: Board,
    /// Who signs their heads.
    pub signer: HeadSigner,
    /// For how long after its closing a poll takes ballots that were signed before, in seconds.
    pub grace: u32,
}

impl App {
    /// Reads the environment: `TABLE`, `HEAD_KEY`, `GRACE_SECONDS`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let key = env.text("HEAD_KEY");
        let grace = env.parsed("GRACE_SECONDS");
        env.finish()?;
        Ok(Self { boards: Board::new(table), signer: HeadSigner::new(&aws, key), grace })
    }

    /// Handles a ring of the schedule: every poll with a board, each apart from the others.
    ///
    /// # Errors
    /// The first fault, after all polls were tried; the schedule comes again. That another run was faster is none.
    pub async fn handle(&self, Ring {}: Ring) -> Result<Rung, StartError> {
        let (mut published, mut fault) = (0, None);
        for poll in self.boards.polls().await? {
            let now = edge::now();
            match self.boards.publish(poll, &self.signer, (now, self.grace)).await {
                Ok(progress) => {
                    published += progress.after.saturating_sub(progress.before);
                    figures(&progress, now).iter().for_each(Metric::record);
                    fault = fault.or(progress.fault.filter(is_told));
                }
                Err(error) => fault = fault.or(Some(error).filter(is_told)),
            }
        }
        let forgotten = self.boards.forget(edge::now()).await;
        fault = fault.or(forgotten.err().filter(is_told));
        fault.map_or(Ok(Rung { published }), |error| Err(error.into()))
    }
}

/// Whether an operator is to hear of it: not that another run was faster, or that a poll was hidden meanwhile.
const fn is_told(error: &CommunityError) -> bool {
    !matches!(error, CommunityError::Contended | CommunityError::NoSuchPoll)
}

/// The metrics of a poll: how long it took to 100 ballots on the board, and once it is closed how many took part. Of polls
/// for everyone these are the week's.
#[must_use]
pub fn figures(progress: &Progress, now: Timestamp) -> Vec<Metric> {
    let audience = ("Audience", if progress.everyone { "everyone" } else { "part" });
    let mut figures = Vec::new();
    if let Some(opened) = progress.opened_at
        && progress.before < MANY
        && progress.after >= MANY
    {
        let seconds = now.as_second().saturating_sub(opened.as_second());
        figures.push(Metric::seconds("SecondsTo100Ballots", seconds, audience));
    }
    if let Some(Outcome { participants, eligible }) = progress.closed {
        figures.push(Metric::count("PollBallots", progress.after, audience));
        figures.push(Metric::count("PollParticipants", participants, audience));
        figures.extend(Metric::share("PollTurnout", participants, eligible, audience));
    }
    figures
}
