//! What a caller hears when something goes wrong: RFC 9457 problem details.
//!
//! The policy: a refusal names the field and the remedy. A fault of ours says nothing of its cause,
//! which is logged once, here. What a caller may not see does not exist.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kernel::{Class, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the types of problems are described.
pub const TYPE_BASE: &str = "https://curbside.dev/problems/";

/// A problem on its way to the caller.
#[derive(Debug)]
pub struct Problem(Box<ProblemBody>);

/// The JSON of a problem (RFC 9457, media type `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// A stable address that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "https://curbside.dev/problems/invalid_field")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    #[schema(example = 400)]
    pub status: u16,
    /// What is wrong in this case.
    pub detail: String,
    /// The field at fault, as a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "licence.number")]
    pub field: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Of texts in which identifiers were found: each without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<TextDiff>,
}

/// A text without the identifiers that were found in it, and where they stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TextDiff {
    /// The field, as a path.
    #[schema(example = "history")]
    pub field: String,
    /// The whole text with placeholders.
    #[schema(example = "[NAME] was seen in [DATE 2021] with chest pain.")]
    pub text: String,
    /// What was found, in the text's order.
    pub changes: Vec<TextChange>,
}

/// A place in a text that was sent, in characters (Unicode scalar values) of the text without white space around it and
/// with single line feeds for line ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TextChange {
    /// `name`, `address`, `place`, `facility`, `date`, `age`, `phone`, `email`, `url`, `network` or `id`.
    #[schema(example = "name")]
    pub kind: String,
    /// Where it begins.
    pub start: usize,
    /// Where it ends, past its last character.
    pub end: usize,
}

/// The HTTP status and the title of each class of refusal.
const fn status(class: Class) -> (StatusCode, &'static str) {
    match class {
        Class::Invalid => (StatusCode::BAD_REQUEST, "The request is not valid"),
        Class::Unauthenticated => (StatusCode::UNAUTHORIZED, "Sign in first"),
        Class::Forbidden => (StatusCode::FORBIDDEN, "This is not open to you"),
        Class::NotFound => (StatusCode::NOT_FOUND, "There is no such thing"),
        Class::Conflict => (StatusCode::CONFLICT, "The state of things forbids it"),
        Class::Stale => (StatusCode::PRECONDITION_FAILED, "You edited an older version"),
        Class::Mismatch => (StatusCode::UNPROCESSABLE_ENTITY, "The key was used for another request"),
        Class::Identifying => (StatusCode::UNPROCESSABLE_ENTITY, "The text may say who somebody is"),
        Class::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "The request is too large"),
        Class::Unsupported => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "This media type is not taken"),
        Class::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        Class::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Try again in a moment"),
        Class::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side"),
    }
}

impl Problem {
    /// A problem that the edge itself finds, before a zone is asked.
    pub fn new(class: Class, code: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (status, title) = status(class);
        Self(Box::new(ProblemBody {
            kind: format!("{TYPE_BASE}{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            remedy: Some(remedy.into()),
            texts: Vec::new(),
        }))
    }

    /// The same problem, with texts as they could be sent.
    #[must_use]
    pub fn with_texts(mut self, texts: Vec<TextDiff>) -> Self {
        self.0.texts = texts;
        self
    }

    /// The same problem, placed at a field.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// The JSON that the caller will see.
    pub fn body(&self) -> &ProblemBody {
        &self.0
    }
}

impl<E: Refusal> From<E> for Problem {
    fn from(error: E) -> Self {
        let (status, title) = status(error.class());
        let ours = matches!(error.class(), Class::Internal | Class::Unavailable);
        if ours {
            tracing::error!(code = error.code(), cause = %error, "fault");
        }
        Self(Box::new(ProblemBody {
            kind: format!("{TYPE_BASE}{}", error.code()),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: if ours { title.to_owned() } else { error.to_string() },
            field: error.field().map(Into::into),
            remedy: if ours {
                Some("try again; if it goes on, tell the operator".to_owned())
            } else {
                error.remedy().map(Into::into)
            },
            texts: Vec::new(),
        }))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let json = serde_json::to_vec(&self.0).unwrap_or_default();
        let media = HeaderValue::from_static("application/problem+json");
        (status, [(header::CONTENT_TYPE, media)], json).into_response()
    }
}

#[cfg(test)]
mod tests {
    use kernel::Invalid;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the row for jane@example.org is broken")]
    struct Broken;

    impl Refusal for Broken {
        fn class(&self) -> Class {
            Class::Internal
        }

        fn code(&self) -> &'static str {
            "internal"
        }
    }

    #[test]
    fn a_refusal_names_its_field_and_its_remedy() {
        let problem = Problem::from(Invalid::new("too long", "shorten it").at("title"));
        assert_eq!(problem.body().status, 400);
        assert_eq!(problem.body().field.as_deref(), Some("title"));
        assert_eq!(problem.body().remedy.as_deref(), Some("shorten it"));
        assert_eq!(problem.body().kind, "https://curbside.dev/problems/invalid_field");
    }

    #[test]
    fn a_fault_of_ours_says_nothing_of_its_cause() {
        let json = serde_json::to_string(Problem::from(Broken).body()).unwrap_or_default();
        assert!(!json.contains("jane"), "{json}");
    }
}
