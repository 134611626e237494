//! `GET /polls/calendar`, `PUT /polls/{poll}/place` and the holidays: moderators arrange what is asked on which Monday.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use community::{
    calendar::{Calendar, Place, Queue},
    poll::Poll,
};
use edge::{Input, Now, Path, Problem, ProblemBody, auth::Moderator};
use http::StatusCode;
use kernel::{
    Audience, Date, Invalid, Span, Timestamp,
    id::PollId,
    text::{Line, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;

/// How many Mondays are shown.
const MONDAYS: usize = 12;

/// A poll that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingPoll {
    poll: PollId,
    question: Text<500>,
    /// The date that it is pinned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<Date>,
}

/// What waits for the Mondays of an audience.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PollQueue)]
pub(crate) struct QueueView {
    audience: Audience,
    /// What is pinned to dates, the next one first.
    pinned: Vec<WaitingPoll>,
    /// What waits in line, in its order.
    waiting: Vec<WaitingPoll>,
    /// What steps in on a holiday, and when nothing waits.
    evergreen: Vec<WaitingPoll>,
    /// The poll that was opened last.
    standing: Option<PollId>,
}

/// A Monday, and what it opens if nothing is changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Monday {
    date: Date,
    /// Its name, if it is a holiday: then queues rest.
    holiday: Option<Line>,
    /// One a queue, in the order of `queues`; nothing where none waits.
    polls: Vec<Option<PollId>>,
}

/// A day on which queues rest.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Holiday {
    date: Date,
    name: Line,
}

/// What is asked on which Monday.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PollCalendar)]
pub(crate) struct CalendarView {
    /// The time zone of dates and of the moment on Mondays at which polls are opened.
    time_zone: String,
    /// That moment, as hours and minutes.
    time: String,
    /// When that was last.
    last: Timestamp,
    queues: Vec<QueueView>,
    mondays: Vec<Monday>,
    holidays: Vec<Holiday>,
}

/// A holiday's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HolidayName)]
pub(crate) struct Name {
    /// For moderators to see.
    name: Line,
}

/// A poll's new place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PollMove)]
pub(crate) struct Move {
    /// Where it is to wait.
    place: Place,
}

impl CalendarView {
    fn new(app: &App, calendar: &Calendar, polls: Vec<Poll>, now: Timestamp) -> Self {
        let questions: BTreeMap<PollId, Text<500>> =
            polls.into_iter().map(|poll| (poll.id, poll.content.question)).collect();
        let Calendar { queues, holidays } = calendar;
        let first = app.rhythm.next(now);
        let weeks = (0_i64..).take(MONDAYS).map(|week| first.saturating_add(Span::new().days(7 * week)));
        let dates: Vec<Date> = weeks.collect();
        let mut ahead: Vec<_> =
            queues.iter().map(|queue| queue.ahead(&dates, holidays).into_iter()).collect();
        let mondays = dates.iter().map(|date| Monday {
            date: *date,
            holiday: holidays.get(date).cloned(),
            polls: ahead.iter_mut().map(|queue| queue.next().flatten()).collect(),
        });
        Self {
            time_zone: app.rhythm.zone.to_string(),
            time: format!("{:02}:{:02}", app.rhythm.hour, app.rhythm.minute),
            last: app.rhythm.before(now),
            mondays: mondays.collect(),
            queues: queues.iter().map(|queue| QueueView::new(queue, &questions)).collect(),
            holidays: holidays
                .iter()
                .map(|(date, name)| Holiday { date: *date, name: name.clone() })
                .collect(),
        }
    }
}

impl QueueView {
    fn new(queue: &Queue, questions: &BTreeMap<PollId, Text<500>>) -> Self {
        // What was removed in a review is passed over.
        let shown = |poll: &PollId, date: Option<Date>| {
            let question = questions.get(poll)?.clone();
            Some(WaitingPoll { poll: *poll, question, date })
        };
        let listed = |polls: &[PollId]| polls.iter().filter_map(|poll| shown(poll, None)).collect();
        Self {
            audience: queue.audience.clone(),
            pinned: queue.pinned.iter().filter_map(|(date, poll)| shown(poll, Some(*date))).collect(),
            waiting: listed(&queue.waiting),
            evergreen: listed(&queue.evergreen),
            standing: queue.standing,
        }
    }
}

/// What waits for which Monday: the queue of each audience, and what the next twelve Mondays open as it stands.
#[utoipa::path(
    get, path = "/polls/calendar", tag = "polls",
    responses(
        (status = 200, description = "The calendar", body = CalendarView),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn calendar(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
) -> Result<Json<CalendarView>, Problem> {
    let mut calendar = app.calendar.read().await?;
    let polls = app.calendar.polls(&calendar).await?;
    calendar.retain(&polls.iter().map(|poll| poll.id).collect());
    Ok(Json(CalendarView::new(&app, &calendar, polls, now)))
}

/// Moves an approved poll: within its queue, to a date, or among the evergreens.
#[utoipa::path(
    put, path = "/polls/{poll}/place", tag = "polls",
    params(("poll" = PollId, Path)),
    request_body = Move,
    responses(
        (status = 204, description = "Moved"),
        (status = 400, description = "The date is past", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
        (status = 404, description = "No such poll", body = ProblemBody),
        (status = 409, description = "It does not wait, or the place is taken", body = ProblemBody),
        (status = 503, description = "Others change the same queue; try again", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn place(
    State(app): State<App>,
    Now(now): Now,
    _by: Moderator,
    Path(id): Path<PollId>,
    Input(Move { place }): Input<Move>,
) -> Result<StatusCode, Problem> {
    let poll = app.store.find(id).await?;
    app.calendar.place(&poll, place, app.today(now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The day that a path names.
fn day(text: &str) -> Result<Date, Invalid> {
    text.parse().map_err(|_| Invalid::new("this is no date", "send one such as 2026-12-28").at("date"))
}

/// Makes a day a holiday: queues rest on it, and an evergreen steps in.
#[utoipa::path(
    put, path = "/polls/calendar/holidays/{date}", tag = "polls",
    params(("date" = Date, Path)),
    request_body = Name,
    responses(
        (status = 204, description = "It is a holiday"),
        (status = 400, description = "No date, or no name", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn mark_holiday(
    State(app): State<App>,
    _by: Moderator,
    Path(date): Path<String>,
    Input(Name { name }): Input<Name>,
) -> Result<StatusCode, Problem> {
    app.calendar.mark(day(&date)?, Some(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a day a day like any other.
#[utoipa::path(
    delete, path = "/polls/calendar/holidays/{date}", tag = "polls",
    params(("date" = Date, Path)),
    responses(
        (status = 204, description = "It is no holiday"),
        (status = 400, description = "No date", body = ProblemBody),
        (status = 401, description = "No valid session", body = ProblemBody),
        (status = 403, description = "Not a moderator", body = ProblemBody),
    ),
    security(("session" = [])),
)]
pub(crate) async fn unmark_holiday(
    State(app): State<App>,
    _by: Moderator,
    Path(date): Path<String>,
) -> Result<StatusCode, Problem> {
    app.calendar.mark(day(&date)?, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
