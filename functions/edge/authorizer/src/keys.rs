//! The issuer's public keys, fetched when first needed and again when an unknown one appears.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use edge::StartError;
use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use reqwest::Client;

/// A token that names an unknown key makes us ask again, but not more often than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// The key set at an address.
#[derive(Debug)]
pub struct Keys {
    client: Client,
    url: String,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    set: Option<JwkSet>,
    asked: Option<Instant>,
}

impl Keys {
    /// The key set at that address.
    ///
    /// # Errors
    /// When the platform's TLS cannot be set up.
    pub fn new(url: String) -> Result<Self, StartError> {
        let client = Client::builder().timeout(Duration::from_secs(5)).build()?;
        Ok(Self { client, url, known: Mutex::default() })
    }

    /// The key with that id, if the issuer publishes it.
    ///
    /// # Errors
    /// When the issuer does not answer: nothing is known of the token then, least of all that it is bad.
    pub(crate) async fn find(&self, kid: &str) -> Result<Option<DecodingKey>, StartError> {
        if let Some(key) = self.known(kid) {
            return Ok(Some(key));
        }
        if !self.may_ask() {
            return Ok(None);
        }
        let set = self.client.get(&self.url).send().await?.error_for_status()?.json().await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).set = Some(set);
        Ok(self.known(kid))
    }

    fn known(&self, kid: &str) -> Option<DecodingKey> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.set.as_ref()?.find(kid).and_then(|jwk| DecodingKey::from_jwk(jwk).ok())
    }

    /// Whether it is time to ask again; a fetch that failed may be repeated at once.
    fn may_ask(&self) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let early = known.set.is_some() && known.asked.is_some_and(|at| at.elapsed() < PATIENCE);
        if !early {
            known.asked = Some(Instant::now());
        }
        !early
    }
}
