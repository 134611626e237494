//! Countries by their ISO 3166-1 alpha-2 code.

use std::{fmt, str::FromStr};

use crate::{Invalid, text_value};

/// A country, as its two-letter ISO 3166-1 code in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(&'static str);

impl Country {
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
    fn a_country_is_two_capitals_of_the_standard() {
        assert_eq!("US".parse(), Ok(Country::US));
        for wrong in ["us", "USA", "XX", ""] {
            assert!(wrong.parse::<Country>().is_err(), "{wrong} was taken");
        }
    }
}
