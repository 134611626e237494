//! How a member is shown: under a screen name, or, with consent, under the legal name.

use kernel::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{IdentityError, screen_name::ScreenName};

/// How long a screen name is kept at least, in hours: ninety days.
const KEPT_HOURS: i64 = 90 * 24;

/// The version of the text by which a member consents to appear under their legal name.
pub const REAL_NAME_CONSENT: &str = "2026-11";

/// How a member is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    /// The screen name.
    pub screen_name: ScreenName,
    /// Since when it is theirs.
    pub since: Timestamp,
    /// Whether the legal name is shown in its place.
    pub real_name: bool,
    /// Which of the member's appearances this is.
    pub revision: i64,
}

impl Persona {
    /// The first appearance, under a screen name.
    pub const fn new(screen_name: ScreenName, now: Timestamp) -> Self {
        Self { screen_name, since: now, real_name: false, revision: 1 }
    }

    /// From when on the screen name can be changed.
    pub fn changeable_from(&self) -> Timestamp {
        self.since.checked_add(SignedDuration::from_hours(KEPT_HOURS)).unwrap_or(Timestamp::MAX)
    }

    /// The same member under another screen name.
    ///
    /// # Errors
    /// [`IdentityError::RenamedRecently`] less than ninety days after the last change.
    pub fn rename(&self, screen_name: ScreenName, now: Timestamp) -> Result<Self, IdentityError> {
        let from = self.changeable_from();
        if now < from {
            return Err(IdentityError::RenamedRecently(from));
        }
        Ok(Self { screen_name, since: now, real_name: self.real_name, revision: self.revision + 1 })
    }

    /// The same member with their legal name shown, or not any more. Nothing if that is so already.
    pub fn shown_really(&self, real_name: bool) -> Option<Self> {
        let changed = Self { real_name, revision: self.revision + 1, ..self.clone() };
        (self.real_name != real_name).then_some(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_name_can_be_changed_after_ninety_days_and_not_a_second_before() {
        let name = |text: &str| text.parse::<ScreenName>().expect("a name");
        let at = |seconds: i64| Timestamp::from_second(seconds).expect("a time");
        let persona = Persona::new(name("quiet-otter"), at(0));
        let due = 90 * 24 * 3600;
        let early = persona.rename(name("loud-otter"), at(due - 1));
        assert!(matches!(early, Err(IdentityError::RenamedRecently(from)) if from == at(due)), "{early:?}");
        let renamed = persona.rename(name("loud-otter"), at(due)).expect("renamed");
        assert_eq!((renamed.since, renamed.revision), (at(due), 2));
        assert!(renamed.rename(name("third-otter"), at(due + 1)).is_err());
    }
}
