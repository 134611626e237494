//! Secrets: fetched once at start.

use aws_config::SdkConfig;
use kernel::Secret;
use lambda_runtime::Error;
use serde::de::DeserializeOwned;

/// Fetches a secret's text from Secrets Manager. One call, made at cold start.
///
/// # Errors
/// When the secret cannot be read.
pub async fn fetch(aws: &SdkConfig, id: &str) -> Result<Secret, Error> {
    let client = aws_sdk_secretsmanager::Client::new(aws);
    let output = client.get_secret_value().secret_id(id).send().await?;
    let text = output.secret_string.ok_or("the secret holds no text")?;
    Ok(Secret::new(text))
}

/// Fetches a secret that holds a JSON document, such as a provider's credentials.
///
/// # Errors
/// When the secret cannot be read or is not of that shape. The error never shows the secret.
pub async fn fetch_json<T: DeserializeOwned>(aws: &SdkConfig, id: &str) -> Result<T, Error> {
    let secret = fetch(aws, id).await?;
    serde_json::from_str(secret.reveal()).map_err(|_| "the secret is not of the expected shape".into())
}
