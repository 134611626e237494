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
/// Line ends become line feeds; a text of at most 200 characters is one line and has none. Tabs may
/// stand in it; other control characters, characters that turn the direction of text around, and characters
/// that show nothing are refused. The joiners that scripts and emoji need may stand between visible ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// The longest text that is one line, in characters.
const LINE: usize = 200;

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
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim();
        if !text.chars().any(is_visible) {
            return Err(Invalid::new("this text is empty", "write at least one visible character"));
        }
        let length = text.chars().count();
        if length > MAX {
            return Err(Invalid::new(
                format!("this text has {length} characters and {MAX} are allowed"),
                format!("shorten it to at most {MAX} characters"),
            ));
        }
        if MAX <= LINE && text.contains(['\n', '\u{2028}', '\u{2029}']) {
            return Err(Invalid::new("this text has several lines", "write it in one line"));
        }
        if let Some(c) = text.chars().find(|c| is_refused(*c)) {
            return Err(Invalid::new(
                format!("this text holds the character U+{:04X}, which nobody can see", u32::from(c)),
                "remove control characters, text-direction marks and invisible characters",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Control characters, direction marks, what shows nothing at all, tags, and what is no character.
fn is_refused(c: char) -> bool {
    let code = u32::from(c);
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
        || matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{E0000}'..='\u{E007F}')
        || matches!(c, '\u{FDD0}'..='\u{FDEF}')
        || code & 0xFFFE == 0xFFFE
}

/// Zero-width joiners, variation selectors and the marks of a letter's direction: they shape what stands beside
/// them, and alone show nothing.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{200E}' | '\u{200F}' | '\u{61C}' | '\u{180E}' | '\u{34F}')
        || matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !is_joiner(c) && !is_refused(c) && c != '\u{2800}'
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(Invalid::carried)
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
        for wrong in ["a\u{0}b", "a\u{7f}b", "a\u{202e}b", "a\u{200b}b", "a\u{e0041}b", "a\u{ffff}b"] {
            assert!(wrong.parse::<Line>().is_err(), "{wrong:?} was taken");
        }
        assert!("a\nb\tc".parse::<Passage>().is_ok());
        assert_eq!("❤\u{fe0f}".parse::<Line>().map(|text| text.to_string()), Ok("❤\u{fe0f}".to_owned()));
        assert!("नमस्\u{200d}ते 👩\u{200d}⚕\u{fe0f}".parse::<Line>().is_ok());
    }

    #[test]
    fn line_ends_become_line_feeds_and_a_line_has_none() {
        assert_eq!("a\r\nb\rc".parse::<Passage>().map(|text| text.to_string()), Ok("a\nb\nc".to_owned()));
        assert!("a\nb".parse::<Line>().is_err());
        assert!("a\u{2028}b".parse::<Line>().is_err());
    }

    #[test]
    fn a_text_that_shows_nothing_is_empty() {
        for wrong in
            ["\u{200d}", "\u{200e}", "\u{e0100}", "\u{2800}", "\u{3164}", "\u{200b}", "\u{fe0f}\u{200c}"]
        {
            assert!(wrong.parse::<Passage>().is_err(), "{wrong:?} was taken");
        }
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
