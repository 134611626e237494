//! Which poll is opened on which Monday: a queue for each audience, dates that polls are pinned to, holidays, and
//! evergreen polls for a Monday that has none.

mod store;

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Audience, Date, Invalid, Timestamp, Zone, id::PollId, text::Line};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::CommunityError;
pub use store::{Calendars, Opened, Turn};

/// The most polls that wait in one queue, or as evergreens, or for their dates.
const MOST: usize = 100;

/// When polls are opened: on Mondays at this time of this place.
#[derive(Debug, Clone)]
pub struct Rhythm {
    /// The place.
    pub zone: Zone,
    /// The hour, from 0.
    pub hour: i8,
    /// The minute.
    pub minute: i8,
}

/// Where a poll waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "in", deny_unknown_fields)]
#[schema(as = PollPlace)]
pub enum Place {
    /// In its audience's queue.
    Queue {
        /// Before how many others, from 0; without one, at the end.
        #[serde(default)]
        position: Option<usize>,
    },
    /// For a date: it is opened on the first Monday from then on, before the queue.
    Date {
        /// The date, in the time zone of the calendar.
        date: Date,
    },
    /// Among the evergreens, for a holiday or for when nothing else waits.
    Evergreen {
        /// Before how many others, from 0; without one, at the end.
        #[serde(default)]
        position: Option<usize>,
    },
}

impl Default for Place {
    fn default() -> Self {
        Self::Queue { position: None }
    }
}

/// The polls of an audience that wait for their Mondays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The audience.
    pub audience: Audience,
    /// When it began: Mondays before are none of it.
    #[serde(default)]
    pub began: Timestamp,
    /// The last Monday's moment that it had its turn for.
    #[serde(default)]
    pub done: Option<Timestamp>,
    /// How often it was changed.
    pub version: i64,
    /// Those that are pinned to a date.
    #[serde(default)]
    pub pinned: BTreeMap<Date, PollId>,
    /// The others, in their order.
    #[serde(default)]
    pub waiting: Vec<PollId>,
    /// Those that step in.
    #[serde(default)]
    pub evergreen: Vec<PollId>,
    /// The poll that was opened last.
    #[serde(default)]
    pub standing: Option<PollId>,
}

/// What waits, and when nothing is to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The queues, one an audience.
    pub queues: Vec<Queue>,
    /// The days on which the queues rest, with their names.
    pub holidays: BTreeMap<Date, Line>,
}

impl Calendar {
    /// Leaves out what does not wait any more: it was removed in a review.
    pub fn retain(&mut self, waiting: &BTreeSet<PollId>) {
        for queue in &mut self.queues {
            queue.pinned.retain(|_, poll| waiting.contains(poll));
            queue.waiting.retain(|poll| waiting.contains(poll));
            queue.evergreen.retain(|poll| waiting.contains(poll));
        }
    }
}

impl Rhythm {
    /// The last Monday's moment that is not after `now`.
    pub fn before(&self, now: Timestamp) -> Timestamp {
        let today = self.zone.date(now);
        let monday = kernel::monday(today);
        let this = self.zone.at(monday, self.hour, self.minute);
        if this <= now {
            this
        } else {
            let before = monday.saturating_sub(kernel::Span::new().days(7));
            self.zone.at(before, self.hour, self.minute)
        }
    }

    /// The next Monday's date after `now`.
    pub fn next(&self, now: Timestamp) -> Date {
        self.zone.date(self.before(now)).saturating_add(kernel::Span::new().days(7))
    }

    /// When a poll that is opened for a Monday is over: so many days later at the same time of day.
    pub fn closing(&self, opened: Timestamp, days: u16) -> Timestamp {
        self.zone.later(opened, days)
    }
}

impl Queue {
    /// An empty one, for which Mondays count from `now` on.
    pub fn new(audience: Audience, now: Timestamp) -> Self {
        Self {
            audience,
            began: now,
            done: None,
            version: 0,
            pinned: BTreeMap::new(),
            waiting: Vec::new(),
            evergreen: Vec::new(),
            standing: None,
        }
    }

    /// Whether a Monday's moment is to be done yet: none was since then.
    pub fn is_due(&self, moment: Timestamp, since: Timestamp) -> bool {
        self.began < moment && self.done.is_none_or(|done| done < since)
    }

