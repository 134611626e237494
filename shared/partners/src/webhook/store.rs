//! The rows of webhooks.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `ENDPOINT#<endpoint>` | `ENDPOINT` | the endpoint; `gsi1` `ENDPOINTS#<organisation>` |
//! | `ENDPOINT#<endpoint>` | `DELIVERY#<message>` | a delivery |
//! | `SUBSCRIBED#<event>` | `<endpoint>` | that an endpoint is told of an event, and under which contract |
//! | `ORGANISATION#<organisation>` | `ENDPOINTS` | how many endpoints there are |

use contracts::{Envelope, partners::DeliveryReplayed};
use kernel::{
    Timestamp,
    id::{ContractId, EndpointId, MessageId, OrganisationId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Key, OnceKey, Query, Stored, Table, Transaction, Update};

use super::{
    Delivery, Endpoint, Event, MOST_ENDPOINTS, Outcome, Payload, State,
    payload::{self, PayloadRow},
};
use crate::{PartnersError, organisation::count_key};

const PAGE: i32 = 50;

/// How many endpoints one message of a fan-out reaches before it hands over to the next.
pub const FAN_OUT: usize = 25;

/// The store of webhooks.
#[derive(Debug, Clone)]
pub struct Webhooks {
    pub(super) table: Table,
}

#[derive(Serialize, Deserialize)]
struct EndpointRow {
    #[serde(flatten)]
    endpoint: Endpoint,
    gsi1pk: String,
    gsi1sk: String,
}

#[derive(Serialize, Deserialize)]
struct SubscriptionRow {
    endpoint: EndpointId,
    contract: ContractId,
}

/// Somebody who is told of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The contract under which it is told.
    pub contract: ContractId,
}

fn key(endpoint: EndpointId) -> Key {
    Key::new(format!("ENDPOINT#{endpoint}"), "ENDPOINT")
}

fn subscription_key(event: Event, endpoint: EndpointId) -> Key {
    Key::new(format!("SUBSCRIBED#{}", event.name()), endpoint.to_string())
}

fn delivery_key(endpoint: EndpointId, message: MessageId) -> Key {
    Key::new(format!("ENDPOINT#{endpoint}"), format!("DELIVERY#{message}"))
}

