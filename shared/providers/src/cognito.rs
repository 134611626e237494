//! The user pool's own view of a signed-in person: their verified e-mail address.
//!
//! `GetUser` is authorised by the access token itself, so it needs no AWS credentials.

use reqwest::Client;
use serde::{Deserialize, Serialize};

use crate::{
    CallError,
    call::{send, text},
};

#[derive(Serialize)]
struct Request<'a> {
    #[serde(rename = "AccessToken")]
    access_token: &'a str,
}

#[derive(Deserialize)]
struct User {
    #[serde(rename = "UserAttributes")]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Value")]
    value: String,
}

/// A client of the user pool's public endpoint.
#[derive(Debug, Clone)]
pub struct UserPool {
    client: Client,
    endpoint: String,
}

impl UserPool {
    /// A client of the regional endpoint, for example `https://cognito-idp.eu-central-1.amazonaws.com`.
    pub const fn new(client: Client, endpoint: String) -> Self {
        Self { client, endpoint }
    }

    /// The bearer's e-mail address, if the pool has verified it.
    ///
    /// # Errors
    /// When the pool does not answer or no longer honours the token.
    pub async fn verified_email(&self, access_token: &str) -> Result<Option<String>, CallError> {
        let request = self
            .client
            .post(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "AWSCognitoIdentityProviderService.GetUser")
            .body(serde_json::to_vec(&Request { access_token }).map_err(|_| CallError::NotTaken)?);
        let user: User = serde_json::from_str(&text(send(request, &[]).await?).await?)
            .map_err(|_| CallError::Unreadable)?;
        let value =
            |name: &str| user.attributes.iter().find(|one| one.name == name).map(|one| one.value.clone());
        let verified = value("email_verified").as_deref() == Some("true");
        Ok(value("email").filter(|_| verified))
    }
}
