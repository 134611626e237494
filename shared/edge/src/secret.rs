//! Secrets: fetched once at start, redacted wherever they might be printed.

use std::fmt;

use aws_config::SdkConfig;
use lambda_runtime::Error;
use serde::{Deserialize, de::DeserializeOwned};

/// A secret text. It prints as `redacted` and is compared in constant time by those who use it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A secret of that text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one call that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redacted")
    }
}

/// Fetches a secret's text from Secrets Manager. One call, made at cold start.
///
/// # Errors
/// When the secret cannot be read.
pub async fn fetch(aws: &SdkConfig, id: &str) -> Result<Secret, Error> {
    let client = aws_sdk_secretsmanager::Client::new(aws);
    let output = client.get_secret_value().secret_id(id).send().await?;
    let text = output.secret_string.ok_or("the secret holds no text")?;
    Ok(Secret(text))
}

/// Fetches a secret that holds a JSON document, such as a provider's credentials.
///
/// # Errors
/// When the secret cannot be read or is not of that shape. The error never shows the secret.
pub async fn fetch_json<T: DeserializeOwned>(aws: &SdkConfig, id: &str) -> Result<T, Error> {
    let secret = fetch(aws, id).await?;
    serde_json::from_str(secret.reveal()).map_err(|_| "the secret is not of the expected shape".into())
}
