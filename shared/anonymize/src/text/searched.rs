//! A text in which identifiers were found, before it is decided which of them are replaced.

use super::{Anonymised, Change, Span, normal::Normal};

/// A text, and what identifies in it.
#[derive(Debug)]
pub struct Searched<'t> {
    pub(super) original: &'t str,
    pub(super) normal: Normal<'t>,
    pub(super) spans: Vec<Span>,
}

impl Searched<'_> {
    /// The text with placeholders for all that was found.
    #[must_use]
    pub fn anonymised(&self) -> Anonymised {
        self.normal.replaced(self.original, &self.spans)
    }

    /// The text with placeholders, but where what was found is spared.
    #[must_use]
    pub fn anonymised_but(&self, mut spared: impl FnMut(&Change) -> bool) -> Anonymised {
        let found = self.anonymised().changes;
        let left = self.spans.iter().zip(&found).filter(|(_, change)| !spared(change));
        self.normal.replaced(self.original, &left.map(|(span, _)| span.clone()).collect::<Vec<_>>())
    }
}
