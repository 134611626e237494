//! AMA Physician Professional Data: is this physician licensed in the United States?
//!
//! OAuth 2 client credentials, a search that gives the entity's id (204: none), and the full profile
//! as XML (404: none).

mod profile;

use std::time::Duration;

use kernel::Secret;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    CallError, Record,
    call::{send, text},
};
use profile::read;

/// How long to wait before a call is made again that was not taken.
const PAUSE: Duration = Duration::from_millis(500);

/// Whom to look for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Search<'a> {
    /// By National Provider Identifier.
    Npi {
        /// Ten digits.
        npi_number: &'a str,
    },
    /// By the association's number of a medical education.
    MeNumber {
        /// Eleven digits.
        me_number: &'a str,
    },
    /// By legal name and date of birth.
    Name {
        /// Given name.
        first_name: &'a str,
        /// Family name.
        last_name: &'a str,
        /// Date of birth, as `YYYYMMDD`.
        date_of_birth: &'a str,
    },
}

/// Credentials and identity of this deployment towards the provider.
#[derive(Debug, Clone, Deserialize)]
pub struct Credentials {
    /// OAuth 2 client id.
    pub client_id: String,
    /// OAuth 2 client secret.
    pub client_secret: Secret,
    /// The header `X-SourceSystem`.
    pub source_system: String,
}

/// That a record has changed which the association watches for us.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Notification {
    #[serde(rename = "notificationId")]
    id: String,
    #[serde(rename = "entityId")]
    entity: String,
}

impl Notification {
    /// The id, if it is of a shape that can stand in an address.
    fn plain(&self) -> Result<&str, CallError> {
        let plain = !self.id.is_empty() && self.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if plain { Ok(&self.id) } else { Err(CallError::Unreadable) }
    }
}

#[derive(Deserialize)]
struct NotificationList {
    #[serde(default)]
    notifications: Vec<Notification>,
}

/// A client of the profiles service.
#[derive(Debug, Clone)]
pub struct Ama {
    client: Client,
    base: String,
    credentials: Credentials,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Found {
    entity_id: Entity,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entity {
    Text(String),
    Number(u64),
}

impl Ama {
    /// A client of the service at `base`, without a trailing slash.
    pub const fn new(client: Client, base: String, credentials: Credentials) -> Self {
        Self { client, base, credentials }
    }

    /// The record of the physician who is found first by one of these searches, if one is.
    ///
    /// Once a search was answered, a call that is not taken is repeated here, and in the end counts as lost: to
    /// begin anew would pay for the search again.
    ///
    /// # Errors
    /// When any of the calls gives no usable answer.
    pub async fn find(&self, searches: &[Search<'_>]) -> Result<Option<Record>, CallError> {
        let token = self.token().await?;
        let mut answered = false;
        for search in searches {
            let found = if answered {
                patiently(|| self.search(&token, search)).await?
            } else {
                self.search(&token, search).await?
            };
            answered = true;
            if let Some(entity) = found {
                // An entity without a profile is no proof that nobody is licensed.
                let record = patiently(|| self.profile(&token, entity.clone())).await?;
                return record.map(Some).ok_or(CallError::Unreadable);
            }
        }
        Ok(None)
    }

    async fn search(&self, token: &str, search: &Search<'_>) -> Result<Option<String>, CallError> {
        let request = self.client.post(format!("{}/physicians/search", self.base)).json(search);
        let response = send(self.signed(request, token), &[404]).await?;
        if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_FOUND) {
            return Ok(None);
        }
        let found: Found = serde_json::from_str(&text(response).await?).map_err(|_| CallError::Unreadable)?;
        let entity = match found.entity_id {
            Entity::Text(text) => text,
            Entity::Number(number) => number.to_string(),
        };
        let plain = !entity.is_empty() && entity.chars().all(|c| c.is_ascii_alphanumeric());
        if plain { Ok(Some(entity)) } else { Err(CallError::Unreadable) }
    }

    async fn profile(&self, token: &str, entity: String) -> Result<Option<Record>, CallError> {
        let profile = self.client.get(format!("{}/profiles/profile/full/{entity}", self.base));
        let response = send(self.signed(profile, token), &[404]).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        read(entity, &text(response).await?).map(Some)
    }

    /// Has the association watch a record, and tell when it changes. Asked again, it changes nothing.
    ///
    /// # Errors
    /// When the call gives no usable answer.
    pub async fn watch(&self, entity: &str) -> Result<(), CallError> {
        let token = self.token().await?;
        let address = format!("{}/profiles/monitor/entities/{entity}", self.base);
        send(self.signed(self.client.put(address), &token), &[400, 404]).await.map_err(CallError::again)?;
        Ok(())
    }

    /// Has the association watch a record no more (404: it did not).
    ///
    /// # Errors
    /// When the call gives no usable answer.
    pub async fn unwatch(&self, entity: &str) -> Result<(), CallError> {
        let token = self.token().await?;
        let address = format!("{}/profiles/monitor/entities/{entity}", self.base);
        send(self.signed(self.client.delete(address), &token), &[400, 404])
            .await
            .map_err(CallError::again)?;
        Ok(())
    }

    /// The notifications that were not acknowledged yet (204: none).
    ///
    /// # Errors
    /// When the call gives no usable answer.
    pub async fn notifications(&self) -> Result<Vec<Notification>, CallError> {
        let token = self.token().await?;
        let address = format!("{}/profiles/monitor/notifications", self.base);
        let response = send(self.signed(self.client.get(address), &token), &[]).await;
        let response = response.map_err(CallError::again)?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Vec::new());
        }
        let body = text(response).await.map_err(CallError::again)?;
        let list: NotificationList = quick_xml::de::from_str(&body).map_err(|_| CallError::Unreadable)?;
        Ok(list.notifications)
    }