    /// Takes a poll out.
    pub fn remove(&mut self, poll: PollId) {
        self.pinned.retain(|_, pinned| *pinned != poll);
        self.waiting.retain(|waiting| *waiting != poll);
        self.evergreen.retain(|evergreen| *evergreen != poll);
    }

    /// Puts a poll to a place, and nowhere else.
    ///
    /// # Errors
    /// [`CommunityError::DateTaken`]; [`CommunityError::QueueFull`]; when a date is past, of which `today` is the judge.
    pub fn put(&mut self, poll: PollId, place: Place, today: Date) -> Result<(), CommunityError> {
        self.remove(poll);
        let (list, position) = match place {
            Place::Date { date } => {
                if date < today {
                    let remedy = format!("pin it to {today} or later");
                    return Err(Invalid::new("this date is past", remedy).at("date").into());
                }
                if self.pinned.contains_key(&date) {
                    return Err(CommunityError::DateTaken);
                }
                if self.pinned.len() >= MOST {
                    return Err(CommunityError::QueueFull);
                }
                self.pinned.insert(date, poll);
                return Ok(());
            }
            Place::Queue { position } => (&mut self.waiting, position),
            Place::Evergreen { position } => (&mut self.evergreen, position),
        };
        if list.len() >= MOST {
            return Err(CommunityError::QueueFull);
        }
        let at = position.map_or(list.len(), |position| position.min(list.len()));
        list.insert(at, poll);
        Ok(())
    }

    /// The poll for a Monday: what is pinned to it, or was to a date that went by; else the next of the queue, but on a
    /// holiday; else an evergreen.
    pub fn next(&self, monday: Date, holiday: bool) -> Option<PollId> {
        let pinned = self.pinned.first_key_value().filter(|(date, _)| **date <= monday);
        let waiting = self.waiting.first().filter(|_| !holiday);
        pinned.map(|(_, poll)| poll).or(waiting).or_else(|| self.evergreen.first()).copied()
    }

    /// Whether nothing was chosen for a Monday, so that an evergreen steps in or none is opened.
    pub fn is_empty_on(&self, monday: Date, holiday: bool) -> bool {
        let chosen = Self { evergreen: Vec::new(), ..self.clone() }.next(monday, holiday);
        // On a holiday that is as it should be, if an evergreen is there.
        chosen.is_none() && (!holiday || self.evergreen.is_empty())
    }

