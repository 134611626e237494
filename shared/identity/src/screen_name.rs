//! Screen names: what others see instead of a person.

use std::{fmt, str::FromStr};

use kernel::{Invalid, text_value};
use rustrict::{Censor, Type};

const SHORTEST: usize = 3;
const LONGEST: usize = 24;

/// Names that would pass for the house's own.
const RESERVED: [&str; 20] = [
    "admin",
    "administrator",
    "anonymous",
    "api",
    "curbside",
    "curbsideteam",
    "everyone",
    "formermember",
    "help",
    "moderator",
    "newmember",
    "nobody",
    "official",
    "operator",
    "reviewer",
    "root",
    "security",
    "staff",
    "support",
    "system",
];

/// A screen name of 3 to 24 letters, digits, `-` and `_`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenName(String);

impl ScreenName {
    /// Checks that a name can be taken: that it does not pass for the house's own, and does not offend. A name
    /// that was taken stays, whatever these lists become.
    ///
    /// # Errors
    /// When it is reserved or would offend.
    pub fn check(&self) -> Result<(), Invalid> {
        let skeleton = self.skeleton();
        if RESERVED.iter().any(|word| Self((*word).to_owned()).skeleton() == skeleton) {
            return Err(Invalid::new("this screen name is reserved", "choose another").at("screen_name"));
        }
        if self.offends() {
            return Err(Invalid::new("this screen name would offend", "choose another").at("screen_name"));
        }
        Ok(())
    }

    /// Whether a name offends: moderately word by word, or severely with its words run together. A word that
    /// is mostly digits is a number: otherwise, half of all numbers would spell something.
    fn offends(&self) -> bool {
        let is_number = |word: &&str| word.bytes().filter(u8::is_ascii_digit).count() * 2 > word.len();
        let words: Vec<&str> = self.0.split(['-', '_']).filter(|word| !is_number(word)).collect();
        let finds =
            |text: &str, severity| Censor::from_str(text).analyze().is(Type::INAPPROPRIATE & severity);
        finds(&words.join(" "), Type::MODERATE_OR_HIGHER) || finds(&words.concat(), Type::SEVERE)
    }

    /// What two names that people could take for each other have in common: case and separators are folded,
    /// and what looks like a letter reads as that letter.
    pub fn skeleton(&self) -> String {
        let folded: String = self
            .0
            .to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .map(|c| LOOKALIKES.iter().find(|(like, _)| *like == c).map_or(c, |(_, letter)| *letter))
            .collect();
        PAIRS.iter().fold(folded, |text, (pair, letter)| text.replace(pair, letter))
    }
}

/// Characters that are taken for a letter.
const LOOKALIKES: [(char, char); 9] = [
    ('0', 'o'),
    ('1', 'l'),
    ('i', 'l'),
    ('3', 'e'),
    ('4', 'a'),
    ('5', 's'),
    ('6', 'b'),
    ('8', 'b'),
    ('2', 'z'),
];

/// Pairs of letters that are taken for one.
const PAIRS: [(&str, &str); 3] = [("rn", "m"), ("vv", "w"), ("cl", "d")];

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

    fn acceptable(text: &str) -> bool {
        text.parse::<ScreenName>().is_ok_and(|name| name.check().is_ok())
    }

    #[test]
    fn similar_spellings_share_a_skeleton() {
        assert_eq!(skeleton("Quiet-Otter"), skeleton("quietotter"));
        assert_eq!(skeleton("b0b5"), skeleton("BOBS"));
        assert_eq!(skeleton("lil"), skeleton("l1I"));
        assert_eq!(skeleton("modern-vvolf"), skeleton("modem-wolf"));
        assert_eq!(skeleton("c10wn"), skeleton("down"));
        assert_eq!(skeleton("Z3bra48"), skeleton("zebraAB"));
        assert_ne!(skeleton("otter"), skeleton("other"));
    }

    #[test]
    fn a_name_that_offends_is_refused_and_a_clinical_one_is_not() {
        for wrong in ["fuckface", "f-u-c-k-you", "sh1thead", "Dr_Nazi-B1tch", "a-n-i-g-g-e-r", "cunt42"] {
            assert!(!acceptable(wrong), "{wrong} was taken");
        }
        for good in
            ["quiet-otter", "analgesic-otter", "Assessor", "scunthorpe-gp", "heron-4554552180", "covid-19"]
        {
            assert!(acceptable(good), "{good} was refused");
        }
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
            assert!(!acceptable(wrong), "{wrong} was taken");
        }
    }
}
