//! What a bucket tells of new objects (Amazon S3 event notifications).

use percent_encoding::percent_decode_str;
use serde::Deserialize;

#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "Records")]
    records: Vec<Created>,
}

#[derive(Deserialize)]
struct Created {
    s3: Place,
}

#[derive(Deserialize)]
struct Place {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// That the service tries whether it may tell at all.
#[derive(Deserialize)]
struct Test {
    #[serde(rename = "Event")]
    event: String,
}

/// The keys of the objects that a notification tells of, none in the service's own test message; nothing when
/// the text is no notification. Keys are written as in a form: spaces as `+`, the rest percent-encoded.
pub fn created(body: &str) -> Option<Vec<String>> {
    let Ok(notification) = serde_json::from_str::<Notification>(body) else {
        let test: Test = serde_json::from_str(body).ok()?;
        return (test.event == "s3:TestEvent").then(Vec::new);
    };
    let key = |created: Created| {
        let key = created.s3.object.key.replace('+', " ");
        percent_decode_str(&key).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    };
    notification.records.into_iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_and_what_is_no_notification_is_none() {
        let body = r#"{"Records":[{"s3":{"object":{"key":"a/b+c%2Bd%C3%A4"}}}]}"#;
        assert_eq!(created(body), Some(vec!["a/b c+dä".to_owned()]));
        assert_eq!(created(r#"{"Event":"s3:TestEvent"}"#), Some(Vec::new()));
        assert_eq!(created(r#"{"Event":"other"}"#), None);
        assert_eq!(created(r#"{"Records":[{"s3":{"object":{"key":"%FF"}}}]}"#), None);
        assert_eq!(created("x"), None);
    }
}
