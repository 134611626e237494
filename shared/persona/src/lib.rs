//! The parts that every stand-in of an outside service can play: what goes wrong with an answer, whatever it says.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http::StatusCode;

/// How long a slow answer takes: longer than any client waits.
const SLOW: Duration = Duration::from_secs(12);

/// Plays a part: the answer that stands for it; nothing when the true answer is to be given, which of a slow one is
/// after twelve seconds.
///
/// | part | answer |
/// | --- | --- |
/// | `throttled`, `unavailable`, `broken` | 429, 503, 500 |
/// | `malformed` | 200, and a page that is not what was asked for |
/// | `dropped` | a connection that ends in the middle of the answer |
/// | `slow` | the true one, after twelve seconds |
pub async fn play(part: &str) -> Option<Response> {
    let response = match part {
        "throttled" => StatusCode::TOO_MANY_REQUESTS.into_response(),
        "unavailable" => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        "broken" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "malformed" => "<html>not what was asked for</html>".into_response(),
        "dropped" => {
            let parts = [Ok(Bytes::from_static(b"{\"")), Err(std::io::Error::other("dropped"))];
            Body::from_stream(stream::iter(parts)).into_response()
        }
        "slow" => {
            tokio::time::sleep(SLOW).await;
            return None;
        }
        _ => return None,
    };
    Some(response)
}

/// The part that a text begins with, in small letters, if it begins with one.
pub fn begins(text: &str) -> &'static str {
    let parts = ["throttled", "unavailable", "broken", "malformed", "dropped", "slow"];
    parts.into_iter().find(|part| text.starts_with(part)).unwrap_or_default()
}
