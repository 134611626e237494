//! Upload forms: a browser posts a file straight to a bucket, within limits that the storage service enforces (Amazon S3, POST policy, signature version 4).

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use kernel::Timestamp;
use serde::Serialize;
use serde_json::json;
use sha2::Sha256;
use utoipa::ToSchema;

use crate::StorageError;

/// How long a form holds, in seconds.
const FORM_HOLDS: i64 = 600;

/// A bucket, as a place to upload to.
#[derive(Debug, Clone)]
pub struct Uploads {
    credentials: SharedCredentialsProvider,
    region: String,
    bucket: String,
    url: String,
}

/// A form to post: `multipart/form-data`, these fields, and the file last as `file`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Form {
    url: String,
    fields: BTreeMap<&'static str, String>,
}

impl Uploads {
    /// The bucket of that name, posted to at that address.
    ///
    /// # Errors
    /// When the environment has no credentials or no region.
    pub fn new(aws: &SdkConfig, bucket: String, url: String) -> Result<Self, StorageError> {
        let credentials = aws.credentials_provider().ok_or(StorageError("find credentials"))?;
        let region = aws.region().ok_or(StorageError("find its region"))?.to_string();
        Ok(Self { credentials, region, bucket, url })
    }

    /// A form for one object of a media type and at most so many bytes, for ten minutes. It makes no call.
    ///
    /// # Errors
    /// When there are no credentials to sign it with.
    pub async fn form(
        &self,
        key: &str,
        media_type: &str,
        largest: u64,
        now: Timestamp,
    ) -> Result<Form, StorageError> {
        let fault = || StorageError("offer an upload");
        let credentials = self.credentials.provide_credentials().await.map_err(|_| fault())?;
        let until =
            Timestamp::from_second(now.as_second().saturating_add(FORM_HOLDS)).map_err(|_| fault())?;
        let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = now.strftime("%Y%m%d").to_string();
        let scope = format!("{}/{day}/{}/s3/aws4_request", credentials.access_key_id(), self.region);
        let mut fields = BTreeMap::from([
            ("key", key.to_owned()),
            ("Content-Type", media_type.to_owned()),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential", scope),
            ("x-amz-date", stamp),
        ]);
        if let Some(token) = credentials.session_token() {
            fields.insert("x-amz-security-token", token.to_owned());
        }
        let mut conditions: Vec<_> = fields.iter().map(|(name, value)| json!({*name: value})).collect();
        conditions.push(json!({"bucket": self.bucket}));
        conditions.push(json!(["content-length-range", 1, largest]));
        let policy = json!({"expiration": until.to_string(), "conditions": conditions});
        let policy = STANDARD.encode(policy.to_string());
        let signature =
            sign(credentials.secret_access_key(), &day, &self.region, &policy).ok_or_else(fault)?;
        fields.insert("policy", policy);
        fields.insert("x-amz-signature", signature);
        Ok(Form { url: self.url.clone(), fields })
    }
}

/// The signature of a policy, in hex.
fn sign(secret: &str, day: &str, region: &str, policy: &str) -> Option<String> {
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [day, region, "s3", "aws4_request"] {
        key = mac(&key, part)?;
    }
    mac(&key, policy).map(hex::encode)
}

fn mac(key: &[u8], text: &str) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that Amazon publishes for browser-based uploads with signature version 4: its
    /// secret, day and region, over a policy of our own, against an independent computation with
    /// Python's hmac.
    #[test]
    fn the_signature_is_the_one_an_independent_computation_gives() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let signature = sign(secret, "20151229", "us-east-1", "cG9saWN5");
        assert_eq!(
            signature.as_deref(),
            Some("e111a490e8a950717d8db19d106c47897aedddfde15e06f5e03bb6c108f2f942")
        );
    }
}
