//! Screen names: what others see instead of a person.

use std::{fmt, str::FromStr};

use kernel::{Invalid, text_value};

const SHORTEST: usize = 3;
const LONGEST: usize = 24;

/// Names that would pass for the house's own.
const RESERVED: [&str; 11] = [
    "admin",
    "administrator",
    "curbside",
    "formermember",
    "moderator",
    "newmember",
    "operator",
    "reviewer",
    "staff",
    "support",
    "system",
];

/// A screen name of 3 to 24 letters, digits, `-` and `_`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenName(String);

impl ScreenName {
    /// What two names that people could take for each other have in common: case and separators
    /// are folded, and the digits that look like letters read as those.
    pub fn skeleton(&self) -> String {
        self.0
            .to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .map(|c| match c {
                '0' => 'o',
                '1' | 'i' => 'l',
                '5' => 's',
                other => other,
            })
            .collect()
    }
}

impl fmt::Display for ScreenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ScreenName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
        if !(SHORTEST..=LONGEST).contains(&text.len()) || !text.chars().all(good) || !begins {
            return Err(Invalid::new(
                "a screen name has 3 to 24 letters, digits, hyphens or underscores and begins with a letter",
                "choose a name such as quiet-otter",
            ));
        }
        let name = Self(text.to_owned());
        if name.skeleton().len() < SHORTEST {
            return Err(Invalid::new(
                "a screen name has at least 3 letters or digits",
                "choose a longer one",
            ));
        }
        let reserved = |word: &str| Self(word.to_owned()).skeleton() == name.skeleton();
        if RESERVED.iter().any(|word| reserved(word)) {
            return Err(Invalid::new("this screen name is reserved", "choose another"));
        }
        Ok(name)
    }
}

text_value!(
    ScreenName,
    "3 to 24 letters, digits, hyphens or underscores, beginning with a letter.",
    "quiet-otter"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn skeleton(text: &str) -> String {
        text.parse::<ScreenName>().map(|name| name.skeleton()).unwrap_or_default()
    }

    #[test]
    fn similar_spellings_share_a_skeleton() {
        assert_eq!(skeleton("Quiet-Otter"), skeleton("quietotter"));
        assert_eq!(skeleton("b0b5"), skeleton("BOBS"));
        assert_eq!(skeleton("lil"), skeleton("l1I"));
        assert_ne!(skeleton("otter"), skeleton("other"));
    }

    #[test]
    fn names_out_of_bounds_or_reserved_are_refused() {
        for wrong in [
            "ab",
            "1abc",
            "a b c",
            "adm1n",
            "Mod-erator",
            "a--",
            "system",
            "naïve",
            "a234567890123456789012345",
        ] {
            assert!(wrong.parse::<ScreenName>().is_err(), "{wrong} was taken");
        }
    }
}
