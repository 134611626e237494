//! Configuration: read once at start, every missing name reported together.

use std::{env, str::FromStr};

use aws_config::{BehaviorVersion, SdkConfig};

/// Reads environment variables and remembers which are missing or unreadable.
#[derive(Debug, Default)]
pub struct Env {
    faults: Vec<String>,
}

/// The environment lacks something, or holds something that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the environment is incomplete: {0}")]
pub struct Incomplete(String);

impl Env {
    /// A reader without faults yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A value that must be there.
    #[expect(clippy::disallowed_methods, reason = "configuration is read here and nowhere else")]
    pub fn text(&mut self, name: &str) -> String {
        match env::var(name) {
            Ok(value) if !value.trim().is_empty() => value,
            _ => {
                self.faults.push(format!("{name} is missing"));
                String::new()
            }
        }
    }

    /// A value that must be there and be readable as `T`.
    pub fn parsed<T: FromStr + Default>(&mut self, name: &str) -> T {
        let text = self.text(name);
        if text.is_empty() {
            return T::default();
        }
        text.parse().unwrap_or_else(|_| {
            self.faults.push(format!("{name} cannot be read"));
            T::default()
        })
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When anything was missing or unreadable, with all of it named and no value shown.
    pub fn finish(self) -> Result<(), Incomplete> {
        if self.faults.is_empty() { Ok(()) } else { Err(Incomplete(self.faults.join(", "))) }
    }
}

/// The SDK's configuration of this execution environment.
pub async fn aws() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}

/// The zone's table, named by `TABLE`.
pub fn table(env: &mut Env, aws: &SdkConfig) -> table::Table {
    table::Table::new(aws_sdk_dynamodb::Client::new(aws), env.text("TABLE"))
}

/// The zone's table, for a function that needs nothing else of its environment than `TABLE`.
///
/// # Errors
/// When the environment does not name it.
pub async fn only_table() -> Result<table::Table, Incomplete> {
    let aws = aws().await;
    let mut env = Env::new();
    let table = table(&mut env, &aws);
    env.finish()?;
    Ok(table)
}