    /// What the next so many Mondays open, if nothing else is put in.
    pub fn ahead(&self, mondays: &[Date], holidays: &BTreeMap<Date, Line>) -> Vec<Option<PollId>> {
        let mut left = self.clone();
        let step = |monday: &Date| {
            let next = left.next(*monday, holidays.contains_key(monday));
            next.into_iter().for_each(|poll| left.remove(poll));
            next
        };
        mondays.iter().map(step).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn polls(count: i64) -> Vec<PollId> {
        (0..count).map(|second| PollId::at(Timestamp::from_second(second).expect("a time"))).collect()
    }

    fn rhythm() -> Rhythm {
        Rhythm { zone: "America/New_York".parse().expect("a zone"), hour: 8, minute: 0 }
    }

    #[test]
    fn a_monday_begins_at_its_hour_of_its_place_summer_or_winter() {
        let rhythm = rhythm();
        for (now, monday) in [
            ("2026-11-30T12:59:59Z", "2026-11-23T13:00:00Z"),
            ("2026-11-30T13:00:00Z", "2026-11-30T13:00:00Z"),
            ("2026-12-04T20:00:00Z", "2026-11-30T13:00:00Z"),
            // Summer time.
            ("2026-07-06T12:00:00Z", "2026-07-06T12:00:00Z"),
            // Late on Sunday there, Monday in Greenwich.
            ("2026-12-07T03:00:00Z", "2026-11-30T13:00:00Z"),
        ] {
            assert_eq!(rhythm.before(time(now)), time(monday), "{now}");
        }
        assert_eq!(rhythm.next(time("2026-11-30T13:00:00Z")), date("2026-12-07"));
        // The end of summer time: a week is an hour longer.
        assert_eq!(rhythm.closing(time("2026-10-26T12:00:00Z"), 7), time("2026-11-02T13:00:00Z"));
    }

    #[test]
    fn a_date_goes_before_the_queue_and_an_evergreen_behind_it() {
        let [pinned, first, second, evergreen] = polls(4).try_into().expect("four");
        let mut queue = Queue::new(Audience::default(), Timestamp::UNIX_EPOCH);
        let today = date("2026-11-29");
        queue.put(evergreen, Place::Evergreen { position: None }, today).expect("put");
        queue.put(second, Place::default(), today).expect("put");
        queue.put(first, Place::Queue { position: Some(0) }, today).expect("put");
        queue.put(pinned, Place::Date { date: date("2026-12-07") }, today).expect("put");
        let mondays = ["2026-11-30", "2026-12-07", "2026-12-14", "2026-12-21", "2026-12-28"].map(date);
        let ahead = queue.ahead(&mondays, &BTreeMap::new());
        assert_eq!(ahead, [Some(first), Some(pinned), Some(second), Some(evergreen), None]);
        // On a holiday the queue rests; what is pinned does not.
        let holidays =
            ["2026-11-30", "2026-12-07"].map(|day| (date(day), "A feast".parse().expect("a name")));
        let ahead = queue.ahead(&mondays, &BTreeMap::from(holidays));
        assert_eq!(ahead, [Some(evergreen), Some(pinned), Some(first), Some(second), None]);
        // A date that went by without a Monday is made up for first.
        assert_eq!(queue.next(date("2026-12-14"), false), Some(pinned));
    }

    #[test]
    fn a_poll_waits_in_one_place_and_a_date_is_for_one() {
        let [one, other] = polls(2).try_into().expect("two");
        let mut queue = Queue::new(Audience::default(), Timestamp::UNIX_EPOCH);
        let (today, monday) = (date("2026-11-29"), date("2026-11-30"));
        queue.put(one, Place::default(), today).expect("put");
        queue.put(one, Place::Date { date: monday }, today).expect("put");
        assert!(queue.waiting.is_empty());
        let taken = queue.put(other, Place::Date { date: monday }, today);
        assert!(matches!(taken, Err(CommunityError::DateTaken)));
        let past = queue.put(other, Place::Date { date: date("2026-11-28") }, today);
        assert!(matches!(past, Err(CommunityError::Invalid(_))));
        for poll in polls(i64::try_from(MOST).expect("small")) {
            queue.put(poll, Place::default(), today).expect("put");
        }
        assert!(matches!(queue.put(other, Place::default(), today), Err(CommunityError::QueueFull)));
    }

    #[test]
    fn a_monday_is_empty_unless_something_was_chosen_or_a_holidays_evergreen_is_there() {
        let [waiting, evergreen] = polls(2).try_into().expect("two");
        let (today, monday) = (date("2026-11-29"), date("2026-11-30"));
        let mut queue = Queue::new(Audience::default(), Timestamp::UNIX_EPOCH);
        assert!(queue.is_empty_on(monday, false) && queue.is_empty_on(monday, true));
        queue.put(evergreen, Place::Evergreen { position: None }, today).expect("put");
        assert!(queue.is_empty_on(monday, false) && !queue.is_empty_on(monday, true));
        queue.put(waiting, Place::default(), today).expect("put");
        assert!(!queue.is_empty_on(monday, false));
    }

    proptest! {
        /// However polls are moved, each waits in one place, and each is opened once, until none is left.
        #[test]
        fn every_poll_is_opened_once(moves in proptest::collection::vec((0_usize..12, 0_u8..3, 0_usize..12), 0..60)) {
            let (polls, today) = (polls(12), date("2026-11-29"));
            let mut queue = Queue::new(Audience::default(), Timestamp::UNIX_EPOCH);
            let mut put = std::collections::BTreeSet::new();
            for (poll, place, at) in moves {
                let days = kernel::Span::new().days(i64::try_from(at).unwrap_or_default());
                let place = match place {
                    0 => Place::Queue { position: Some(at) },
                    1 => Place::Evergreen { position: Some(at) },
                    _ => Place::Date { date: today.saturating_add(days) },
                };
                let before = queue.clone();
                if queue.put(polls[poll], place, today).is_ok() {
                    put.insert(polls[poll]);
                } else {
                    queue = before;
                }
            }
            let mondays: Vec<Date> =
                (1..15).map(|week| today.saturating_add(kernel::Span::new().days(7 * week))).collect();
            let opened: Vec<PollId> = queue.ahead(&mondays, &BTreeMap::new()).into_iter().flatten().collect();
            prop_assert_eq!(opened.len(), put.len());
            prop_assert_eq!(opened.into_iter().collect::<std::collections::BTreeSet<_>>(), put);
        }
    }
}
