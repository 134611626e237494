//! Transactions: up to a hundred steps that happen together or not at all.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update as UpdateItem},
};
use contracts::{Envelope, Message};
use kernel::{Timestamp, id::MessageId};
use rand::Rng;
use serde::Serialize;

use crate::{Condition, Item, Key, OnceKey, TableError, Update, expression::Names, once::Stored, write};

/// How often a transaction that met another on the same item is tried in all.
const ATTEMPTS: u32 = 10;

/// How long a message waits in the outbox before the table forgets it, in seconds.
const OUTBOX_SECONDS: i64 = 7 * 24 * 3600;

/// How long a consumer remembers a message, in seconds: longer than any queue keeps it.
const SEEN_SECONDS: i64 = 30 * 24 * 3600;

/// A list of labelled steps. The label tells which condition failed.
#[derive(Debug, Default)]
pub struct Transaction {
    steps: Vec<Result<TransactWriteItem, TableError>>,
    labels: Vec<&'static str>,
}

/// Stands for the table's name until the transaction is sent.
const UNNAMED: &str = "-";

impl Transaction {
    /// A transaction without steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a new item; fails if one stands there.
    #[must_use]
    pub fn insert(self, label: &'static str, key: Key, row: &impl Serialize) -> Self {
        self.put_when(label, key, row, Condition::absent())
    }

    /// Puts an item whatever stood there.
    #[must_use]
    pub fn put(self, label: &'static str, key: Key, row: &impl Serialize) -> Self {
        self.put_when(label, key, row, Condition::default())
    }

    /// Puts an item if the condition holds for what stood there.
    #[must_use]
    pub fn put_when(self, label: &'static str, key: Key, row: &impl Serialize, when: Condition) -> Self {
        let step = put_step(key, row, when);
        self.step(label, step)
    }

    /// Updates an item if the condition holds.
    #[must_use]
    pub fn update(self, label: &'static str, key: Key, update: Update, when: Condition) -> Self {
        let step = update_step(key, update, when);
        self.step(label, step)
    }

    /// Deletes an item if the condition holds.
    #[must_use]
    pub fn delete(self, label: &'static str, key: Key, when: Condition) -> Self {
        let step = delete_step(key, when);
        self.step(label, step)
    }

    /// Changes nothing, but fails unless the condition holds.
    #[must_use]
    pub fn check(self, label: &'static str, key: Key, when: Condition) -> Self {
        let step = check_step(key, when);
        self.step(label, step)
    }

    /// Announces a message: it leaves the zone if, and only if, this transaction commits.
    #[must_use]
    pub fn announce<M: Message>(self, envelope: &Envelope<M>) -> Self {
        let Ok(detail) = serde_json::to_string(envelope) else {
            return self.step("outbox", Err(TableError::malformed("a message cannot be written as JSON")));
        };
        let row = OutboxRow {
            source: M::SOURCE,
            detail_type: M::TYPE,
            detail,
            expires_at: envelope.at.as_second().saturating_add(OUTBOX_SECONDS),
        };
        self.insert("outbox", outbox_key(envelope.id), &row)
    }

    /// Takes a message out of the outbox, where it may have been left behind by the bus, and with it what it says.
    #[must_use]
    pub fn forget_message(self, label: &'static str, message: MessageId) -> Self {
        self.delete(label, outbox_key(message), Condition::default())
    }

    /// Marks a message as handled by a consumer; fails with the label `seen` if it was before.
    #[must_use]
    pub fn seen(self, consumer: &str, message: &str, now: Timestamp) -> Self {
        let row = SeenRow { expires_at: now.as_second().saturating_add(SEEN_SECONDS) };
        self.insert("seen", Key::new(format!("SEEN#{consumer}#{message}"), "SEEN"), &row)
    }

    /// Keeps the answer to a request under its idempotency key; fails with the label `once` if the
    /// key was used before.
    #[must_use]
    pub fn once(self, once: Option<&OnceKey>, stored: &Stored) -> Self {
        match once {
            Some(once) => self.insert("once", once.key(), &once.row(stored)),
            None => self,
        }
    }

    fn step(mut self, label: &'static str, step: Result<TransactWriteItem, TableError>) -> Self {
        self.steps.push(step);
        self.labels.push(label);
        self
    }

