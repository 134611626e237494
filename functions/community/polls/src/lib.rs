//! Polls: written by members and the community team, approved, shown with their results, and their public records.

mod approve;
mod calendar;
mod change;
mod create;
mod edit;
mod formats;
mod list;
mod live;
mod mine;
mod proposal;
mod public;
mod record;
mod show;
mod similar;
mod view;

use std::{collections::HashMap, sync::Arc};

use ballot::log::Log;
use community::{
    ballots::Board,
    calendar::{Calendars, Rhythm},
    member::Members,
    poll::Polls,
};
use edge::{Api, StartError, config, secret};
use kernel::{Date, Timestamp, id::PollId};
use screening::Screen;
use table::{CursorKey, Table};
use tokio::sync::Mutex;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    store: Polls,
    /// What waits for which Monday.
    calendar: Calendars,
    /// When Mondays begin.
    rhythm: Rhythm,
    /// Who could answer.
    members: Members,
    /// The fewest members that an audience has.
    floor: u64,
    boards: Board,
    /// What looks through texts.
    screen: Screen,
    /// The key that signs cursors.
    cursors: CursorKey,
    /// The counts that many watch, and when they were read.
    kept: Arc<Mutex<HashMap<PollId, (Timestamp, live::Live)>>>,
    /// The log that a proof was last asked of.
    log: Arc<Mutex<Option<(PollId, Log)>>>,
}

impl App {
    /// With a table, what looks through texts, when Mondays begin and how many members an audience has at least, and the
    /// key that signs cursors.
    pub fn new(table: Table, screen: Screen, (rhythm, floor): (Rhythm, u64), cursors: CursorKey) -> Self {
        let (store, calendar) = (Polls::new(table.clone()), Calendars::new(table.clone()));
        let members = Members::new(table.clone());
        let boards = Board::new(table);
        let (kept, log) = (Arc::default(), Arc::default());
        Self { store, calendar, rhythm, members, floor, boards, screen, cursors, kept, log }
    }

    /// The moment, and what day it is where the calendar is.
    fn today(&self, now: Timestamp) -> (Timestamp, Date) {
        (now, self.rhythm.zone.date(now))
    }

    /// Reads the environment: `TABLE`, `CURSOR_SECRET`, `POLL_ZONE`, `POLL_HOUR`, `POLL_MINUTE`,
    /// `SEGMENT_FLOOR`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let cursor = env.text("CURSOR_SECRET");
        let (zone, hour, minute) =
            (env.parsed("POLL_ZONE"), env.parsed("POLL_HOUR"), env.parsed("POLL_MINUTE"));
        let floor = env.parsed("SEGMENT_FLOOR");
        env.finish()?;
        let cursors = CursorKey::new(secret::fetch(&aws, &cursor).await?);
        Ok(Self::new(table, Screen::load(edge::now()), (Rhythm { zone, hour, minute }, floor), cursors))
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create, list::list))
        .routes(routes!(mine::mine))
        .routes(routes!(calendar::calendar))
        .routes(routes!(calendar::mark_holiday, calendar::unmark_holiday))
        .routes(routes!(show::show, edit::edit))
        .routes(routes!(live::live))
        .routes(routes!(similar::similar))
        .routes(routes!(approve::approve))
        .routes(routes!(approve::decline))
        .routes(routes!(calendar::place))
        .routes(routes!(change::extend))
        .routes(routes!(change::withdraw))
        .routes(routes!(change::correct))
        .routes(routes!(public::closed_list))
        .routes(routes!(public::closed))
        .routes(routes!(public::table))
        .routes(routes!(public::parts))
        .routes(routes!(public::chart))
        .routes(routes!(public::atom))
        .routes(routes!(public::json_feed))
        .routes(routes!(record::record))
        .routes(routes!(record::head))
        .routes(routes!(record::inclusion))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
