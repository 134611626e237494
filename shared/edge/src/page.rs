//! Lists, a page at a time: the next page's address stands in the `Link` header (RFC 8288).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde::Serialize;

/// A page of a list.
#[derive(Debug)]
pub struct Paged<T> {
    /// The JSON of this page.
    pub body: T,
    /// The query string of the next page without its cursor, for example `specialty=cardiology`.
    pub query: String,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl<T: Serialize> IntoResponse for Paged<T> {
    fn into_response(self) -> Response {
        let mut response = axum::Json(self.body).into_response();
        if let Some(cursor) = self.next {
            let separator = if self.query.is_empty() { "" } else { "&" };
            let link = format!("<?{}{separator}cursor={cursor}>; rel=\"next\"", self.query);
            if let Ok(value) = HeaderValue::from_str(&link) {
                response.headers_mut().insert(header::LINK, value);
            }
        }
        response
    }
}
