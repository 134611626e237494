//! Delivers webhooks: makes a delivery for every endpoint that is told of an event, and posts each,
//! signed, until it is taken or its attempts are used up.
//!
//! Its queue holds two kinds of messages: events from the bus, and attempts that it sends to itself.

mod events;
mod post;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use contracts::partners::DeliveryReplayed;
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};
use kernel::Timestamp;
use partners::{
    PartnersError,
    address::Reach,
    webhook::{Attempt, Next, Outcome, Schedule, State, Webhooks},
};

pub use post::Poster;

/// The longest that the queue holds a message back.
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// What the function works with.
#[derive(Debug)]
pub struct App {
    store: Webhooks,
    queue: Client,
    queue_url: String,
    poster: Poster,
    schedule: Schedule,
}

impl App {
    /// Reads the environment: `TABLE`, `QUEUE_URL`, `PRIVATE_ENDPOINTS`, `RETRY_SCHEDULE`.
    ///
    /// # Errors
    /// When the environment is incomplete.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws: SdkConfig = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let queue_url = env.text("QUEUE_URL");
        let private: bool = env.parsed("PRIVATE_ENDPOINTS");
        let schedule = env.parsed("RETRY_SCHEDULE");
        env.finish()?;
        let reach = if private { Reach::Anywhere } else { Reach::Public };
        Ok(Self {
            store: Webhooks::new(table),
            queue: Client::new(&aws),
            queue_url,
            poster: Poster::new(reach)?,
            schedule,
        })
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// Never: what fails is reported message by message.
    pub async fn handle(&self, batch: Batch) -> Result<Failures, StartError> {
        Ok(queue::each(&batch, |record| self.one(record)).await)
    }

    async fn one(&self, record: &Record) -> Result<(), Unhandled> {
        let failed = |error: PartnersError| Unhandled::Failed(error.to_string());
        if let Ok(attempt) = serde_json::from_str::<Attempt>(&record.body) {
            return self.attempt(&attempt).await.map_err(failed);
        }
        let bus = Delivery::read(record)?;
        if let Some(replayed) = bus.message::<DeliveryReplayed>()? {
            let DeliveryReplayed { endpoint, delivery } = replayed.body;
            let first = Attempt { endpoint, delivery, number: 1, due: replayed.at };
            return self.attempt(&first).await.map_err(failed);
        }
        let (event, delivery) = events::read(&bus)?;
        for endpoint in self.store.subscribed(event).await.map_err(failed)? {
            self.store.add(endpoint, &delivery).await.map_err(failed)?;
            self.send(&delivery.first(endpoint, edge::now())).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Makes one attempt, if it is the one that is to be made now.
    async fn attempt(&self, attempt: &Attempt) -> Result<(), PartnersError> {
        let now = edge::now();
        if attempt.due > now {
            return self.send(attempt).await;
        }
        let (endpoint, delivery) = self.store.one(attempt.endpoint, attempt.delivery).await?;
        if delivery.state == State::Pending && delivery.attempts == attempt.number {
            // The attempt was recorded and its sequel may have been lost: send that again.
            return self.sequel(attempt, now).await;
        }
        if !delivery.expects(attempt) {
            return Ok(());
        }
        let outcome = if endpoint.disabled {
            Outcome::Gone
        } else {
            self.poster.post(&endpoint, &delivery, edge::now()).await
        };
        let before = delivery.attempts;
        let (after, next) = delivery.after(attempt, outcome.clone(), &self.schedule, edge::now());
        self.store.record(attempt.endpoint, before, &after, &outcome).await?;
        match next {
            Next::Again(again) => self.send(&again).await,
            Next::Over => Ok(()),
        }
    }

    async fn sequel(&self, attempt: &Attempt, now: Timestamp) -> Result<(), PartnersError> {
        let number = attempt.number.saturating_add(1);
        self.send(&Attempt { number, due: now, ..attempt.clone() }).await
    }

    /// Puts an attempt into the queue, held back until it is due or as long as the queue can.
    async fn send(&self, attempt: &Attempt) -> Result<(), PartnersError> {
        let wait = attempt.due.as_second().saturating_sub(edge::now().as_second()).max(0);
        let longest = i32::try_from(LONGEST_DELAY.as_secs()).unwrap_or(i32::MAX);
        let delay = i32::try_from(wait).unwrap_or(longest).min(longest);
        let body = serde_json::to_string(attempt).map_err(|_| PartnersError::Queue)?;
        let sent = self
            .queue
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .delay_seconds(delay)
            .send()
            .await;
        sent.map(|_| ()).map_err(|_| PartnersError::Queue)
    }
}
