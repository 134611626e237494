//! Countries by their ISO 3166-1 alpha-2 code.

use std::{fmt, str::FromStr};

use crate::{Invalid, Zone, text_value};

/// A country, as its two-letter ISO 3166-1 code in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(&'static str);

/// The time zone in which most of a country's people live, by its code (IANA time zone database, `zone.tab`; of
/// countries with several, the one of the largest city).
const ZONES: &str = include_str!("../data/zones.csv");

impl Country {
    /// All countries.
    pub fn all() -> impl Iterator<Item = Self> {
        rust_iso3166::ALL_ALPHA2.iter().filter_map(|code| code.parse().ok())
    }

    /// The time zone in which most of its people live.
    pub fn zone(self) -> Zone {
        let line = ZONES.lines().find_map(|line| line.strip_prefix(self.0)?.strip_prefix(','));
        line.and_then(|name| name.parse().ok()).unwrap_or_default()
    }

    /// The United States, whose licence and identity sources differ from all others'.
    pub const US: Self = Self("US");

    /// The two-letter code.
    pub const fn code(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Country {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        rust_iso3166::from_alpha2(text).map(|country| Self(country.alpha2)).ok_or_else(|| {
            Invalid::new("this is not an ISO 3166-1 country code", "send two capital letters, such as FR")
        })
    }
}

text_value!(Country, "An ISO 3166-1 alpha-2 country code.", "FR");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_time_zone() {
        let listed = |country: &Country| ZONES.contains(&format!("\n{country},"));
        let missing: Vec<Country> = Country::all().filter(|country| !listed(country)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        for line in ZONES.lines().skip(1) {
            let (code, zone) = line.split_once(',').expect("two cells");
            assert!(code.parse::<Country>().is_ok() && zone.parse::<Zone>().is_ok(), "{line}");
        }
        assert_eq!(
            "FR".parse::<Country>().map(|country| country.zone().to_string()).as_deref(),
            Ok("Europe/Paris")
        );
        assert!(Country::all().count() > 240);
    }

    #[test]
    fn a_country_is_two_capitals_of_the_standard() {
        assert_eq!("US".parse(), Ok(Country::US));
        for wrong in ["us", "USA", "XX", ""] {
            assert!(wrong.parse::<Country>().is_err(), "{wrong} was taken");
        }
    }
}
