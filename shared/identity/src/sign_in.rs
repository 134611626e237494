//! A verified sign-in of another network of clinicians, which stands for the first stage: what that network has
//! verified, the name of whoever holds the account, need not be paid for again.

mod store;

use jiff::SignedDuration;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

pub use store::SignIns;

/// How long a sign-in may take, in seconds.
const PENDING_SECONDS: i64 = 600;

/// How long a completed sign-in can be applied with, in hours.
const HOLDS_HOURS: i64 = 24;

/// A completed sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    /// The network.
    pub network: String,
    /// Its id of the account.
    pub account: String,
    /// Given name, as the network knows it.
    pub given_name: String,
    /// Family name, as the network knows it.
    pub family_name: String,
    /// When.
    pub at: Timestamp,
}

impl SignIn {
    /// Until when it can be applied with.
    pub fn until(&self) -> Timestamp {
        self.at.checked_add(SignedDuration::from_hours(HOLDS_HOURS)).unwrap_or(self.at)
    }
}

/// A sign-in that was begun and not completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What comes back with the code.
    pub state: String,
    /// What comes back in the token.
    pub nonce: String,
    /// What proves that who began it completes it.
    pub verifier: String,
    /// When it was begun.
    pub begun_at: Timestamp,
}

impl Pending {
    /// Until when it can be completed.
    pub fn until(&self) -> Timestamp {
        self.begun_at.checked_add(SignedDuration::from_secs(PENDING_SECONDS)).unwrap_or(self.begun_at)
    }

    /// Whether that is what came back for it, and in time.
    pub fn is(&self, state: &str, now: Timestamp) -> bool {
        bool::from(self.state.as_bytes().ct_eq(state.as_bytes())) && now <= self.until()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_completed_in_time_with_its_own_state() {
        let at = |seconds| Timestamp::from_second(seconds).expect("a time");
        let text = |text: &str| text.to_owned();
        let pending = Pending { state: text("s"), nonce: text("n"), verifier: text("v"), begun_at: at(0) };
        assert!(pending.is("s", at(600)) && !pending.is("s", at(601)) && !pending.is("t", at(0)));
    }
}
