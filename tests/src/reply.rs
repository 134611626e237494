//! What came back.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// A reply with its body read.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Reply {
    /// Reads a response to its end.
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.expect("a body") }
    }

    /// The body as JSON, after checking the status.
    ///
    /// # Panics
    /// When the status is another one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { serde_json::from_str(&self.text).expect("JSON") }
    }

    /// Checks that this is a problem of that status and code, with a remedy, as RFC 9457 wants it.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["type"], format!("https://curbside.dev/problems/{code}"), "{body}");
        assert_eq!(body["status"], status, "{body}");
        assert!(body["remedy"].as_str().is_some_and(|text| !text.is_empty()), "no remedy: {body}");
        let media = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        assert_eq!(media, Some("application/problem+json"), "{body}");
        body
    }
}
