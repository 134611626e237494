//! What callers send, bounded and read strictly: a refusal names the field.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::{header, request::Parts};
use kernel::{Class, Invalid};
use serde::de::DeserializeOwned;

use crate::Problem;

/// The largest JSON body that is read, in bytes: two narratives of four-byte characters and more.
const LARGEST_BODY: usize = 256 * 1024;

/// A JSON body.
#[derive(Debug)]
pub struct Input<T>(pub T);

/// The path's parameters. One that cannot be read is answered as one that does not exist.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// The query's parameters.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = bytes(&parts, body).await?;
        parse(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Path(value) =
            axum::extract::Path::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(
            form_urlencoded::parse(query.as_bytes()),
        ));
        pairs.map(Self).map_err(|error| invalid(error.path().to_string(), &error.inner().to_string()))
    }
}

pub(crate) fn not_found() -> Problem {
    Problem::new(
        Class::NotFound,
        "not_found",
        "there is nothing at this address for you",
        "check the address and the id in it",
    )
}

/// The body's bytes, of the right media type and within bounds.
pub(crate) async fn bytes(parts: &Parts, body: axum::body::Body) -> Result<axum::body::Bytes, Problem> {
    let bytes = axum::body::to_bytes(body, LARGEST_BODY).await.map_err(|_| {
        Problem::new(
            Class::TooLarge,
            "body_too_large",
            format!("the body is larger than {LARGEST_BODY} bytes"),
            "send less text; images are uploaded apart",
        )
    })?;
    let media = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let json = media.is_some_and(|media| {
        media.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    });
    if !json && !bytes.is_empty() {
        return Err(Problem::new(
            Class::Unsupported,
            "unsupported_media",
            "the body is not declared as JSON",
            "send the header Content-Type: application/json",
        ));
    }
    Ok(bytes)
}

/// Reads JSON; an empty body is an empty object.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| *first == b'[') {
        return Err(Problem::new(
            Class::Invalid,
            "malformed_json",
            "the body is a JSON array",
            "send one JSON object",
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.inner();
        if inner.is_syntax() || inner.is_eof() {
            return Problem::new(
                Class::Invalid,
                "malformed_json",
                format!("the body is not JSON at line {}, column {}", inner.line(), inner.column()),
                "send one JSON object",
            );
        }
        invalid(path, &strip_place(&inner.to_string()))
    })?;
    json.end().map_err(|_| {
        Problem::new(
            Class::Invalid,
            "malformed_json",
            "something follows the JSON object",
            "send one JSON object",
        )
    })?;
    Ok(value)
}

/// A refusal of one field; where the message names a field itself (unknown, missing), that one.
fn invalid(path: String, message: &str) -> Problem {
    let named = |prefix: &str| {
        message.strip_prefix(prefix).and_then(|rest| rest.split('`').nth(1)).map(str::to_owned)
    };
    let (problem, remedy) = Invalid::parted(message);
    let (code, field, remedy) = if let Some(field) = named("unknown field ") {
        ("unknown_field", below(&path, &field), "leave it out, or correct its name")
    } else if let Some(field) = named("missing field ") {
        ("missing_field", below(&path, &field), "send it")
    } else if let Some(field) = named("duplicate field ") {
        ("invalid_field", below(&path, &field), "send it once")
    } else {
        let see = "correct it as the API document says and send the request again";
        ("invalid_field", path, remedy.unwrap_or(see))
    };
    let problem = Problem::new(Class::Invalid, code, in_plain_words(problem), remedy.to_owned());
    if field.is_empty() || field == "." { problem } else { problem.at(field) }
}

/// The deserializer's words without the names of our types.
fn in_plain_words(message: &str) -> String {
    let Some((found, expected)) = message.split_once(", expected ") else { return message.to_owned() };
    let expected = match expected.split(' ').next() {
        Some("struct" | "internally" | "adjacently") => "an object",
        Some("usize" | "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64") => "a whole number",
        Some("f32" | "f64") => "a number",
        _ => expected,
    };
    format!("{found}, expected {expected}")
}

fn below(path: &str, field: &str) -> String {
    match path {
        "" | "." => field.to_owned(),
        path if path == field || path.ends_with(&format!(".{field}")) => path.to_owned(),
        path => format!("{path}.{field}"),
    }
}

fn strip_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(text, _)| text).to_owned()
}

#[cfg(test)]
mod tests {
    use kernel::text::Line;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the reading is tested")]
    struct Outer {
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the reading is tested")]
    struct Inner {
        title: Line,
    }

    fn refused(json: &str) -> (String, Option<String>) {
        let problem = parse::<Outer>(json.as_bytes()).map(|_| ()).expect_err("this must be refused");
        let body = problem.body();
        (body.kind.rsplit('/').next().unwrap_or_default().to_owned(), body.field.clone())
    }

    #[test]
    fn a_refusal_says_what_to_do_in_plain_words() {
        let told = |json: &str| {
            let problem = parse::<Outer>(json.as_bytes()).map(|_| ()).expect_err("this must be refused");
            let body = problem.body();
            (body.detail.clone(), body.remedy.clone())
        };
        let (detail, remedy) = told(r#"{"inner":{"title":""}}"#);
        assert_eq!(detail, "this text is empty");
        assert_eq!(remedy.as_deref(), Some("write at least one visible character"));
        assert_eq!(told(r#"{"inner":7}"#).0, "invalid type: integer `7`, expected an object");
    }

    #[test]
    fn a_refusal_names_the_field_that_is_wrong() {
        let cases = [
            (r#"{"inner":{"title":""}}"#, "invalid_field", Some("inner.title")),
            (r#"{"inner":{"title":7}}"#, "invalid_field", Some("inner.title")),
            (r#"{"inner":{"title":"a","x":1}}"#, "unknown_field", Some("inner.x")),
            (r#"{"inner":{}}"#, "missing_field", Some("inner.title")),
            ("", "missing_field", Some("inner")),
            (r#"{"inner":"#, "malformed_json", None),
            (r#"{"inner":{"title":"a"}} {}"#, "malformed_json", None),
            (r#" [{"title":"a"}]"#, "malformed_json", None),
            (r#"{"inner":{"title":"a","title":"b"}}"#, "invalid_field", Some("inner.title")),
        ];
        for (json, code, field) in cases {
            assert_eq!(refused(json), (code.to_owned(), field.map(str::to_owned)), "{json}");
        }
    }
}
