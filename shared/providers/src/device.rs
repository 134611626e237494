//! Server-side device scoring: has this device been here before, under another name?
//!
//! `POST /session/authenticate` with an `x-api-key`. The account is named by a pseudonym that this
//! vendor alone is given, never by an e-mail address or a screen name.

use kernel::Secret;
use reqwest::Client;
use serde::{Deserialize, Serialize};

use crate::{
    CallError,
    call::{send, text},
};

/// The vendor's scores, each from 0 (harmless) to 1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Score {
    /// The vendor's id of the request.
    pub request_id: String,
    /// The vendor's own conclusion, for example `Real`.
    pub decision: String,
    /// The risk that the account is fraudulent.
    pub account_score: f64,
    /// The likelihood that one person holds several accounts.
    pub multiple_accounts: f64,
}

#[derive(Serialize)]
struct Request<'a> {
    account: Account<'a>,
    session_id: &'a str,
}

#[derive(Serialize)]
struct Account<'a> {
    id: &'a str,
}

/// A client of the scoring service.
#[derive(Debug, Clone)]
pub struct Device {
    client: Client,
    base: String,
    api_key: Secret,
}

impl Device {
    /// A client of the service at `base`, without a trailing slash.
    pub const fn new(client: Client, base: String, api_key: Secret) -> Self {
        Self { client, base, api_key }
    }

    /// Scores a browser session for an account's pseudonym.
    ///
    /// # Errors
    /// When the service gives no usable answer.
    pub async fn score(&self, pseudonym: &str, session: &str) -> Result<Score, CallError> {
        let body = Request { account: Account { id: pseudonym }, session_id: session };
        let request = self
            .client
            .post(format!("{}/session/authenticate", self.base))
            .header("x-api-key", self.api_key.reveal())
            .json(&body);
        serde_json::from_str(&text(send(request, &[]).await?).await?).map_err(|_| CallError::Unreadable)
    }
}
