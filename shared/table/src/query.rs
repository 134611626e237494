//! A page of a range of items.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use crate::{BadCursor, CursorKey, Item, TableError, expression::Names};

/// A range of one partition, of the table or of one of its indexes.
#[derive(Debug, Clone)]
pub struct Query {
    index: Option<&'static str>,
    partition: String,
    range: Range,
    newest_first: bool,
    limit: i32,
    start: Option<Item>,
}

#[derive(Debug, Clone)]
enum Range {
    All,
    Prefix(String),
    Between(String, String),
}

/// Some items, and where the next page begins.
#[derive(Debug)]
pub struct Page {
    /// The items of this page.
    pub items: Vec<Item>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

/// A place in a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position(pub(crate) BTreeMap<String, String>);

impl Query {
    /// All items of a partition.
    pub fn partition(pk: impl Into<String>) -> Self {
        Self {
            index: None,
            partition: pk.into(),
            range: Range::All,
            newest_first: false,
            limit: 1_000,
            start: None,
        }
    }

    /// All items of a partition of an index, whose keys are named after it (`gsi1pk`, `gsi1sk`).
    pub fn index(name: &'static str, pk: impl Into<String>) -> Self {
        Self { index: Some(name), ..Self::partition(pk) }
    }

    /// Only sort keys that begin so.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.range = Range::Prefix(prefix.into());
        self
    }

    /// Only sort keys in the closed range.
    #[must_use]
    pub fn between(mut self, low: impl Into<String>, high: impl Into<String>) -> Self {
        self.range = Range::Between(low.into(), high.into());
        self
    }

    /// From the highest sort key down.
    #[must_use]
    pub const fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// At most so many items a page.
    #[must_use]
    pub const fn limit(mut self, items: i32) -> Self {
        self.limit = items;
        self
    }

    /// Begins behind a place from an earlier page.
    #[must_use]
    pub fn after(mut self, position: Position) -> Self {
        self.start =
            Some(position.0.into_iter().map(|(name, value)| (name, AttributeValue::S(value))).collect());
        self
    }

    /// Begins where a signed cursor says.
    ///
    /// # Errors
    /// When the cursor was not signed by us for this very range.
    pub fn resume(self, key: &CursorKey, cursor: Option<&str>) -> Result<Self, BadCursor> {
        match cursor {
            None => Ok(self),
            Some(text) => {
                let position = key.open(&self.scope(), text)?;
                Ok(self.after(position))
            }
        }
    }

    /// The signed cursor behind a page of this range.
    pub fn cursor(&self, key: &CursorKey, page: &Page) -> Option<String> {
        page.next.as_ref().map(|position| key.seal(&self.scope(), position))
    }

    /// What a cursor of this range is bound to.
    fn scope(&self) -> String {
        format!("{:?}|{}|{:?}|{}", self.index, self.partition, self.range, self.newest_first)
    }

    pub(crate) async fn send(self, client: &Client, table: &str) -> Result<Page, TableError> {
        let (pk, sk) = match self.index {
            None => ("pk".to_owned(), "sk".to_owned()),
            Some(index) => (format!("{index}pk"), format!("{index}sk")),
        };
        let mut names = Names::default();
        let mut condition =
            format!("{} = {}", names.name(&pk), names.value(AttributeValue::S(self.partition)));
        match self.range {
            Range::All => {}
            Range::Prefix(prefix) => {
                let (name, value) = (names.name(&sk), names.value(AttributeValue::S(prefix)));
                condition.push_str(&format!(" AND begins_with({name}, {value})"));
            }
            Range::Between(low, high) => {
                let name = names.name(&sk);
                let (low, high) = (names.value(AttributeValue::S(low)), names.value(AttributeValue::S(high)));
                condition.push_str(&format!(" AND {name} BETWEEN {low} AND {high}"));
            }
        }
        let (names, values) = names.into_parts();
        let output = client
            .query()
            .table_name(table)
            .set_index_name(self.index.map(str::to_owned))
            .key_condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .scan_index_forward(!self.newest_first)
            .consistent_read(self.index.is_none())
            .limit(self.limit)
            .set_exclusive_start_key(self.start)
            .send()
            .await
            .map_err(TableError::from_sdk)?;
        let next = output.last_evaluated_key.map(|key| {
            Position(
                key.into_iter()
                    .filter_map(|(name, value)| value.as_s().ok().map(|text| (name, text.clone())))
                    .collect(),
            )
        });
        Ok(Page { items: output.items.unwrap_or_default(), next })
    }
}
