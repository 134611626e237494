//! The user pool's own view of a signed-in person: their verified e-mail address.
//!
//! `GetUser` and `DeleteUser` are authorised by the access token itself, so they need no AWS credentials.

use reqwest::{Client, StatusCode};
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

    /// Deletes the bearer's sign-in.
    ///
    /// # Errors
    /// When the pool does not answer; [`CallError::Refused`] when it no longer honours the token, as after a
    /// deletion.
    pub async fn delete(&self, access_token: &str) -> Result<(), CallError> {
        self.call("DeleteUser", access_token).await.map(drop)
    }

    /// The bearer's e-mail address, if the pool has verified it.
    ///
    /// # Errors
    /// When the pool does not answer or no longer honours the token.
    pub async fn verified_email(&self, access_token: &str) -> Result<Option<String>, CallError> {
        let body = self.call("GetUser", access_token).await?;
        let user: User = serde_json::from_str(&body).map_err(|_| CallError::Unreadable)?;
        let value =
            |name: &str| user.attributes.iter().find(|one| one.name == name).map(|one| one.value.clone());
        let verified = value("email_verified").as_deref() == Some("true");
        Ok(value("email").filter(|_| verified))
    }

    async fn call(&self, operation: &str, access_token: &str) -> Result<String, CallError> {
        let request = self
            .client
            .post(&self.endpoint)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
            .body(serde_json::to_vec(&Request { access_token }).map_err(|_| CallError::NotTaken)?);
        let response = send(request, &[400]).await?;
        let refused = response.status() == StatusCode::BAD_REQUEST;
        let body = text(response).await?;
        if refused { Err(sort(&body)) } else { Ok(body) }
    }
}

/// What a refusal of the pool amounts to: it answers 400 to a bad token and to a caller in too great a hurry
/// alike, and says which in `__type`.
fn sort(body: &str) -> CallError {
    let signed_out = ["NotAuthorizedException", "UserNotFoundException", "PasswordResetRequiredException"];
    if signed_out.iter().any(|kind| body.contains(kind)) {
        CallError::Refused(400)
    } else {
        CallError::NotTaken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_not_honoured_is_told_from_a_pool_that_is_busy() {
        let busy = r#"{"__type":"TooManyRequestsException","message":"Rate exceeded"}"#;
        assert_eq!(sort(busy), CallError::NotTaken);
        let ended = r#"{"__type":"NotAuthorizedException","message":"Access Token has been revoked"}"#;
        assert_eq!(sort(ended), CallError::Refused(400));
    }
}
