//! The Monday schedule: opens what the calendar has for a Monday, closes what is over, makes up for a Monday that was
//! missed, and warns of one that is empty.

use community::{
    CommunityError,
    ballots::{BallotKeys, EVERYONE, HeadSigner, Keys},
    calendar::{Calendars, Rhythm, Turn},
    member::Members,
    poll::{Electorate, Poll, Polls},
};
use edge::{Metric, StartError, config};
use kernel::{Audience, Timestamp};
use serde::{Deserialize, Serialize};

/// What the schedules send.
#[derive(Debug, Deserialize)]
#[serde(tag = "ring", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ring {
    /// It is Monday.
    Monday {
        /// The moment that the schedule meant (`<aws.scheduler.scheduled-time>`).
        occurrence: Timestamp,
    },
    /// A while has gone by.
    Sweep {},
    /// It is Friday.
    LookAhead {},
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// How many polls were closed.
    pub closed: usize,
    /// How many polls were opened.
    pub opened: usize,
    /// Whether nothing was chosen for the next Monday, for everyone.
    pub empty: bool,
}

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The polls.
    pub store: Polls,
    /// What waits for which Monday.
    pub calendar: Calendars,
    /// When Mondays begin.
    pub rhythm: Rhythm,
    /// For how many days a poll is open.
    pub days: u16,
    /// Who could answer.
    pub members: Members,
    /// The fewest members that a part of an audience has for which ballots are signed.
    pub floor: u64,
    /// What seals the keys of a poll.
    pub keys: BallotKeys,
    /// Who will sign the heads of its board.
    pub signer: HeadSigner,
}

impl App {
    /// Reads the environment: `TABLE`, `BALLOT_KEY`, `HEAD_KEY`, `POLL_ZONE`, `POLL_HOUR`, `POLL_MINUTE`, `POLL_DAYS`,
    /// `SEGMENT_FLOOR`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (ballots, heads) = (env.text("BALLOT_KEY"), env.text("HEAD_KEY"));
        let zone = env.parsed("POLL_ZONE");
        let (hour, minute, days) =
            (env.parsed("POLL_HOUR"), env.parsed("POLL_MINUTE"), env.parsed("POLL_DAYS"));
        let floor = env.parsed("SEGMENT_FLOOR");
        env.finish()?;
        Ok(Self {
            store: Polls::new(table.clone()),
            calendar: Calendars::new(table.clone()),
            members: Members::new(table),
            floor,
            rhythm: Rhythm { zone, hour, minute },
            days,
            keys: BallotKeys::new(&aws, ballots),
            signer: HeadSigner::new(&aws, heads),
        })
    }

    /// Handles a ring of a schedule.
    ///
    /// # Errors
    /// The first fault, after everything was tried; the schedule then tries again.
    pub async fn handle(&self, ring: Ring, now: Timestamp) -> Result<Rung, StartError> {
        match ring {
            Ring::Monday { occurrence } => Ok(self.turn(occurrence, occurrence, now).await?),
            // A Monday that was missed is made up for; one of whose day something was done is done with.
            Ring::Sweep {} => {
                let moment = self.rhythm.before(now);
                let day = self.rhythm.zone.at(self.rhythm.zone.date(moment), 0, 0);
                Ok(self.turn(moment, day, now).await?)
            }
            Ring::LookAhead {} => Ok(Rung { empty: self.look_ahead(now).await?, ..Rung::default() }),
        }
    }

    async fn turn(
        &self,
        moment: Timestamp,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Rung, CommunityError> {
        let (day, closes_at) = (self.rhythm.zone.date(moment), self.rhythm.closing(moment, self.days));
        let turn = Turn { moment, since, day, closes_at };
        let turned = self.calendar.turn(turn, now, async |poll: &Poll| self.opening(poll).await).await;
        let (mut rung, mut fault) = (Rung::default(), None);
        for poll in self.store.over(now).await? {
            match self.store.close(&poll, now).await {
                Ok(closed) => rung.closed += usize::from(closed),
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        for done in turned? {
            rung.closed += usize::from(done.closed.is_some());
            rung.opened += usize::from(done.opened.is_some());
        }
        fault.map_or(Ok(rung), Err)
    }

    /// Whether nothing was chosen for the next Monday, for everyone. It is a metric, of which an alarm is made.
    async fn look_ahead(&self, now: Timestamp) -> Result<bool, CommunityError> {
        let mut calendar = self.calendar.read().await?;
        let waiting = self.calendar.polls(&calendar).await?;
        calendar.retain(&waiting.iter().map(|poll| poll.id).collect());
        let monday = self.rhythm.next(now);
        let holiday = calendar.holidays.contains_key(&monday);
        let everyone = calendar.queues.iter().find(|queue| queue.audience == Audience::default());
        let empty = everyone.is_none_or(|queue| queue.is_empty_on(monday, holiday));
        Metric::count("EmptyMondays", u64::from(empty), ("Audience", "everyone")).record();
        Ok(empty)
    }

    /// What a poll is opened with: keys for everyone and for each part of its audience, and how many could answer.
    async fn opening(&self, poll: &Poll) -> Result<(Keys, Electorate), CommunityError> {
        let electorate = poll.electorate(&self.members.census().await?, self.floor);
        let heads = self.signer.public().await?;
        let mut ballots = vec![self.keys.make(poll.id, EVERYONE).await?];
        for segment in &electorate.segments {
            ballots.push(self.keys.make(poll.id, &segment.name).await?);
        }
        Ok((Keys { ballots, heads }, electorate))
    }
}
