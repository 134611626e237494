//! DynamoDB mechanics: keys, reads, transactions, cursors, idempotency. It knows no entity.
//!
//! Every write is a [`Transaction`]; every list is one [`Query`] a page. There is no scan.

mod cursor;
mod error;
mod expression;
mod once;
mod query;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, KeysAndAttributes},
};
use serde::{Serialize, de::DeserializeOwned};

pub use cursor::{BadCursor, CursorKey};
pub use error::TableError;
pub use expression::{Condition, Update};
pub use once::{OnceKey, Replay, Stored};
pub use query::{Page, Query};
pub use transaction::Transaction;

/// An item as DynamoDB holds it.
pub type Item = HashMap<String, AttributeValue>;

/// The most keys that one batch read may name, by DynamoDB's own limit.
const BATCH_LIMIT: usize = 100;

/// The longest wait before what a batch read left out is asked for again.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// The primary key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    /// A key of its two parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(crate) fn into_item(self) -> Item {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk)),
            ("sk".to_owned(), AttributeValue::S(self.sk)),
        ])
    }
}

/// One zone's table.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table of that name, through that client.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// Reads an item, strongly consistent. One call.
    ///
    /// # Errors
    /// When DynamoDB does not answer or the item is not of the expected shape.
    pub async fn get<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>, TableError> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.into_item()))
            .consistent_read(true)
            .send()
            .await
            .map_err(TableError::from_sdk)?;
        output.item.map(read).transpose()
    }

    /// Reads up to a hundred items by their keys, in no order, leaving out those that are not
    /// there. One call, and another for what DynamoDB left unprocessed.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or more than a hundred keys are asked for.
    pub async fn get_many(&self, keys: impl IntoIterator<Item = Key>) -> Result<Vec<Item>, TableError> {
        let mut wanted: Vec<Key> = keys.into_iter().collect();
        wanted.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        if wanted.len() > BATCH_LIMIT {
            return Err(TableError::malformed("more keys than one batch read takes"));
        }
        let mut keys: Vec<Item> = wanted.into_iter().map(Key::into_item).collect();
        let mut found = Vec::with_capacity(keys.len());
        let mut wait = Duration::from_millis(20);
        while !keys.is_empty() {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(|_| TableError::malformed("a batch read without keys"))?;
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.name, request)
                .send()
                .await
                .map_err(TableError::from_sdk)?;
            found.extend(output.responses.into_iter().flatten().flat_map(|(_, items)| items));
            keys = output.unprocessed_keys.into_iter().flatten().flat_map(|(_, left)| left.keys).collect();
            if !keys.is_empty() {
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2).min(LONGEST_WAIT);
            }
        }
        Ok(found)
    }

    /// Reads one page of a range. One call.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn query(&self, query: Query) -> Result<Page, TableError> {
        query.send(&self.client, &self.name).await
    }

    /// Reads a whole range. One call, and another for every further page.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn every(&self, query: Query) -> Result<Vec<Item>, TableError> {
        let (mut found, mut next) = (Vec::new(), Some(query.clone()));
        while let Some(one) = next {
            let page = self.query(one).await?;
            found.extend(page.items);
            next = page.next.map(|position| query.clone().after(position));
        }
        Ok(found)
    }

    /// Commits a transaction: all of it or nothing. Contention with another transaction is tried
    /// again with jitter; a condition that fails is not.
    ///
    /// # Errors
    /// [`TableError::is_conflict`] when a condition failed; [`TableError::failed`] says which.
    pub async fn commit(&self, transaction: Transaction) -> Result<(), TableError> {
        transaction.send(&self.client, &self.name).await
    }

    /// What is stored of an earlier request with the same idempotency key. One call.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn replay(&self, once: &OnceKey) -> Result<Replay, TableError> {
        Ok(once.compare(self.get(once.key()).await?))
    }
}

/// Reads an item into its row type.
///
/// # Errors
/// When the item is not of that shape.
pub fn read<T: DeserializeOwned>(item: Item) -> Result<T, TableError> {
    serde_dynamo::from_item(item).map_err(|_| TableError::malformed("an item is not of its row's shape"))
}

/// The sort key of an item, or nothing for an item without one.
pub fn sort_key(item: &Item) -> &str {
    item.get("sk").and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// The partition key of an item, or nothing for an item without one.
pub fn partition_key(item: &Item) -> &str {
    item.get("pk").and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

pub(crate) fn write(row: &impl Serialize) -> Result<Item, TableError> {
    serde_dynamo::to_item(row).map_err(|_| TableError::malformed("a row cannot be written as an item"))
}
