//! Calling out: one client, bounded in time and size, and what can go wrong.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, redirect};

/// How long a provider may take in all.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long one of several calls may take that somebody waits for.
const BRISK: Duration = Duration::from_secs(6);
/// How long a file may take.
const DOWNLOAD: Duration = Duration::from_secs(300);
/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Why a provider gave no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The request was provably not taken: no connection, 429, or 503. It may be made again.
    #[error("the provider did not take the request")]
    NotTaken,
    /// The request may have been taken, and its answer is lost. It must not be made again unseen.
    #[error("the provider's answer was lost")]
    Lost,
    /// The provider answered something that is not of its documented shape.
    #[error("the provider's answer cannot be read")]
    Unreadable,
    /// The provider refused our credentials or the request itself, with this status.
    #[error("the provider refused the request with status {0}")]
    Refused(u16),
}

impl CallError {
    /// The same of a free call: what was lost on the way may be asked again.
    #[must_use]
    pub(crate) const fn again(self) -> Self {
        match self {
            Self::Lost => Self::NotTaken,
            other => other,
        }
    }
}

/// A client for several calls in a row that somebody waits for.
///
/// # Errors
/// When the platform's TLS cannot be set up.
pub fn brisk_client() -> Result<Client, reqwest::Error> {
    Client::builder().timeout(BRISK).redirect(redirect::Policy::none()).build()
}

/// A client for large files: it waits for minutes.
///
/// # Errors
/// When the platform's TLS cannot be set up.
pub fn patient_client() -> Result<Client, reqwest::Error> {
    Client::builder().timeout(DOWNLOAD).redirect(redirect::Policy::none()).build()
}

/// A client with the limits that every call to a provider has. It follows no redirect.
///
/// # Errors
/// When the platform's TLS cannot be set up.
pub fn client() -> Result<Client, reqwest::Error> {
    Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build()
}

/// Sends a request and sorts what came of it; statuses listed in `known` are answers too.
pub(crate) async fn send(request: RequestBuilder, known: &[u16]) -> Result<Response, CallError> {
    let response = request
        .send()
        .await
        .map_err(|error| if error.is_connect() { CallError::NotTaken } else { CallError::Lost })?;
    match response.status().as_u16() {
        200..=299 => Ok(response),
        status if known.contains(&status) => Ok(response),
        429 | 503 => Err(CallError::NotTaken),
        status @ 400..=499 => Err(CallError::Refused(status)),
        _ => Err(CallError::Lost),
    }
}

/// Reads an answer's text, bounded.
pub(crate) async fn text(response: Response) -> Result<String, CallError> {
    String::from_utf8(bytes(response, LARGEST_ANSWER).await?).map_err(|_| CallError::Unreadable)
}

/// Reads an answer's bytes, at most so many.
pub(crate) async fn bytes(mut response: Response, most: usize) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| CallError::Lost)? {
        if bytes.len() + chunk.len() > most {
            return Err(CallError::Unreadable);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
