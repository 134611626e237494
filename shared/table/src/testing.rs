//! An embedded DynamoDB for tests, started in process on a free port, and a counter of calls.
//!
//! The engine refuses reserved words, unused expression values and over-long requests as AWS does.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        BehaviorVersion, Builder, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
        interceptors::BeforeTransmitInterceptorContextRef,
    },
    error::BoxError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType,
    },
};

use serde_json::Value;

use crate::{Item, Table};

/// The name of the table that an [`Engine`] holds.
const NAME: &str = "table";

/// The indexes that every zone's table has. A template test holds them equal to the templates.
pub const INDEXES: [&str; 2] = ["gsi1", "gsi2"];

/// What was done to a partition: the action as IAM calls it, and the partition's key.
pub type Deed = (String, String);

/// How many calls a client has made, and what they did.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    count: Arc<AtomicUsize>,
    deeds: Arc<Mutex<BTreeSet<Deed>>>,
}

impl Calls {
    /// The calls since the last time this was asked.
    pub fn take(&self) -> usize {
        self.count.swap(0, Ordering::SeqCst)
    }

    /// What was done to which partitions, of the table and of its indexes.
    pub fn deeds(&self) -> BTreeSet<Deed> {
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a request does to the partitions that it names, which IAM calls its leading keys.
fn deeds(operation: &str, request: &Value) -> Vec<Deed> {
    let mut named = Vec::new();
    let mut name = |action: &str, partition: Option<&str>| {
        named.extend(partition.map(|partition| (action.to_owned(), partition.to_owned())));
    };
    let key = |row: &Value| row.pointer("/pk/S").and_then(Value::as_str).map(str::to_owned);
    let own = |step: &Value| step.get("Key").or(step.get("Item")).and_then(key);
    name(operation, own(request).as_deref());
    if let Some(condition) = request["KeyConditionExpression"].as_str() {
        let value = condition.split(" = ").nth(1).and_then(|rest| rest.split(' ').next());
        let values = &request["ExpressionAttributeValues"];
        name(operation, value.and_then(|value| values.get(value)?["S"].as_str()));
    }
    for batch in request["RequestItems"].as_object().into_iter().flat_map(|batch| batch.values()) {
        for row in batch["Keys"].as_array().into_iter().flatten() {
            name(operation, key(row).as_deref());
        }
    }
    for step in request["TransactItems"].as_array().into_iter().flatten() {
        for (kind, step) in step.as_object().into_iter().flatten() {
            let action = if kind == "ConditionCheck" { "ConditionCheckItem" } else { &format!("{kind}Item") };
            name(action, own(step).as_deref());
        }
    }
    named
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.count.fetch_add(1, Ordering::SeqCst);
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let request = serde_json::from_slice(context.request().body().bytes().unwrap_or_default())?;
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner).extend(deeds(operation, &request));
        Ok(())
    }
}

fn config(url: &str) -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::for_tests())
        .endpoint_url(url)
}

/// A client of the engine there, and what it asks for.
fn counted(url: &str) -> (Table, Calls) {
    let calls = Calls::default();
    (Table::new(Client::from_conf(config(url).interceptor(calls.clone()).build()), NAME), calls)
}

/// An embedded engine with one empty table, gone when the test ends.
#[derive(Debug)]
pub struct Engine {
    /// The table.
    pub table: Table,
    /// The calls made through [`Engine::table`].
    pub calls: Calls,
    /// Where it listens, for a process of its own.
    pub url: String,
    client: Client,
}

impl Engine {
    /// Starts an engine on a free port.
    ///
    /// # Panics
    /// When the engine cannot start: a test that needs it must fail.
    #[expect(clippy::expect_used, reason = "a test without its engine must fail")]
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port's address");
        let url = format!("http://{address}");
        let database = dynoxide::Database::memory().expect("an embedded database");
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        let client = Client::from_conf(config(&url).build());
        create(&client).await;
        let (table, calls) = counted(&url);
        Self { table, calls, url, client }
    }

    /// The same table, for who is to be looked at apart from others.
    pub fn apart(&self) -> (Table, Calls) {
        counted(&self.url)
    }

    /// Every item of the table: what a test looks through for something that must not be there.
    ///
    /// # Panics
    /// When the engine does not answer.
    #[expect(clippy::expect_used, reason = "a test without its engine must fail")]
    #[expect(clippy::disallowed_methods, reason = "a test looks at every row; the product never does")]
    pub async fn everything(&self) -> Vec<Item> {
        let output = self.client.scan().table_name(NAME).send().await.expect("a scan");
        output.items.unwrap_or_default()
    }

    /// Everything that the table holds, in an order that two snapshots share: equal when nothing changed.
    ///
    /// # Panics
    /// When the engine does not answer.
    #[expect(clippy::expect_used, reason = "a test without its engine must fail")]
    pub async fn snapshot(&self) -> BTreeSet<String> {
        let sorted = |item: Item| crate::read::<Value>(item).expect("an item").to_string();
        self.everything().await.into_iter().map(sorted).collect()
    }

    /// The contract messages of the outbox as `(type, detail)`, oldest first.
    ///
    /// # Panics
    /// When the engine does not answer.
    pub async fn outbox(&self) -> Vec<(String, String)> {
        let text = |item: &Item, name: &str| {
            item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
        };
        let mut found: Vec<Item> = self
            .everything()
            .await
            .into_iter()
            .filter(|item| text(item, "pk").starts_with("OUTBOX#"))
            .collect();
        found.sort_by_key(|item| text(item, "pk"));
        found.iter().map(|item| (text(item, "detail_type"), text(item, "detail"))).collect()
    }
}

#[expect(clippy::expect_used, reason = "a test without its engine must fail")]
async fn create(client: &Client) {
    let mut names = vec!["pk".to_owned(), "sk".to_owned()];
    let key = |pk: &str, sk: &str| {
        [(pk, KeyType::Hash), (sk, KeyType::Range)].map(|(name, kind)| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a key")
        })
    };
    let mut request = client.create_table().table_name(NAME).billing_mode(BillingMode::PayPerRequest);
    for index in INDEXES {
        let (pk, sk) = (format!("{index}pk"), format!("{index}sk"));
        let all = Projection::builder().projection_type(ProjectionType::All).build();
        request = request.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(index)
                .set_key_schema(Some(key(&pk, &sk).to_vec()))
                .projection(all)
                .build()
                .expect("an index"),
        );
        names.extend([pk, sk]);
    }
    for name in names {
        request = request.attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .expect("an attribute"),
        );
    }
    request.set_key_schema(Some(key("pk", "sk").to_vec())).send().await.expect("a table");
}
