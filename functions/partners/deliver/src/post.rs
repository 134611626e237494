//! One signed request to one endpoint (Standard Webhooks 1.0), which is never in our own network.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use edge::StartError;
use kernel::{Timestamp, id::MessageId};
use partners::{
    address::Reach,
    webhook::{Endpoint, Outcome},
};
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderMap, RETRY_AFTER},
    redirect,
};
use standardwebhooks::Webhook;

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Posts deliveries.
#[derive(Debug)]
pub struct Poster {
    client: Client,
    reach: Reach,
}

/// Resolves names, and leaves out what may not be called. The connection is made to what was checked.
#[derive(Debug)]
struct Guarded(Reach);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err("the name leads to no public address".into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

impl Poster {
    /// A poster with that reach. It follows no redirect.
    ///
    /// # Errors
    /// When the platform's TLS cannot be set up.
    pub fn new(reach: Reach) -> Result<Self, StartError> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::new(Guarded(reach)))
            .user_agent("curbside-webhooks/1")
            .build()?;
        Ok(Self { client, reach })
    }

    /// Makes one attempt. The endpoint's address is checked anew, since rules may have grown stricter
    /// since it was registered.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        message: MessageId,
        payload: String,
        now: Timestamp,
    ) -> Outcome {
        let Ok(url) = self.reach.check(&endpoint.url) else {
            return Outcome::failed("the address may not be called");
        };
        let (id, timestamp) = (message.to_string(), now.as_second());
        let signed = Webhook::new(&endpoint.secret)
            .and_then(|webhook| webhook.sign(&id, timestamp, payload.as_bytes()));
        let Ok(signature) = signed else {
            return Outcome::failed("the secret cannot sign");
        };
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature)
            .body(payload)
            .send()
            .await;
        match sent {
            Ok(response) => match response.status().as_u16() {
                200..=299 => Outcome::Taken,
                410 => Outcome::Gone,
                status => Outcome::Failed {
                    reason: format!("the endpoint answered {status}"),
                    wait: retry_after(response.headers()),
                },
            },
            Err(error) if error.is_timeout() => Outcome::failed("the endpoint did not answer in time"),
            Err(error) if error.is_connect() => Outcome::failed("the endpoint cannot be reached"),
            Err(_) => Outcome::failed("the endpoint broke off"),
        }
    }
}

/// How long the endpoint asks to be left alone, where it says so in seconds.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the Standard Webhooks specification.
    #[test]
    fn the_signature_is_the_specifications() {
        let webhook = Webhook::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").expect("a secret");
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signature = webhook.sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(signature.ok().as_deref(), Some("v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_called() {
        let guarded = Guarded(Reach::Public);
        let name = "localhost".parse().expect("a name");
        assert!(guarded.resolve(name).await.is_err());
    }
}
