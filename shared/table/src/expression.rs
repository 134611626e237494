//! Conditions and updates, with every name and value aliased, so that reserved words never bite.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use crate::TableError;

/// A condition on the item that a step of a transaction touches. Several are joined by *and*.
#[derive(Debug, Clone, Default)]
pub struct Condition(Vec<Test>);

#[derive(Debug, Clone)]
enum Test {
    Absent(String),
    Present(String),
    MissingOrBelow(String, AttributeValue),
    MissingOrEquals(String, Result<AttributeValue, ()>),
    Compare(String, &'static str, Result<AttributeValue, ()>),
}

impl Condition {
    /// No item stands at the key yet.
    pub fn absent() -> Self {
        Self(vec![Test::Absent("pk".to_owned())])
    }

    /// An item stands at the key.
    pub fn present() -> Self {
        Self(vec![Test::Present("pk".to_owned())])
    }

    /// The attribute is missing.
    pub fn missing(attribute: &str) -> Self {
        Self(vec![Test::Absent(attribute.to_owned())])
    }

    /// The attribute has exactly this value.
    pub fn equals(attribute: &str, value: impl Serialize) -> Self {
        Self::compare(attribute, "=", value)
    }

    /// The attribute is a number below this one.
    pub fn below(attribute: &str, value: i64) -> Self {
        Self::compare(attribute, "<", value)
    }

    /// The attribute is not there, or a number below this one.
    pub fn missing_or_below(attribute: &str, value: i64) -> Self {
        Self(vec![Test::MissingOrBelow(attribute.to_owned(), AttributeValue::N(value.to_string()))])
    }

    /// The attribute is not there, or is exactly this value.
    pub fn missing_or_equals(attribute: &str, value: impl Serialize) -> Self {
        let value = serde_dynamo::to_attribute_value(value).map_err(|_| ());
        Self(vec![Test::MissingOrEquals(attribute.to_owned(), value)])
    }

    /// The attribute is another value than this one.
    pub fn differs(attribute: &str, value: impl Serialize) -> Self {
        Self::compare(attribute, "<>", value)
    }

    fn compare(attribute: &str, operator: &'static str, value: impl Serialize) -> Self {
        let value = serde_dynamo::to_attribute_value(value).map_err(|_| ());
        Self(vec![Test::Compare(attribute.to_owned(), operator, value)])
    }

    /// Both must hold.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn render(self, names: &mut Names) -> Result<Option<String>, TableError> {
        let mut parts = Vec::with_capacity(self.0.len());
        for test in self.0 {
            parts.push(match test {
                Test::Absent(name) => format!("attribute_not_exists({})", names.name(&name)),
                Test::Present(name) => format!("attribute_exists({})", names.name(&name)),
                Test::MissingOrBelow(name, value) => {
                    let name = names.name(&name);
                    format!("(attribute_not_exists({name}) OR {name} < {})", names.value(value))
                }
                Test::MissingOrEquals(name, value) => {
                    let value = value.map_err(|()| TableError::malformed("a condition's value"))?;
                    let name = names.name(&name);
                    format!("(attribute_not_exists({name}) OR {name} = {})", names.value(value))
                }
                Test::Compare(name, operator, value) => {
                    let value = value.map_err(|()| TableError::malformed("a condition's value"))?;
                    format!("{} {operator} {}", names.name(&name), names.value(value))
                }
            });
        }
        Ok((!parts.is_empty()).then(|| parts.join(" AND ")))
    }
}

/// What an update does to an item's attributes.
#[derive(Debug, Clone, Default)]
pub struct Update {
    sets: Vec<(String, bool, Result<AttributeValue, ()>)>,
    adds: Vec<(String, i64)>,
    removes: Vec<String>,
}

impl Update {
    /// An update that does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an attribute.
    #[must_use]
    pub fn set(mut self, attribute: &str, value: impl Serialize) -> Self {
        self.sets.push((
            attribute.to_owned(),
            false,
            serde_dynamo::to_attribute_value(value).map_err(|_| ()),
        ));
        self
    }

    /// Sets an attribute unless it is there already.
    #[must_use]
    pub fn set_first(mut self, attribute: &str, value: impl Serialize) -> Self {
        self.sets.push((attribute.to_owned(), true, serde_dynamo::to_attribute_value(value).map_err(|_| ())));
        self
    }

    /// Adds to a number, which begins at zero.
    #[must_use]
    pub fn add(mut self, attribute: &str, by: i64) -> Self {
        self.adds.push((attribute.to_owned(), by));
        self
    }

    /// Removes an attribute.
    #[must_use]
    pub fn remove(mut self, attribute: &str) -> Self {
        self.removes.push(attribute.to_owned());
        self
    }

    pub(crate) fn render(self, names: &mut Names) -> Result<String, TableError> {
        let mut clauses = Vec::new();
        let mut sets = Vec::with_capacity(self.sets.len());
        for (attribute, first, value) in self.sets {
            let value = names.value(value.map_err(|()| TableError::malformed("an update's value"))?);
            let name = names.name(&attribute);
            sets.push(if first {
                format!("{name} = if_not_exists({name}, {value})")
            } else {
                format!("{name} = {value}")
            });
        }
        if !sets.is_empty() {
            clauses.push(format!("SET {}", sets.join(", ")));
        }
        let mut adds = Vec::with_capacity(self.adds.len());
        for (attribute, by) in self.adds {
            let value = names.value(AttributeValue::N(by.to_string()));
            adds.push(format!("{} {value}", names.name(&attribute)));
        }
        if !adds.is_empty() {
            clauses.push(format!("ADD {}", adds.join(", ")));
        }
        let removes: Vec<String> = self.removes.iter().map(|name| names.name(name)).collect();
        if !removes.is_empty() {
            clauses.push(format!("REMOVE {}", removes.join(", ")));
        }
        Ok(clauses.join(" "))
    }
}

type NameAliases = Option<HashMap<String, String>>;
type ValueAliases = Option<HashMap<String, AttributeValue>>;

/// The aliases that one request's expressions use.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Names {
    pub(crate) fn name(&mut self, attribute: &str) -> String {
        if let Some((alias, _)) = self.names.iter().find(|(_, name)| *name == attribute) {
            return alias.clone();
        }
        let alias = format!("#n{}", self.names.len());
        self.names.insert(alias.clone(), attribute.to_owned());
        alias
    }

    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        let alias = format!(":v{}", self.values.len());
        self.values.insert(alias.clone(), value);
        alias
    }

    /// The aliases as a request takes them: nothing where there are none.
    pub(crate) fn into_parts(self) -> (NameAliases, ValueAliases) {
        let Self { names, values } = self;
        ((!names.is_empty()).then_some(names), (!values.is_empty()).then_some(values))
    }
}