    pub(crate) async fn send(self, client: &Client, table: &str) -> Result<(), TableError> {
        let Self { steps, labels } = self;
        let steps: Vec<TransactWriteItem> =
            steps.into_iter().map(|step| step.map(|s| at_table(s, table))).collect::<Result<_, _>>()?;
        // One token for all attempts: what took effect although its answer was lost takes effect once.
        let token = format!("{:032x}", rand::rng().random::<u128>());
        let mut attempt = 1;
        loop {
            let sent = client
                .transact_write_items()
                .client_request_token(&token)
                .set_transact_items(Some(steps.clone()))
                .send()
                .await;
            let error = match sent {
                Ok(_) => return Ok(()),
                Err(error) => TableError::from_transaction(error, &labels),
            };
            if !error.is_contended() || attempt == ATTEMPTS {
                return Err(error);
            }
            let ceiling = 8_u64 << attempt.min(6);
            let wait = rand::rng().random_range(ceiling / 2..=ceiling);
            tokio::time::sleep(Duration::from_millis(wait)).await;
            attempt += 1;
        }
    }
}

fn outbox_key(message: MessageId) -> Key {
    Key::new(format!("OUTBOX#{message}"), "OUTBOX")
}

#[derive(Serialize)]
struct OutboxRow {
    source: &'static str,
    detail_type: &'static str,
    detail: String,
    expires_at: i64,
}

#[derive(Serialize)]
struct SeenRow {
    expires_at: i64,
}

/// A condition's expression with its aliases, as every kind of step takes them.
struct Guard {
    expression: Option<String>,
    names: Option<HashMap<String, String>>,
    values: Option<HashMap<String, AttributeValue>>,
}

impl Guard {
    fn of(when: Condition) -> Result<Self, TableError> {
        let mut names = Names::default();
        let expression = when.render(&mut names)?;
        let (names, values) = names.into_parts();
        Ok(Self { expression, names, values })
    }
}

fn malformed(_: BuildError) -> TableError {
    TableError::malformed("a transaction's step is incomplete")
}

fn put_step(key: Key, row: &impl Serialize, when: Condition) -> Result<TransactWriteItem, TableError> {
    let Guard { expression, names, values } = Guard::of(when)?;
    let mut item: Item = write(row)?;
    item.extend(key.into_item());
    item.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
    let put = Put::builder()
        .table_name(UNNAMED)
        .set_item(Some(item))
        .set_condition_expression(expression)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .build()
        .map_err(malformed)?;
    Ok(TransactWriteItem::builder().put(put).build())
}

fn update_step(key: Key, update: Update, when: Condition) -> Result<TransactWriteItem, TableError> {
    let mut names = Names::default();
    let expression = update.render(&mut names)?;
    let condition = when.render(&mut names)?;
    let (names, values) = names.into_parts();
    let update = UpdateItem::builder()
        .table_name(UNNAMED)
        .set_key(Some(key.into_item()))
        .update_expression(expression)
        .set_condition_expression(condition)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .build()
        .map_err(malformed)?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn delete_step(key: Key, when: Condition) -> Result<TransactWriteItem, TableError> {
    let Guard { expression, names, values } = Guard::of(when)?;
    let delete = Delete::builder()
        .table_name(UNNAMED)
        .set_key(Some(key.into_item()))
        .set_condition_expression(expression)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .build()
        .map_err(malformed)?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

fn check_step(key: Key, when: Condition) -> Result<TransactWriteItem, TableError> {
    let Guard { expression, names, values } = Guard::of(when)?;
    let check = ConditionCheck::builder()
        .table_name(UNNAMED)
        .set_key(Some(key.into_item()))
        .set_condition_expression(expression)
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(values)
        .build()
        .map_err(malformed)?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

/// Gives a step the table it is sent to.
fn at_table(mut step: TransactWriteItem, table: &str) -> TransactWriteItem {
    let name = || table.to_owned();
    step.put.iter_mut().for_each(|put| put.table_name = name());
    step.update.iter_mut().for_each(|update| update.table_name = name());
    step.delete.iter_mut().for_each(|delete| delete.table_name = name());
    step.condition_check.iter_mut().for_each(|check| check.table_name = name());
    step
}
