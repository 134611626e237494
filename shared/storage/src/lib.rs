//! S3 mechanics: objects, upload forms, addresses that pass a right on, notifications. It knows no entity.

mod notification;
#[cfg(feature = "testing")]
pub mod testing;
mod upload;

use std::{
    borrow::Cow,
    time::{Duration, UNIX_EPOCH},
};

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, error::ProvideErrorMetadata, presigning::PresigningConfig, primitives::ByteStream};
use kernel::{Class, Refusal, Timestamp};

pub use notification::created;
pub use upload::{Form, Uploads};

/// The storage service did not do what was asked; it can be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the storage service did not {0}")]
pub struct StorageError(&'static str);

impl Refusal for StorageError {
    fn class(&self) -> Class {
        Class::Unavailable
    }

    fn code(&self) -> &'static str {
        "storage"
    }

    fn remedy(&self) -> Option<Cow<'_, str>> {
        Some("try again in a moment".into())
    }
}

/// What is said of objects that never change under their name: browsers may keep them, shared caches may not.
const IMMUTABLE: &str = "private, max-age=31536000, immutable";

/// For how long the addresses of an object that never changes are the same, in seconds.
const WINDOW: i64 = 300;

/// A bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of that name, addressed by path where the local cloud needs it.
    pub fn new(aws: &SdkConfig, name: String, path_style: bool) -> Self {
        let config = aws_sdk_s3::config::Builder::from(aws).force_path_style(path_style).build();
        Self { client: Client::from_conf(config), name }
    }

    /// The bytes of an object, or nothing when there is none. One call.
    ///
    /// # Errors
    /// When the service does not answer, or the answer breaks off.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let output = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(output) => output,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => {
                return Ok(None);
            }
            Err(_) => return Err(StorageError("hand an object out")),
        };
        let body = output.body.collect().await.map_err(|_| StorageError("hand a whole object out"))?;
        Ok(Some(body.to_vec()))
    }

    /// Keeps an object of a media type. One call.
    ///
    /// # Errors
    /// When the service does not answer.
    pub async fn put(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.keep(key, media_type, None, bytes).await
    }

    /// Keeps an object that never changes under its name: who may read it may keep it. One call.
    ///
    /// # Errors
    /// When the service does not answer.
    pub async fn put_immutable(
        &self,
        key: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), StorageError> {
        self.keep(key, media_type, Some(IMMUTABLE.to_owned()), bytes).await
    }

    async fn keep(
        &self,
        key: &str,
        media_type: &str,
        caching: Option<String>,
        bytes: Vec<u8>,
    ) -> Result<(), StorageError> {
        let object = self.client.put_object().bucket(&self.name).key(key).content_type(media_type);
        let sent = object.set_cache_control(caching).body(ByteStream::from(bytes)).send().await;
        sent.map(|_| ()).map_err(|_| StorageError("keep an object"))
    }

    /// Copies an object to another name; one that is gone is no fault. One call.
    ///
    /// # Errors
    /// When the service does not answer.
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), StorageError> {
        let source = format!("{}/{from}", self.name);
        match self.client.copy_object().bucket(&self.name).copy_source(source).key(to).send().await {
            Err(error) if error.code() == Some("NoSuchKey") => Ok(()),
            sent => sent.map(|_| ()).map_err(|_| StorageError("copy an object")),
        }
    }

    /// Deletes an object; one that is gone already is no fault. One call.
    ///
    /// # Errors
    /// When the service does not answer.
    pub async fn delete(&self, key: &str) -> Result<(), StorageError> {
        let sent = self.client.delete_object().bucket(&self.name).key(key).send().await;
        sent.map(|_| ()).map_err(|_| StorageError("delete an object"))
    }

    /// The keys of at most a thousand objects that begin with a prefix. One call.
    ///
    /// # Errors
    /// When the service does not answer.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        let sent = self.client.list_objects_v2().bucket(&self.name).prefix(prefix).send().await;
        let output = sent.map_err(|_| StorageError("list objects"))?;
        Ok(output.contents.unwrap_or_default().into_iter().filter_map(|object| object.key).collect())
    }

    /// An address at which anybody can read an object for a while. It makes no call.
    ///
    /// # Errors
    /// When there are no credentials to sign it with.
    pub async fn address(&self, key: &str, holds: Duration) -> Result<String, StorageError> {
        let fault = || StorageError("sign an address");
        let holds = PresigningConfig::expires_in(holds).map_err(|_| fault())?;
        let request = self.client.get_object().bucket(&self.name).key(key);
        // What a browser has once been shown, it must not keep.
        let request = request.response_cache_control("private, no-store").presigned(holds).await;
        Ok(request.map_err(|_| fault())?.uri().to_owned())
    }

    /// An address at which anybody can read an object that never changes, for five to ten minutes. It is the same for
    /// all who ask within five minutes, so that a browser finds what it has. It makes no call.
    ///
    /// # Errors
    /// When there are no credentials to sign it with.
    pub async fn lasting_address(&self, key: &str, now: Timestamp) -> Result<String, StorageError> {
        let fault = || StorageError("sign an address");
        let since = u64::try_from(now.as_second() - now.as_second().rem_euclid(WINDOW)).unwrap_or(0);
        let signing = PresigningConfig::builder()
            .start_time(UNIX_EPOCH + Duration::from_secs(since))
            .expires_in(Duration::from_secs(2 * WINDOW.unsigned_abs()))
            .build()
            .map_err(|_| fault())?;
        let request = self.client.get_object().bucket(&self.name).key(key).presigned(signing).await;
        Ok(request.map_err(|_| fault())?.uri().to_owned())
    }
}