    /// The record that a notification tells of, as it is now; nothing if the association has it no more.
    ///
    /// # Errors
    /// When the call gives no usable answer.
    pub async fn updated(&self, notification: &Notification) -> Result<Option<Record>, CallError> {
        let token = self.token().await?;
        let address = format!("{}/profiles/monitor/update/{}", self.base, notification.plain()?);
        let response = send(self.signed(self.client.get(address), &token), &[400, 404]).await;
        let response = response.map_err(CallError::again)?;
        if !response.status().is_success() {
            return Ok(None);
        }
        let body = text(response).await.map_err(CallError::again)?;
        read(notification.entity.clone(), &body).map(Some)
    }

    /// Acknowledges a notification, which is not told again.
    ///
    /// # Errors
    /// When the call gives no usable answer.
    pub async fn acknowledge(&self, notification: &Notification) -> Result<(), CallError> {
        let token = self.token().await?;
        let address = format!("{}/profiles/monitor/notifications/{}", self.base, notification.plain()?);
        let request = self.signed(self.client.delete(address), &token);
        send(request, &[400, 404]).await.map_err(CallError::again)?;
        Ok(())
    }

    fn signed(&self, request: RequestBuilder, token: &str) -> RequestBuilder {
        request.bearer_auth(token).header("X-SourceSystem", &self.credentials.source_system)
    }

    async fn token(&self) -> Result<String, CallError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.credentials.client_id),
            ("client_secret", self.credentials.client_secret.reveal()),
        ];
        let request =
            self.client.post(format!("{}/oauth2/endpoint/eprofilesprovider/token", self.base)).form(&form);
        let response = send(request, &[]).await.map_err(CallError::again)?;
        let body = text(response).await.map_err(CallError::again)?;
        let token: Token = serde_json::from_str(&body).map_err(|_| CallError::Unreadable)?;
        Ok(token.access_token)
    }
}

/// Makes a call up to three times, as long as it is not taken.
async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, CallError>
where
    F: Future<Output = Result<T, CallError>>,
{
    for _ in 0..2 {
        match call().await {
            Err(CallError::NotTaken) => tokio::time::sleep(PAUSE).await,
            other => return other,
        }
    }
    call().await.map_err(|error| if error == CallError::NotTaken { CallError::Lost } else { error })
}
