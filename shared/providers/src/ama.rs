//! AMA Physician Professional Data: is this physician licensed in the United States?
//!
//! OAuth 2 client credentials, a search that gives the entity's id (204: none), and the full profile
//! as XML (404: none).

use kernel::Secret;
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    CallError,
    call::{send, text},
};

/// The parts of a full profile that verification reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The provider's id of the physician.
    pub entity: String,
    /// Legal family name.
    pub family_name: String,
    /// Legal given name.
    pub given_name: String,
    /// Date of birth as the provider writes it; it begins with the year.
    pub birth_date: String,
    /// Whether a date of death is on file.
    pub deceased: bool,
    /// The descriptions of all licences' states, for example `Active`.
    pub licence_statuses: Vec<String>,
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

#[derive(Serialize)]
struct Search<'a> {
    npi_number: &'a str,
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

    /// The profile of the physician with that NPI, if there is one.
    ///
    /// # Errors
    /// When any of the three calls gives no usable answer.
    pub async fn profile_by_npi(&self, npi: &str) -> Result<Option<Profile>, CallError> {
        let token = self.token().await?;
        let search = self
            .client
            .post(format!("{}/physicians/search", self.base))
            .bearer_auth(&token)
            .header("X-SourceSystem", &self.credentials.source_system)
            .json(&Search { npi_number: npi });
        let response = send(search, &[404]).await?;
        if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_FOUND) {
            return Ok(None);
        }
        let found: Found = serde_json::from_str(&text(response).await?).map_err(|_| CallError::Unreadable)?;
        let entity = match found.entity_id {
            Entity::Text(text) => text,
            Entity::Number(number) => number.to_string(),
        };
        if !entity.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(CallError::Unreadable);
        }
        let profile = self
            .client
            .get(format!("{}/profiles/profile/full/{entity}", self.base))
            .bearer_auth(&token)
            .header("X-SourceSystem", &self.credentials.source_system);
        let response = send(profile, &[404]).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        read(entity, &text(response).await?).map(Some)
    }

    async fn token(&self) -> Result<String, CallError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.credentials.client_id),
            ("client_secret", self.credentials.client_secret.reveal()),
        ];
        let request =
            self.client.post(format!("{}/oauth2/endpoint/eprofilesprovider/token", self.base)).form(&form);
        let body = text(send(request, &[]).await?).await?;
        let token: Token = serde_json::from_str(&body).map_err(|_| CallError::Unreadable)?;
        Ok(token.access_token)
    }
}

fn read(entity: String, xml: &str) -> Result<Profile, CallError> {
    let profile: FullProfile = quick_xml::de::from_str(xml).map_err(|_| CallError::Unreadable)?;
    let demographics = profile.demographics;
    Ok(Profile {
        entity,
        family_name: demographics.last_name,
        given_name: demographics.first_name,
        birth_date: demographics.birth_date,
        deceased: demographics.death_date.is_some_and(|date| !date.trim().is_empty()),
        licence_statuses: profile.licenses.into_iter().map(|licence| licence.status).collect(),
    })
}

#[derive(Deserialize)]
struct FullProfile {
    demographics: Demographics,
    #[serde(default)]
    licenses: Vec<Licence>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Demographics {
    first_name: String,
    last_name: String,
    birth_date: String,
    death_date: Option<String>,
}

#[derive(Deserialize)]
struct Licence {
    #[serde(rename = "licenseStatusDescription", default)]
    status: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_with_one_licence_or_several_is_read() {
        let xml = "<full_profile><demographics><firstName>Ada</firstName><lastName>Example</lastName>\
            <birthDate>19700102</birthDate></demographics>\
            <licenses><licenseStatusDescription>Active</licenseStatusDescription></licenses>\
            <licenses><licenseStatusDescription>Expired</licenseStatusDescription></licenses></full_profile>";
        let profile = read("7".to_owned(), xml).expect("a profile");
        assert_eq!(profile.licence_statuses, ["Active", "Expired"]);
        assert!(!profile.deceased);
    }

    #[test]
    fn a_page_that_is_no_profile_is_unreadable() {
        assert_eq!(read("7".to_owned(), "<html/>"), Err(CallError::Unreadable));
    }
}
