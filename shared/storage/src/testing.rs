//! A storage service in memory, for a stand-in to answer with.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What the buckets hold, by `bucket/key`.
#[derive(Debug, Clone, Default)]
pub struct Objects(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Objects {
    /// The places that hold something.
    pub fn held(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Puts an object at a place.
    pub fn put(&self, place: &str, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(place.to_owned(), bytes.to_vec());
    }

    /// What a place holds.
    pub fn get(&self, place: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned()
    }

    /// Empties a place.
    pub fn remove(&self, place: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(place);
    }

    /// Answers a request such as `GET /bucket/key`, with its query and, of a copy, its source: reads, lists, puts,
    /// copies and deletes.
    pub fn answer(&self, what: &str, query: &str, source: Option<&str>, body: &[u8]) -> (u16, Vec<u8>) {
        let (method, place) = what.split_once(" /").unwrap_or_default();
        let mut objects = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match method {
            "GET" if query.contains("list-type=2") => {
                let bucket = place.trim_end_matches('/');
                let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix="));
                let prefix = prefix.unwrap_or_default().replace("%2F", "/");
                let mut list = String::from("<ListBucketResult>");
                let keys = objects.keys().filter_map(|held| held.strip_prefix(bucket)?.strip_prefix('/'));
                for key in keys.filter(|key| key.starts_with(&prefix)) {
                    list.push_str(&format!("<Contents><Key>{key}</Key></Contents>"));
                }
                (200, format!("{list}</ListBucketResult>").into_bytes())
            }
            "GET" => objects.get(place).map_or_else(
                || (404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
                |bytes| (200, bytes.clone()),
            ),
            "PUT" if source.is_some() => {
                let copied = source.and_then(|source| objects.get(source).cloned());
                let Some(copied) = copied else {
                    return (404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec());
                };
                objects.insert(place.to_owned(), copied);
                (200, b"<CopyObjectResult></CopyObjectResult>".to_vec())
            }
            "PUT" => {
                objects.insert(place.to_owned(), body.to_vec());
                (200, Vec::new())
            }
            _ => {
                objects.remove(place);
                (204, Vec::new())
            }
        }
    }
}
