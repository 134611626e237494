//! Webhooks: signed deliveries, tried again on a schedule, then parked with the reason, and replayed.

mod payload;
mod store;

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::{
    Timestamp,
    id::{ContractId, EndpointId, MessageId, OrganisationId},
};
use rand::Rng;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use payload::Payload;
pub use store::{FAN_OUT, Subscription, Webhooks};

/// What can be subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Event {
    /// A case was closed.
    #[serde(rename = "case.closed")]
    CaseClosed,
    /// A poll was opened.
    #[serde(rename = "poll.published")]
    PollPublished,
}

impl Event {
    /// The event's name, as it stands in a payload's `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CaseClosed => "case.closed",
            Self::PollPublished => "poll.published",
        }
    }
}

/// An endpoint of a partner.
#[derive(Clone, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The contract under which it is told: what that does not cover, it never hears of.
    pub contract: ContractId,
    /// Where deliveries are posted.
    pub url: String,
    /// The signing secret, `whsec_` and base64 (Standard Webhooks).
    pub secret: String,
    /// What it is told.
    pub events: Vec<Event>,
    /// Whether it answered that it is gone.
    #[serde(default)]
    pub disabled: bool,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// How many endpoints an organisation may have.
pub const MOST_ENDPOINTS: i64 = 10;

/// How long a delivery is kept, in seconds.
const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// When a delivery that is made now is forgotten, in seconds since 1970.
fn kept_until(now: Timestamp) -> i64 {
    now.as_second().saturating_add(KEPT_SECONDS)
}

impl Endpoint {
    /// A new signing secret of 256 random bits.
    pub fn random_secret() -> String {
        let bytes: [u8; 32] = rand::rng().random();
        format!("whsec_{}", STANDARD.encode(bytes))
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It will be tried, or tried again.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// All attempts failed; it waits to be replayed.
    Parked,
}

/// A delivery to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The message; it is the `webhook-id`, the same in every attempt.
    pub message: MessageId,
    /// What it tells of.
    pub event: Event,
    /// Where it stands.
    pub state: State,
    /// How many attempts were made since it was made or last replayed.
    pub attempts: u32,
    /// Why the last attempt failed.
    #[serde(default)]
    pub reason: Option<String>,
    /// When the next attempt is due, while there is one.
    pub due: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it came to this state.
    pub updated_at: Timestamp,
    /// When it is forgotten, in seconds since 1970.
    pub expires_at: i64,
}

/// One attempt to make, as it stands in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The delivery.
    pub delivery: MessageId,
    /// Which attempt, from 1 on.
    pub number: u32,
    /// Not before this moment.
    pub due: Timestamp,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx.
    Taken,
    /// 410: the endpoint is gone and wants nothing more.
    Gone,
    /// The contract under which it was told has ended: no attempt was made.
    Ended,
    /// What it told of was removed: no attempt was made.
    Removed,
    /// Anything else.
    Failed {
        /// Why, in a few words.
        reason: String,
        /// How long the endpoint asked to be left alone, in seconds (`Retry-After`).
        wait: Option<u32>,
    },
}

impl Outcome {
    /// A failure of which the endpoint said nothing more.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into(), wait: None }
    }
}

/// How long to wait before each attempt, in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule(Vec<u32>);

impl FromStr for Schedule {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_whitespace().map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// What follows an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is over; the delivery has its last state.
    Over,
    /// Another attempt.
    Again(Attempt),
}

impl Schedule {
    /// When the next attempt is due, a tenth later at most so that endpoints are not hit all at once;
    /// nothing when there is none left. An endpoint may ask for a longer wait, up to the schedule's longest.
    fn due(&self, number: u32, asked: Option<u32>, now: Timestamp) -> Option<Timestamp> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        let longest = self.0.iter().copied().max()?;
        let wait = i64::from((*self.0.get(place)?).max(asked.unwrap_or_default().min(longest)));
        let jitter = rand::rng().random_range(0..=wait / 10);
        Timestamp::from_second(now.as_second().saturating_add(wait).saturating_add(jitter)).ok()
    }
}

impl Delivery {
    /// A new delivery.
    pub fn new(message: MessageId, event: Event, now: Timestamp) -> Self {
        Self {
            message,
            event,
            state: State::Pending,
            attempts: 0,
            reason: None,
            due: now,
            created_at: now,
            updated_at: now,
            expires_at: kept_until(now),
        }
    }

    /// The attempt to make now, the first after it was made or replayed.
    pub const fn first(&self, endpoint: EndpointId, now: Timestamp) -> Attempt {
        Attempt { endpoint, delivery: self.message, number: 1, due: now }
    }

    /// The attempt that follows one that was recorded, if there is one: its message may have been lost.
    pub fn sequel(&self, attempt: &Attempt) -> Option<Attempt> {
        (self.state == State::Pending && self.attempts == attempt.number).then(|| Attempt {
            number: attempt.number.saturating_add(1),
            due: self.due,
            ..attempt.clone()
        })
    }

