//! How a rule says no. An error names its class and its code; only the HTTP edge knows status codes.

use std::borrow::Cow;

/// The kinds of refusal a caller can meet. `shared/edge` maps each to one HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The input is malformed or out of bounds; the caller can correct it.
    Invalid,
    /// No credentials, or credentials that do not hold.
    Unauthenticated,
    /// Known caller, but not one who may do this.
    Forbidden,
    /// It does not exist, or the caller may not learn that it does.
    NotFound,
    /// The state of things forbids it now: closed, already done, taken.
    Conflict,
    /// The caller edited a version that is no longer the newest.
    Stale,
    /// The same key was used for another request.
    Mismatch,
    /// A text says, or may say, who somebody is.
    Identifying,
    /// Larger than allowed.
    TooLarge,
    /// A media type that is not taken.
    Unsupported,
    /// Too many requests in too short a time.
    Throttled,
    /// A service we depend on did not answer; trying again may help.
    Unavailable,
    /// Our own fault. The caller learns nothing of the cause.
    Internal,
}

/// An error that a caller may hear of: what is public about it, and nothing else.
pub trait Refusal: std::error::Error {
    /// Which kind of refusal this is.
    fn class(&self) -> Class;

    /// The stable snake_case code that ends the problem's `type`.
    fn code(&self) -> &'static str;

    /// The field at fault, as a path such as `licence.number`, where one is.
    fn field(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// What the caller can do about it, in a sentence.
    fn remedy(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// An input that a value's own rules refuse.
///
/// Values do not know which field they stand in; [`Invalid::at`] says it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Invalid {
    field: Option<Cow<'static, str>>,
    problem: Cow<'static, str>,
    remedy: Cow<'static, str>,
}

impl Invalid {
    /// A problem and its remedy, each a sentence.
    pub fn new(problem: impl Into<Cow<'static, str>>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self { field: None, problem: problem.into(), remedy: remedy.into() }
    }

    /// The same refusal, placed at a field.
    #[must_use]
    pub fn at(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// Stands between a problem and its remedy where only one text can be passed on.
const REMEDY: char = '\u{1F}';

impl Invalid {
    /// The refusal as the error of a deserializer, which carries one text: problem and remedy in one, to be
    /// taken apart by [`Invalid::parted`].
    pub fn carried<E: serde::de::Error>(self) -> E {
        E::custom(format_args!("{}{REMEDY}{}", self.problem, self.remedy))
    }

    /// Problem and remedy of a text that [`Invalid::carried`] made; no remedy in any other.
    pub fn parted(text: &str) -> (&str, Option<&str>) {
        text.split_once(REMEDY).map_or((text, None), |(problem, remedy)| (problem, Some(remedy)))
    }
}

impl Refusal for Invalid {
    fn class(&self) -> Class {
        Class::Invalid
    }

    fn code(&self) -> &'static str {
        "invalid_field"
    }

    fn field(&self) -> Option<Cow<'_, str>> {
        self.field.as_deref().map(Cow::Borrowed)
    }

    fn remedy(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.remedy))
    }
}
