//! How often an account has applied: applying costs paid calls.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `PERSON#<person>` | `TRIES` | when they applied last; kept for thirty days |

use kernel::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Transaction};

use super::Applications;
use crate::IdentityError;

/// How often an account may apply within thirty days.
const MOST: usize = 5;

/// Over how many hours applications are counted: thirty days.
const COUNTED_HOURS: i64 = 30 * 24;

/// When an account applied last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    times: Vec<Timestamp>,
    expires_at: i64,
}

fn key(subject: &str) -> Key {
    Key::new(format!("PERSON#{subject}"), "TRIES")
}

fn counted_until(time: Timestamp) -> Timestamp {
    time.checked_add(SignedDuration::from_hours(COUNTED_HOURS)).unwrap_or(Timestamp::MAX)
}

impl Tries {
    /// One more, if that may be.
    fn again(&self, now: Timestamp) -> Result<Self, IdentityError> {
        let mut times: Vec<Timestamp> =
            self.times.iter().copied().filter(|time| now < counted_until(*time)).collect();
        if let (Some(first), true) = (times.first(), times.len() >= MOST) {
            return Err(IdentityError::AppliedTooOften(counted_until(*first)));
        }
        times.push(now);
        Ok(Self { times, expires_at: counted_until(now).as_second() })
    }
}

impl Applications {
    /// When an account applied last. One read.
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
    let same = Condition::missing_or_equals("times", &before.times);
    Ok(transaction.put_when("tries", key(subject), &before.again(now)?, same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_tries_within_any_thirty_days_are_enough() {
        let day = |day: i64| Timestamp::from_second(day * 24 * 3600).expect("a time");
        let mut tries = Tries::default();
        for number in [0, 26, 27, 28, 29] {
            tries = tries.again(day(number)).expect("one more");
        }
        assert!(matches!(tries.again(day(29)), Err(IdentityError::AppliedTooOften(from)) if from == day(30)));
        let sixth = tries.again(day(30)).expect("the first one counts no more");
        assert!(matches!(sixth.again(day(30)), Err(IdentityError::AppliedTooOften(from)) if from == day(56)));
    }
}