    /// Whether an attempt from the queue is the one that is to be made: a repeated one is not.
    pub fn expects(&self, attempt: &Attempt) -> bool {
        self.state == State::Pending && attempt.number == self.attempts.saturating_add(1)
    }

    /// The delivery after an attempt, and what follows.
    pub fn after(
        self,
        attempt: &Attempt,
        outcome: Outcome,
        schedule: &Schedule,
        now: Timestamp,
    ) -> (Self, Next) {
        let tried = Self { attempts: attempt.number, updated_at: now, ..self };
        let (reason, wait) = match outcome {
            Outcome::Taken => {
                return (Self { state: State::Delivered, reason: None, ..tried }, Next::Over);
            }
            Outcome::Gone => {
                let reason = Some("410: the endpoint is gone and was disabled".to_owned());
                return (Self { state: State::Parked, reason, ..tried }, Next::Over);
            }
            Outcome::Ended => {
                let reason = Some("the contract has ended".to_owned());
                return (Self { state: State::Parked, reason, ..tried }, Next::Over);
            }
            Outcome::Removed => {
                let reason = Some("what it told of was removed".to_owned());
                return (Self { state: State::Parked, reason, ..tried }, Next::Over);
            }
            Outcome::Failed { reason, wait } => (reason, wait),
        };
        let number = attempt.number.saturating_add(1);
        let reason = Some(reason);
        match schedule.due(number, wait, now) {
            Some(due) => {
                (Self { reason, due, ..tried }, Next::Again(Attempt { number, due, ..attempt.clone() }))
            }
            None => (Self { state: State::Parked, reason, ..tried }, Next::Over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    fn delivery() -> (Delivery, Attempt) {
        let delivery = Delivery::new(MessageId::at(at(0)), Event::CaseClosed, at(0));
        let attempt = delivery.first(EndpointId::at(at(0)), at(0));
        (delivery, attempt)
    }

    #[test]
    fn a_failing_delivery_follows_the_schedule_and_is_parked_with_its_reason() {
        let schedule: Schedule = "0 5 300".parse().expect("a schedule");
        let (mut delivery, mut attempt) = delivery();
        let mut waits = Vec::new();
        loop {
            assert!(delivery.expects(&attempt));
            let failed = Outcome::failed("500");
            let (after, next) = delivery.after(&attempt, failed, &schedule, at(1_000));
            delivery = after;
            assert!(!delivery.expects(&attempt), "a repeated attempt would be made again");
            match next {
                Next::Again(again) => {
                    waits.push(again.due.as_second() - 1_000);
                    attempt = again;
                }
                Next::Over => break,
            }
        }
        assert_eq!(waits.len(), 2);
        assert!((5..=6).contains(&waits[0]) && (300..=330).contains(&waits[1]), "{waits:?}");
        assert_eq!((delivery.state, delivery.reason.as_deref()), (State::Parked, Some("500")));
    }

    #[test]
    fn a_taken_delivery_is_over() {
        let (delivery, attempt) = delivery();
        let (after, next) = delivery.after(&attempt, Outcome::Taken, &Schedule(vec![0, 5]), at(1));
        assert_eq!((after.state, next), (State::Delivered, Next::Over));
    }

    #[test]
    fn a_repeated_attempt_is_followed_by_the_same_sequel_at_the_same_time() {
        let schedule: Schedule = "0 300".parse().expect("a schedule");
        let (delivery, attempt) = delivery();
        let (after, next) = delivery.after(&attempt, Outcome::failed("500"), &schedule, at(1_000));
        assert_eq!(after.sequel(&attempt).map(Next::Again), Some(next));
        let (parked, _) = after.clone().after(
            &after.sequel(&attempt).expect("a sequel"),
            Outcome::failed("500"),
            &schedule,
            at(2_000),
        );
        assert_eq!(parked.sequel(&attempt), None);
    }

    #[test]
    fn an_endpoint_may_ask_for_a_longer_wait_but_not_for_ever() {
        let schedule: Schedule = "0 5 300".parse().expect("a schedule");
        let wait = |asked: Option<u32>| schedule.due(2, asked, at(0)).expect("a time").as_second();
        assert!((5..=6).contains(&wait(None)) && (5..=6).contains(&wait(Some(1))));
        assert!((120..=132).contains(&wait(Some(120))));
        assert!((300..=330).contains(&wait(Some(u32::MAX))));
    }

    #[test]
    fn an_endpoint_that_is_gone_is_not_tried_again() {
        let (delivery, attempt) = delivery();
        let (after, next) = delivery.after(&attempt, Outcome::Gone, &Schedule(vec![0, 5]), at(1));
        assert_eq!((after.state, next), (State::Parked, Next::Over));
    }
}
