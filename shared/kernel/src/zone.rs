//! Time zones: what day it is somewhere, and what moment a time of day is there.

use std::{fmt, str::FromStr};

use jiff::{
    Span, Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use crate::Invalid;

/// A time zone of the IANA database, which is built in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// What day it is there.
    pub fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.0.clone()).date()
    }

    /// The moment of a time of a day there. A time that a change of the clocks leaves out is as much later.
    pub fn at(&self, day: Date, hour: i8, minute: i8) -> Timestamp {
        let time = day.at(hour.clamp(0, 23), minute.clamp(0, 59), 0, 0);
        // Only the ends of time, thousands of years away, have no moment.
        self.0.to_ambiguous_timestamp(time).compatible().unwrap_or(Timestamp::MAX)
    }

    /// When it is next between two hours of a day there: at once, or at the first of them.
    pub fn between(&self, at: Timestamp, from: i8, to: i8) -> Timestamp {
        let here = at.to_zoned(self.0.clone());
        if (from..to).contains(&here.hour()) {
            return at;
        }
        let day =
            if here.hour() < from { here.date() } else { here.date().saturating_add(Span::new().days(1)) };
        self.at(day, from, 0)
    }

    /// So many days later, at the same time of day.
    pub fn later(&self, at: Timestamp, days: u16) -> Timestamp {
        let here = at.to_zoned(self.0.clone());
        here.checked_add(Span::new().days(i64::from(days))).map_or(Timestamp::MAX, |later| later.timestamp())
    }
}

/// The Monday of a day's week (ISO 8601: weeks begin with it).
pub fn monday(day: Date) -> Date {
    let since = day.weekday().since(Weekday::Monday);
    day.saturating_sub(Span::new().days(i64::from(since)))
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl FromStr for Zone {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        TimeZone::get(text).map(Self).map_err(|_| {
            Invalid::new("this is no time zone", "name one of the IANA database, such as Europe/Paris")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_stays_when_the_clocks_are_changed() {
        let zone: Zone = "Europe/Paris".parse().expect("a zone");
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        assert_eq!(zone.later(time("2026-10-19T07:00:00Z"), 7), time("2026-10-26T08:00:00Z"));
        // Half past two is left out on this day.
        let day: Date = "2026-03-29".parse().expect("a day");
        assert_eq!(zone.at(day, 2, 30), time("2026-03-29T01:30:00Z"));
        assert!("Europe/Nowhere".parse::<Zone>().is_err());
        assert_eq!(zone.to_string(), "Europe/Paris");
    }

    #[test]
    fn what_comes_at_night_is_for_the_next_morning() {
        let zone: Zone = "Asia/Tokyo".parse().expect("a zone");
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        for (at, then) in [
            ("2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z"),
            ("2026-11-30T13:00:00Z", "2026-11-30T23:00:00Z"),
            ("2026-11-29T20:00:00Z", "2026-11-29T23:00:00Z"),
        ] {
            assert_eq!(zone.between(time(at), 8, 18), time(then), "{at}");
        }
        let always = time("2026-11-30T13:00:00Z");
        assert_eq!(zone.between(always, 0, 24), always);
    }

    #[test]
    fn a_week_begins_on_monday() {
        let day = |text: &str| text.parse::<Date>().expect("a day");
        for (of, begins) in
            [("2026-11-29", "2026-11-23"), ("2026-11-30", "2026-11-30"), ("2026-12-01", "2026-11-30")]
        {
            assert_eq!(monday(day(of)), day(begins), "{of}");
        }
    }
}
