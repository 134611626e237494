//! The Monday schedule: opens what the calendar has for a Monday, closes what is over, makes up for a Monday that was
//! missed, and warns of one that is empty.

use ballot::Bytes;
use community::{
    CommunityError,
    ballots::{BallotKeys, EVERYONE, HeadSigner, Keys},
    calendar::{Calendars, Rhythm, Turn},
    member::{Census, Members},
    poll::{Electorate, Poll, Polls},
};
use edge::{Metric, StartError, config};
use kernel::{Audience, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

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
    /// Whether each ring is a Monday of its own, as where everything goes fast; else there is one a day.
    pub often: bool,
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
    /// `SEGMENT_FLOOR`, `OFTEN`.
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
        let (floor, often) = (env.parsed("SEGMENT_FLOOR"), env.parsed("OFTEN"));
        env.finish()?;
        Ok(Self {
            store: Polls::new(table.clone()),
            calendar: Calendars::new(table.clone()),
            members: Members::new(table),
            floor,
            rhythm: Rhythm { zone, hour, minute },
            days,
            often,
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
            Ring::Monday { occurrence } if self.often => Ok(self.turn(occurrence, occurrence, now).await?),
            Ring::Monday { occurrence } => Ok(self.turn(occurrence, self.day(occurrence), now).await?),
            // A Monday that was missed is made up for.
            Ring::Sweep {} => {
                let moment = self.rhythm.before(now);
                Ok(self.turn(moment, self.day(moment), now).await?)
            }
            Ring::LookAhead {} => Ok(Rung { empty: self.look_ahead(now).await?, ..Rung::default() }),
        }
    }

    /// Since when it is that day: a Monday of whose day something was done is done with, also if its hour was moved.
    fn day(&self, moment: Timestamp) -> Timestamp {
        self.rhythm.zone.at(self.rhythm.zone.date(moment), 0, 0)
    }

    async fn turn(
        &self,
        moment: Timestamp,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Rung, CommunityError> {
        let (day, closes_at) = (self.rhythm.zone.date(moment), self.rhythm.closing(moment, self.days));
        let turn = Turn { moment, since, day, closes_at };
        let same = OnceCell::new();
        let turned = self.calendar.turn(turn, now, async |poll: &Poll| self.opening(poll, &same).await).await;
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
    /// What is the same for all polls of a turn is read for the first of them.
    async fn opening(
        &self,
        poll: &Poll,
        same: &OnceCell<(Census, Bytes)>,
    ) -> Result<(Keys, Electorate), CommunityError> {
        let read =
            async || Ok::<_, CommunityError>((self.members.census().await?, self.signer.public().await?));
        let (census, heads) = same.get_or_try_init(read).await?;
        let electorate = poll.electorate(census, self.floor);
        let mut ballots = vec![self.keys.make(poll.id, EVERYONE).await?];
        for segment in &electorate.segments {
            ballots.push(self.keys.make(poll.id, &segment.name).await?);
        }
        Ok((Keys { ballots, heads: heads.clone() }, electorate))
    }
}
