//! What a poll asks, and whom.

use kernel::{
    Audience, Invalid, Link,
    text::{Line, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::breakdown::Breakdown;

/// A poll has at least so many options.
const FEWEST_OPTIONS: usize = 2;
/// And at most so many.
const MOST_OPTIONS: usize = 10;
/// The most sources that a poll names.
const MOST_SOURCES: usize = 5;

/// Where what a poll asks about can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PollSource)]
pub struct Source {
    /// What it is.
    pub title: Line,
    /// Where it is.
    pub link: Link,
}

/// What a poll asks, and whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What it asks.
    pub question: Text<500>,
    /// What can be answered.
    pub options: Vec<Line>,
    /// What one should know before answering.
    #[serde(default)]
    pub context: Option<Text<2_000>>,
    /// Where more can be read.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Who may answer.
    #[serde(default)]
    pub audience: Audience,
    /// By what its result is broken down.
    #[serde(default)]
    pub breakdown: Breakdown,
}

impl Content {
    /// Checks that it can be answered.
    ///
    /// # Errors
    /// When there are too few, too many or equal options, too many sources, or an audience of nobody.
    pub fn checked(self) -> Result<Self, Invalid> {
        if !(FEWEST_OPTIONS..=MOST_OPTIONS).contains(&self.options.len()) {
            return Err(Invalid::new(
                format!("a poll has {FEWEST_OPTIONS} to {MOST_OPTIONS} options"),
                "add or leave out options",
            )
            .at("options"));
        }
        let mut sorted: Vec<String> =
            self.options.iter().map(|option| option.as_str().to_lowercase()).collect();
        sorted.sort();
        if sorted.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Invalid::new("two options are the same", "make them differ").at("options"));
        }
        if self.sources.len() > MOST_SOURCES {
            let problem = format!("a poll has at most {MOST_SOURCES} sources");
            return Err(Invalid::new(problem, "keep those that matter most").at("sources"));
        }
        Ok(Self { audience: self.audience.checked()?, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::tests::content;

    #[test]
    fn a_poll_has_two_to_ten_different_options_and_up_to_five_sources() {
        assert!(content(&["a", "b"]).checked().is_ok());
        assert!(content(&["a"]).checked().is_err());
        assert!(content(&["a", "A"]).checked().is_err());
        assert!(content(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]).checked().is_err());
        let link = "https://example.org/".parse().expect("a link");
        let source = Source { title: "A guideline".parse().expect("a title"), link };
        let with = |count: usize| Content { sources: vec![source.clone(); count], ..content(&["a", "b"]) };
        assert!(with(5).checked().is_ok() && with(6).checked().is_err());
        let nobody = Audience::Countries { countries: std::collections::BTreeSet::new() };
        assert!(Content { audience: nobody, ..content(&["a", "b"]) }.checked().is_err());
    }
}
