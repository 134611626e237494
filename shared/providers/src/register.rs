//! A generic medical register that answers by country and number.
//!
//! `GET /registrations/{country}/{number}` gives one registration as JSON, or 404. Registers with a
//! shape of their own get a module of their own.

use kernel::{Country, Secret};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use crate::{
    CallError,
    call::{send, text},
};

/// A registration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Registration {
    /// The register's number.
    pub number: String,
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Year of birth.
    pub birth_year: i16,
    /// The state in the register's own word; `active` means that the holder may practise.
    pub status: String,
}

/// A client of the register.
#[derive(Debug, Clone)]
pub struct Register {
    client: Client,
    base: String,
    api_key: Secret,
}

impl Register {
    /// A client of the register at `base`, without a trailing slash.
    pub const fn new(client: Client, base: String, api_key: Secret) -> Self {
        Self { client, base, api_key }
    }

    /// The registration with that number in that country, if there is one.
    ///
    /// # Errors
    /// When the register gives no usable answer.
    pub async fn find(&self, country: Country, number: &str) -> Result<Option<Registration>, CallError> {
        let mut url = Url::parse(&self.base).map_err(|_| CallError::NotTaken)?;
        url.path_segments_mut().map_err(|()| CallError::NotTaken)?.extend([
            "registrations",
            country.code(),
            number,
        ]);
        let response = send(self.client.get(url).header("x-api-key", self.api_key.reveal()), &[404]).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        serde_json::from_str(&text(response).await?).map(Some).map_err(|_| CallError::Unreadable)
    }
}
