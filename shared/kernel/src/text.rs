//! Text that people write: trimmed, bounded, free of control characters.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, schema::Schema, schema::Type},
};

use crate::Invalid;

/// A line or a passage of 1 to `MAX` characters (Unicode scalar values) after trimming.
///
/// Line feeds and tabs may stand in it; other control characters, and the characters that turn
/// the direction of text around, are refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// A title or a name: up to 200 characters.
pub type Line = Text<200>;
/// A question, a comment, advice: up to 5,000 characters.
pub type Passage = Text<5_000>;
/// A history or a set of findings: up to 20,000 characters.
pub type Narrative = Text<20_000>;

impl<const MAX: usize> Text<MAX> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("this text is empty", "write at least one character"));
        }
        let length = text.chars().count();
        if length > MAX {
            return Err(Invalid::new(
                format!("this text has {length} characters and {MAX} are allowed"),
                format!("shorten it to at most {MAX} characters"),
            ));
        }
        if text.chars().any(is_refused) {
            return Err(Invalid::new(
                "this text holds a control character",
                "remove control characters and text-direction marks",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_refused(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl<const MAX: usize> PartialSchema for Text<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX)).into()
    }
}

impl<const MAX: usize> ToSchema for Text<MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Text{MAX}").into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_trimmed_and_bounded_in_characters() {
        assert_eq!("  é ".parse::<Text<1>>().map(|t| t.to_string()), Ok("é".to_owned()));
        assert!("éé".parse::<Text<1>>().is_err());
        assert!(" \n ".parse::<Text<9>>().is_err());
    }

    #[test]
    fn control_and_direction_characters_are_refused() {
        for wrong in ["a\u{0}b", "a\u{7f}b", "a\u{202e}b", "a\rb"] {
            assert!(wrong.parse::<Line>().is_err(), "{wrong:?} was taken");
        }
        assert!("a\nb\tc".parse::<Line>().is_ok());
    }

    proptest! {
        #[test]
        fn what_is_taken_is_taken_again_unchanged(text in ".{0,40}") {
            if let Ok(once) = text.parse::<Text<20>>() {
                let again = once.as_str().parse::<Text<20>>();
                prop_assert_eq!(again, Ok(once));
            }
        }
    }
}