impl Webhooks {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Registers an endpoint. One transaction. `stored` must not hold the secret.
    ///
    /// # Errors
    /// [`PartnersError::TooManyEndpoints`]; storage faults.
    pub async fn register(
        &self,
        endpoint: &Endpoint,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), PartnersError> {
        let row = EndpointRow {
            endpoint: endpoint.clone(),
            gsi1pk: format!("ENDPOINTS#{}", endpoint.organisation),
            gsi1sk: endpoint.id.to_string(),
        };
        let subscription = SubscriptionRow { endpoint: endpoint.id, contract: endpoint.contract };
        let mut transaction = Transaction::new()
            .insert("endpoint", key(endpoint.id), &row)
            .update(
                "count",
                count_key(endpoint.organisation),
                Update::new().add("count", 1),
                Condition::below("count", MOST_ENDPOINTS),
            )
            .once(Some(once), stored);
        for event in &endpoint.events {
            transaction =
                transaction.insert("subscription", subscription_key(*event, endpoint.id), &subscription);
        }
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("count") { PartnersError::TooManyEndpoints } else { error.into() }
        })
    }

    /// Removes an endpoint: it is told nothing more. Its deliveries are kept until they expire. One
    /// transaction.
    ///
    /// # Errors
    /// [`PartnersError::NoSuchEndpoint`] when it was removed in the meantime; storage faults.
    pub async fn remove(&self, endpoint: &Endpoint) -> Result<(), PartnersError> {
        let mut transaction =
            Transaction::new().delete("endpoint", key(endpoint.id), Condition::present()).update(
                "count",
                count_key(endpoint.organisation),
                Update::new().add("count", -1),
                Condition::present(),
            );
        for event in &endpoint.events {
            let place = subscription_key(*event, endpoint.id);
            transaction = transaction.delete("subscription", place, Condition::default());
        }
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("endpoint") { PartnersError::NoSuchEndpoint } else { error.into() }
        })
    }

    /// The endpoints of an organisation, newest first. One query.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn of_organisation(
        &self,
        organisation: OrganisationId,
    ) -> Result<Vec<Endpoint>, PartnersError> {
        let query = Query::index("gsi1", format!("ENDPOINTS#{organisation}")).newest_first().limit(PAGE);
        let page = self.table.query(query).await?;
        page.items.into_iter().map(|item| Ok(table::read::<EndpointRow>(item)?.endpoint)).collect()
    }

    /// An endpoint of an organisation. One read.
    ///
    /// # Errors
    /// [`PartnersError::NoSuchEndpoint`], also for another organisation's; storage faults.
    pub async fn find(
        &self,
        organisation: OrganisationId,
        endpoint: EndpointId,
    ) -> Result<Endpoint, PartnersError> {
        let row: Option<EndpointRow> = self.table.get(key(endpoint)).await?;
        row.map(|row| row.endpoint)
            .filter(|endpoint| endpoint.organisation == organisation)
            .ok_or(PartnersError::NoSuchEndpoint)
    }

    /// The next of those who are told of an event, behind an endpoint; fewer than [`FAN_OUT`] are the
    /// last. One query.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn subscribed(
        &self,
        event: Event,
        after: Option<EndpointId>,
    ) -> Result<Vec<Subscription>, PartnersError> {
        let low = after.map_or_else(|| "!".to_owned(), |endpoint| format!("{endpoint}!"));
        let query = Query::partition(format!("SUBSCRIBED#{}", event.name()))
            .between(low, "~")
            .limit(i32::try_from(FAN_OUT).unwrap_or(i32::MAX));
        let page = self.table.query(query).await?;
        let read = |item| {
            let SubscriptionRow { endpoint, contract } = table::read(item)?;
            Ok(Subscription { endpoint, contract })
        };
        page.items.into_iter().map(read).collect()
    }

    /// Keeps a new delivery; one that is there already stays as it is. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn add(&self, endpoint: EndpointId, delivery: &Delivery) -> Result<(), PartnersError> {
        let step = Transaction::new().insert("delivery", delivery_key(endpoint, delivery.message), delivery);
        match self.table.commit(step).await {
            Err(error) if !error.failed("delivery") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// A page of an endpoint's deliveries, newest first. One query.
    ///
    /// # Errors
    /// [`PartnersError::BadCursor`]; storage faults.
    pub async fn deliveries(
        &self,
        endpoint: EndpointId,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<(Vec<Delivery>, Option<String>), PartnersError> {
        let query =
            Query::partition(format!("ENDPOINT#{endpoint}")).prefix("DELIVERY#").newest_first().limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let found = page
            .items
            .into_iter()
            .map(|item| Ok(table::read(item)?))
            .collect::<Result<_, PartnersError>>()?;
        Ok((found, next))
    }

    /// An endpoint and one of its deliveries, with what it posts. One read.
    ///
    /// # Errors
    /// When there is no such endpoint or delivery; storage faults.
    pub async fn one(
        &self,
        endpoint: EndpointId,
        message: MessageId,
    ) -> Result<(Endpoint, Delivery, Payload), PartnersError> {
        let (mut found, mut delivery, mut posted) = (None, None, None::<PayloadRow>);
        let keys = [key(endpoint), delivery_key(endpoint, message), payload::key(message)];
        for item in self.table.get_many(keys).await? {
            match table::sort_key(&item) {
                "ENDPOINT" => found = Some(table::read::<EndpointRow>(item)?.endpoint),
                "PAYLOAD" => posted = Some(table::read(item)?),
                _ => delivery = Some(table::read(item)?),
            }
        }
        let endpoint = found.ok_or(PartnersError::NoSuchEndpoint)?;
        Ok((endpoint, delivery.ok_or(PartnersError::NoSuchDelivery)?, posted.into()))
    }

    /// Records an attempt: `after` takes the place of a delivery that had made `before` attempts. An
    /// endpoint that is gone is disabled with it. One transaction; false if it was recorded before.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn record(
        &self,
        endpoint: EndpointId,
        before: u32,
        after: &Delivery,
        outcome: &Outcome,
    ) -> Result<bool, PartnersError> {
        let unchanged = Condition::equals("attempts", before).and(Condition::equals("state", State::Pending));
        let mut transaction =
            Transaction::new().put_when("delivery", delivery_key(endpoint, after.message), after, unchanged);
        if *outcome == Outcome::Gone {
            let update = Update::new().set("disabled", true);
            transaction = transaction.update("endpoint", key(endpoint), update, Condition::present());
        }
        match self.table.commit(transaction).await {
            Ok(()) => Ok(true),
            Err(error) if error.failed("delivery") => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a parked delivery pending again, with all its attempts before it, and announces that it is
    /// due. One transaction.
    ///
    /// # Errors
    /// [`PartnersError::NotParked`]; storage faults.
    pub async fn unpark(
        &self,
        endpoint: EndpointId,
        message: MessageId,
        now: Timestamp,
    ) -> Result<(), PartnersError> {
        let update = Update::new()
            .set("state", State::Pending)
            .set("attempts", 0)
            .set("due", now)
            .set("updated_at", now);
        let parked = Condition::equals("state", State::Parked);
        let transaction = Transaction::new()
            .update("delivery", delivery_key(endpoint, message), update, parked)
            .update("endpoint", key(endpoint), Update::new().set("disabled", false), Condition::present())
            .announce(&Envelope::new(now, DeliveryReplayed { endpoint, delivery: message }));
        self.table
            .commit(transaction)
            .await
            .map_err(|error| if error.failed("delivery") { PartnersError::NotParked } else { error.into() })
    }
}
