//! Clinical text without the eighteen identifiers of HIPAA's Safe Harbor (45 CFR 164.514(b)(2)): what identifies is
//! replaced by a placeholder that says its kind, and all else is left as it was typed.

mod date;
mod lexicon;
mod name;
mod normal;
mod pattern;
mod place;
mod searched;

use serde::Serialize;

pub use self::searched::Searched;
use self::{lexicon::Lexicon, name::Names, normal::Normal, pattern::Patterns};

/// A kind of identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person's name.
    Name,
    /// A street address, a post box.
    Address,
    /// A place smaller than a state; a postal code, of which the first three digits stay.
    Place,
    /// A hospital, practice, school or the like.
    Facility,
    /// A date, of which the year stays.
    Date,
    /// An age over 89.
    Age,
    /// A telephone or fax number.
    Phone,
    /// An e-mail address.
    Email,
    /// A web address or the name of an account.
    Url,
    /// An internet or hardware address.
    Network,
    /// A number or code of a person, record, account, plan, licence, vehicle or device.
    Id,
}

/// A place in a text that was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What stood there.
    pub kind: Kind,
    /// Where it began, in characters (Unicode scalar values) of the text that was given.
    pub start: usize,
    /// Where it ended, past its last character.
    pub end: usize,
}

/// A text that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anonymised {
    /// The text with placeholders.
    pub text: String,
    /// What was replaced, in the text's order.
    pub changes: Vec<Change>,
}

/// A piece of normalised text that identifies, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    kind: Kind,
    start: usize,
    end: usize,
    /// What may stand in its place beside its kind: the year of a date, the beginning of a postal code.
    rest: String,
}

impl Span {
    const fn new(kind: Kind, start: usize, end: usize) -> Self {
        Self { kind, start, end, rest: String::new() }
    }

    fn placeholder(&self) -> String {
        let kind = match self.kind {
            Kind::Age => return self.rest.clone(),
            Kind::Name => "NAME",
            Kind::Address => "ADDRESS",
            Kind::Place => "PLACE",
            Kind::Facility => "FACILITY",
            Kind::Date => "DATE",
            Kind::Phone => "PHONE",
            Kind::Email => "EMAIL",
            Kind::Url => "URL",
            Kind::Network => "NETWORK",
            Kind::Id => "ID",
        };
        if self.rest.is_empty() { format!("[{kind}]") } else { format!("[{kind} {}]", self.rest) }
    }
}

/// Finds and replaces identifiers. Made once, used for any number of texts.
#[derive(Debug)]
pub struct Anonymiser {
    lexicon: Lexicon,
    patterns: Patterns,
    /// Years before this one would tell of an age over 89.
    first_year: u32,
}

impl Anonymiser {
    /// Makes one for texts that are written in this year.
    #[must_use]
    pub fn new(year: u32) -> Self {
        Self { lexicon: Lexicon::load(), patterns: Patterns::load(), first_year: year.saturating_sub(89) }
    }

    /// Replaces what identifies.
    #[must_use]
    pub fn anonymise(&self, text: &str) -> Anonymised {
        let normal = Normal::of(text);
        let spans = self.spans(normal.text(), &mut Names::default());
        normal.replaced(text, &spans)
    }

    /// Finds what identifies in texts that belong together: who is named in one is known in all.
    #[must_use]
    pub fn search<'t>(&self, texts: &[&'t str]) -> Vec<Searched<'t>> {
        let mut names = Names::default();
        let normals: Vec<Normal<'t>> = texts.iter().map(|text| Normal::of(text)).collect();
        for normal in &normals {
            self.spans(normal.text(), &mut names);
        }
        let search = |(original, normal): (&&'t str, Normal<'t>)| {
            let spans = self.spans(normal.text(), &mut names);
            Searched { original, normal, spans }
        };
        texts.iter().zip(normals).map(search).collect()
    }

    /// The identifiers of a normalised text, in order, none overlapping. What names people in it joins the names.
    fn spans(&self, text: &str, known: &mut Names) -> Vec<Span> {
        let mut spans = self.patterns.find(text);
        date::find(text, self.first_year, &mut spans);
        place::find(text, &self.lexicon, &mut spans);
        let spans = apart(spans);
        let names = name::find(text, &self.lexicon, &spans, known);
        apart(spans.into_iter().chain(names).collect())
    }
}

/// Spans in order; those that overlap are one, of the longer one's kind.
fn apart(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut apart: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.start < last.end => {
                if span.end - span.start > last.end - last.start {
                    last.kind = span.kind;
                    last.rest = span.rest;
                }
                last.end = last.end.max(span.end);
            }
            _ => apart.push(span),
        }
    }
    apart
}

#[cfg(test)]
mod tests;
