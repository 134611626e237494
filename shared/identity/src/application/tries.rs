//! How often a person has applied, and whether they withdrew what was in doubt: withdrawing and applying again must
//! neither wash a doubt off nor buy paid calls without end.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `TRIES` | how often they applied of late, and what they withdrew; kept for a year |

use kernel::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Transaction, Update};

use super::{Applications, File};
use crate::{
    IdentityError,
    evidence::{Evidence, Stage, Verdict},
};

/// How often a person may apply within thirty days.
const MOST: i64 = 5;

/// Over how many hours applications are counted: thirty days.
const COUNTED_HOURS: i64 = 30 * 24;

/// How long it is kept, in seconds: a year.
const KEPT_SECONDS: i64 = 365 * 24 * 3600;

/// What is known of a person's earlier tries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// How often they applied since then.
    #[serde(default)]
    filed: i64,
    /// Since when it is counted.
    #[serde(default)]
    since: Option<Timestamp>,
    /// Whether they withdrew an application whose person or device was in doubt.
    #[serde(default)]
    pub withdrew_doubted: bool,
    #[serde(default)]
    expires_at: i64,
}

fn key(subject: &str) -> Key {
    Key::new(format!("PERSON#{subject}"), "TRIES")
}

impl Tries {
    /// One more, if that may be.
    fn again(&self, now: Timestamp) -> Result<Self, IdentityError> {
        let hours = SignedDuration::from_hours(COUNTED_HOURS);
        let until = self.since.and_then(|since| since.checked_add(hours).ok());
        let counts = until.is_some_and(|until| now < until);
        let (filed, since) = if counts { (self.filed, self.since) } else { (0, Some(now)) };
        if let (Some(until), true) = (until, filed >= MOST) {
            return Err(IdentityError::AppliedTooOften(until));
        }
        let expires_at = now.as_second().saturating_add(KEPT_SECONDS);
        Ok(Self { filed: filed + 1, since, expires_at, ..self.clone() })
    }
}

impl File {
    /// Whether its person or device was found to be other than they should, or was not settled.
    pub(super) fn is_doubted(&self) -> bool {
        let doubted = |one: &Evidence| match one.stage {
            Stage::Identity | Stage::Device => one.verdict.is_some_and(|verdict| verdict != Verdict::Pass),
            Stage::Licence => false,
        };
        self.evidence.iter().chain(&self.earlier).any(doubted)
    }
}

impl Applications {
    /// What is known of a person's earlier tries. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn tries(&self, subject: &str) -> Result<Tries, IdentityError> {
        Ok(self.table.get(key(subject)).await?.unwrap_or_default())
    }
}

/// Counts one more try, from where it stood.
///
/// # Errors
/// [`IdentityError::AppliedTooOften`] after five within thirty days.
pub(super) fn count(
    transaction: Transaction,
    subject: &str,
    before: &Tries,
    now: Timestamp,
) -> Result<Transaction, IdentityError> {
    let same = Condition::missing_or_equals("filed", before.filed);
    Ok(transaction.put_when("tries", key(subject), &before.again(now)?, same))
}

/// Remembers that a doubted application was withdrawn.
pub(super) fn remember(transaction: Transaction, subject: &str, now: Timestamp) -> Transaction {
    let update = Update::new()
        .set("withdrew_doubted", true)
        .set("expires_at", now.as_second().saturating_add(KEPT_SECONDS));
    transaction.update("tries", key(subject), update, Condition::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_tries_within_thirty_days_are_enough_and_a_doubt_stays() {
        let day = |day: i64| Timestamp::from_second(day * 24 * 3600).expect("a time");
        let mut tries = Tries { withdrew_doubted: true, ..Tries::default() };
        for number in 0..5 {
            tries = tries.again(day(number)).expect("one more");
        }
        assert!(
            matches!(tries.again(day(29)), Err(IdentityError::AppliedTooOften(until)) if until == day(30))
        );
        let later = tries.again(day(30)).expect("a new month");
        assert_eq!((later.filed, later.withdrew_doubted), (1, true));
    }
}
