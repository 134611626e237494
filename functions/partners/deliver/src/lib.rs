//! Delivers webhooks: makes a delivery for every endpoint that is told of an event, and posts each,
//! signed, until it is taken or its attempts are used up.
//!
//! Its queue holds three kinds of messages: events from the bus, and the rest of a fan-out and attempts, which
//! it sends to itself.

mod events;
mod post;

use std::{collections::BTreeSet, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use contracts::{community::PollHidden, partners::DeliveryReplayed};
use edge::{
    StartError, config,
    queue::{self, Batch, Delivery, Failures, Record, Unhandled},
};
use kernel::id::{ContractId, MessageId};
use partners::{
    PartnersError,
    address::Reach,
    organisation::{Contract, Organisations},
    webhook::{Attempt, Endpoint, FAN_OUT, Next, Outcome, Payload, Schedule, Webhooks},
};
use serde::Serialize;

use events::Occasion;

pub use post::Poster;

/// The longest that the queue holds a message back.
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// What the function works with.
#[derive(Debug)]
pub struct App {
    /// The endpoints and deliveries.
    pub store: Webhooks,
    /// The contracts.
    pub organisations: Organisations,
    /// The function's own queue.
    pub queue: Client,
    /// Its address.
    pub queue_url: String,
    /// Who posts.
    pub poster: Poster,
    /// How long to wait before each attempt.
    pub schedule: Schedule,
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
            store: Webhooks::new(table.clone()),
            organisations: Organisations::new(table),
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
        if let Ok(occasion) = serde_json::from_str::<Occasion>(&record.body) {
            return self.fan_out(&occasion).await.map_err(failed);
        }
        let bus = Delivery::read(record)?;
        if let Some(replayed) = bus.message::<DeliveryReplayed>()? {
            let DeliveryReplayed { endpoint, delivery } = replayed.body;
            let first = Attempt { endpoint, delivery, number: 1, due: replayed.at };
            return self.attempt(&first).await.map_err(failed);
        }
        if let Some(hidden) = bus.message::<PollHidden>()? {
            return self.store.poll_hidden(&hidden).await.map_err(failed);
        }
        let (occasion, payload) = events::read(&bus)?;
        self.store.keep(occasion.message, &payload, edge::now()).await.map_err(failed)?;
        self.fan_out(&occasion).await.map_err(failed)
    }

    /// Makes a delivery for the next of those who are told of an occasion and whose contracts cover it, then
    /// hands over to the ones behind them.
    async fn fan_out(&self, occasion: &Occasion) -> Result<(), PartnersError> {
        let now = edge::now();
        let found = self.store.subscribed(occasion.event, occasion.after).await?;
        let contracts = found.iter().map(|one| one.contract).collect();
        let contracts = self.organisations.contracts(&contracts).await?;
        let covered = |contract: &&Contract| match occasion.specialty {
            Some(specialty) => contract.covers(specialty, now),
            None => contract.holds(now),
        };
        let covering: BTreeSet<ContractId> =
            contracts.iter().filter(covered).map(|contract| contract.id).collect();
        let delivery = occasion.delivery(now);
        for to in found.iter().filter(|one| covering.contains(&one.contract)) {
            self.store.add(to.endpoint, &delivery).await?;
            self.send(&delivery.first(to.endpoint, now)).await?;
        }
        match found.last() {
            Some(last) if found.len() == FAN_OUT => self.enqueue(&occasion.behind(last.endpoint), 0).await,
            _ => Ok(()),
        }
    }

    /// Makes one attempt, if it is the one that is to be made now.
    async fn attempt(&self, attempt: &Attempt) -> Result<(), PartnersError> {
        if attempt.due > edge::now() {
            return self.send(attempt).await;
        }
        let (endpoint, delivery, payload) = match self.store.one(attempt.endpoint, attempt.delivery).await {
            // The endpoint was removed, or the delivery has expired.
            Err(PartnersError::NoSuchEndpoint | PartnersError::NoSuchDelivery) => return Ok(()),
            found => found?,
        };
        if let Some(sequel) = delivery.sequel(attempt) {
            return self.send(&sequel).await;
        }
        if !delivery.expects(attempt) {
            return Ok(());
        }
        let outcome = self.outcome(&endpoint, delivery.message, payload).await?;
        let before = delivery.attempts;
        let (after, next) = delivery.after(attempt, outcome.clone(), &self.schedule, edge::now());
        let recorded = self.store.record(attempt.endpoint, before, &after, &outcome).await?;
        match next {
            Next::Again(again) if recorded => self.send(&again).await,
            _ => Ok(()),
        }
    }

    async fn outcome(
        &self,
        endpoint: &Endpoint,
        message: MessageId,
        payload: Payload,
    ) -> Result<Outcome, PartnersError> {
        let contract = self.organisations.contract(endpoint.contract).await?;
        if endpoint.disabled {
            return Ok(Outcome::Gone);
        }
        if contract.is_none_or(|contract| !contract.holds(edge::now())) {
            return Ok(Outcome::Ended);
        }
        Ok(match payload {
            Payload::Told(payload) => self.poster.post(endpoint, message, payload, edge::now()).await,
            Payload::Hidden => Outcome::failed("what it tells of is hidden until a moderator has decided"),
            Payload::Removed => Outcome::Removed,
        })
    }

    /// Puts an attempt into the queue, held back until it is due or as long as the queue can.
    async fn send(&self, attempt: &Attempt) -> Result<(), PartnersError> {
        let wait = attempt.due.as_second().saturating_sub(edge::now().as_second()).max(0);
        let longest = i32::try_from(LONGEST_DELAY.as_secs()).unwrap_or(i32::MAX);
        self.enqueue(attempt, i32::try_from(wait).unwrap_or(longest).min(longest)).await
    }

    async fn enqueue(&self, message: &impl Serialize, delay: i32) -> Result<(), PartnersError> {
        let body = serde_json::to_string(message).map_err(|_| PartnersError::Queue)?;
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
