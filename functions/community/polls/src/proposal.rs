//! What whoever proposes or edits a poll sends.

use community::{
    breakdown::Breakdown,
    poll::{Content, Source},
    review::Overridden,
};
use edge::Problem;
use kernel::{
    Audience,
    text::{Line, Text},
};
use screening::{Override, Screen};
use serde::Deserialize;
use utoipa::ToSchema;

/// A poll, as it is proposed or edited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proposal {
    /// What it asks.
    question: Text<500>,
    /// Two to ten different answers.
    options: Vec<Line>,
    /// What one should know before answering.
    #[serde(default)]
    context: Option<Text<2_000>>,
    /// Where more can be read: up to five.
    #[serde(default)]
    sources: Vec<Source>,
    /// Who may answer; everyone without it.
    #[serde(default)]
    audience: Audience,
    /// By what its result is broken down: by groups of specialties without it.
    #[serde(default)]
    breakdown: Breakdown,
    /// Whether the proposer's screen name is to stand beside it. Only they can wish that; without it an edit leaves it as
    /// it is.
    #[serde(default)]
    pub(crate) credited: Option<bool>,
    /// What was found in an earlier attempt and says nothing of a patient.
    #[serde(default)]
    overrides: Vec<Override>,
}

impl Proposal {
    /// What it asks, and what was overridden in its texts.
    ///
    /// # Errors
    /// When it cannot be answered, or identifiers are found.
    pub(crate) fn screened(self, screen: &Screen) -> Result<(Content, Vec<Overridden>), Problem> {
        let Self { question, options, context, sources, audience, breakdown, overrides, .. } = self;
        let content = Content { question, options, context, sources, audience, breakdown }.checked()?;
        let numbered = |field: &'static str| move |number: usize| format!("{field}[{number}]");
        let (option, source) = (numbered("options"), numbered("sources"));
        let texts = [("question".to_owned(), content.question.as_str())]
            .into_iter()
            .chain(content.context.iter().map(|text| ("context".to_owned(), text.as_str())))
            .chain(content.options.iter().enumerate().map(|(number, text)| (option(number), text.as_str())))
            .chain(
                content
                    .sources
                    .iter()
                    .enumerate()
                    .map(|(number, one)| (format!("{}.title", source(number)), one.title.as_str())),
            );
        let overridden = screen.check(texts, overrides)?;
        Ok((content, overridden))
    }
}
