//! Cursors: opaque to the caller, signed, and bound to the range they were given for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use kernel::Secret;
use sha2::Sha256;

use crate::query::Position;

/// The longest cursor that is looked at, in bytes.
const LONGEST: usize = 2_048;
const TAG_BYTES: usize = 32;

/// The key that signs a zone's cursors.
#[derive(Debug, Clone)]
pub struct CursorKey(Secret);

/// A cursor that we did not give for this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cursor was not given by this list")]
pub struct BadCursor;

impl CursorKey {
    /// A key of that secret.
    pub const fn new(secret: Secret) -> Self {
        Self(secret)
    }

    fn mac(&self, scope: &str, payload: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.reveal().as_bytes()).ok()?;
        mac.update(b"curbside cursor 1\0");
        mac.update(scope.as_bytes());
        mac.update(b"\0");
        mac.update(payload);
        Some(mac)
    }

    /// A cursor that holds a mark of the caller's own choosing, for a list that is merged from several
    /// ranges.
    pub fn seal_mark(&self, scope: &str, mark: &str) -> String {
        self.seal(scope, &Position([("mark".to_owned(), mark.to_owned())].into()))
    }

    /// The mark that a cursor of [`CursorKey::seal_mark`] holds.
    ///
    /// # Errors
    /// [`BadCursor`] when it was not given for this list.
    pub fn open_mark(&self, scope: &str, cursor: &str) -> Result<String, BadCursor> {
        self.open(scope, cursor)?.0.remove("mark").ok_or(BadCursor)
    }

    pub(crate) fn seal(&self, scope: &str, position: &Position) -> String {
        let payload = serde_json::to_vec(&position.0).unwrap_or_default();
        let tag =
            self.mac(scope, &payload).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
        URL_SAFE_NO_PAD.encode([tag, payload].concat())
    }

    pub(crate) fn open(&self, scope: &str, cursor: &str) -> Result<Position, BadCursor> {
        if cursor.len() > LONGEST {
            return Err(BadCursor);
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| BadCursor)?;
        let (tag, payload) = bytes.split_at_checked(TAG_BYTES).ok_or(BadCursor)?;
        self.mac(scope, payload).ok_or(BadCursor)?.verify_slice(tag).map_err(|_| BadCursor)?;
        serde_json::from_slice(payload).map(Position).map_err(|_| BadCursor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn position() -> Position {
        Position(BTreeMap::from([("pk".to_owned(), "CASE#1".to_owned())]))
    }

    #[test]
    fn a_cursor_opens_only_for_its_own_list_and_key() {
        let key = CursorKey::new(Secret::new("a secret"));
        let cursor = key.seal("cases", &position());
        assert_eq!(key.open("cases", &cursor), Ok(position()));
        assert_eq!(key.open("polls", &cursor), Err(BadCursor));
        assert_eq!(CursorKey::new(Secret::new("another")).open("cases", &cursor), Err(BadCursor));
    }

    proptest! {
        #[test]
        fn a_changed_or_invented_cursor_is_refused(text in "[A-Za-z0-9_-]{0,120}", at in 0_usize..80) {
            let key = CursorKey::new(Secret::new("a secret"));
            prop_assert_eq!(key.open("cases", &text), Err(BadCursor));
            let mut cursor = key.seal("cases", &position()).into_bytes();
            let place = at % cursor.len();
            cursor[place] = if cursor[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(cursor).unwrap_or_default();
            // The last character carries unused bits, so only a change of value must be refused.
            if place + 1 < changed.len() {
                prop_assert_eq!(key.open("cases", &changed), Err(BadCursor));
            }
        }
    }
}
