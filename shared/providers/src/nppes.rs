//! The NPPES registry of National Provider Identifiers: free, public, and only a cross-check.
//!
//! `GET /api/?version=2.1&number=…` answers 200 to everything: with results, with none, or with `Errors`. A hit
//! proves that the number exists and whose it is, not who asks.

use reqwest::Client;
use serde::Deserialize;

use crate::{
    CallError,
    call::{bytes, send, text},
};

/// What the registry says of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// The number.
    pub number: String,
    /// Whether it is an individual's, not an organisation's.
    pub individual: bool,
    /// Whether it is active.
    pub active: bool,
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
}

/// A client of the registry.
#[derive(Debug, Clone)]
pub struct Nppes {
    client: Client,
    base: String,
}

impl Nppes {
    /// A client of the registry at `base`, without a trailing slash.
    pub const fn new(client: Client, base: String) -> Self {
        Self { client, base }
    }

    /// What the registry knows of a number, if anything. A free call, which may be repeated.
    ///
    /// # Errors
    /// When the registry gives no usable answer; [`CallError::Refused`] with 200 for its own `Errors`.
    pub async fn find(&self, number: &str) -> Result<Option<Provider>, CallError> {
        let query = [("version", "2.1"), ("number", number)];
        let request = self.client.get(format!("{}/api/", self.base)).query(&query);
        let response = send(request, &[]).await.map_err(CallError::again)?;
        read(&text(response).await.map_err(CallError::again)?, number)
    }
}

fn read(body: &str, number: &str) -> Result<Option<Provider>, CallError> {
    let answer: Answer = serde_json::from_str(body).map_err(|_| CallError::Unreadable)?;
    let Some(results) = answer.results else {
        return Err(if answer.errors.is_some() { CallError::Refused(200) } else { CallError::Unreadable });
    };
    let found = results.into_iter().find(|one| one.number.is(number));
    Ok(found.map(|one| Provider {
        number: number.to_owned(),
        individual: one.enumeration_type == "NPI-1",
        active: one.basic.status.as_deref() == Some("A"),
        family_name: one.basic.last_name.unwrap_or_default(),
        given_name: one.basic.first_name.unwrap_or_default(),
    }))
}

#[derive(Deserialize)]
struct Answer {
    results: Option<Vec<Found>>,
    #[serde(rename = "Errors")]
    errors: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Found {
    number: Number,
    enumeration_type: String,
    basic: Basic,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Text(String),
    Digits(u64),
}

#[derive(Deserialize)]
struct Basic {
    first_name: Option<String>,
    last_name: Option<String>,
    status: Option<String>,
}

impl Number {
    fn is(&self, number: &str) -> bool {
        match self {
            Self::Text(text) => text == number,
            Self::Digits(digits) => digits.to_string() == number,
        }
    }
}

/// The registry's list of deactivated numbers, as a file of comma-separated values with the columns `NPI` and
/// `NPPES Deactivation Date`: the operator's copy of the weekly report.
#[derive(Debug, Clone)]
pub struct Deactivations {
    client: Client,
    address: String,
}

#[derive(Deserialize)]
struct Deactivated {
    #[serde(rename = "NPI")]
    number: String,
}

/// The largest list that is read, in bytes: about a million numbers.
const LARGEST_LIST: usize = 32 * 1024 * 1024;

impl Deactivations {
    /// The file at that address. The client must be a patient one.
    pub const fn new(client: Client, address: String) -> Self {
        Self { client, address }
    }

    /// The numbers that were deactivated. Lines that cannot be read are left out, unless none can.
    ///
    /// # Errors
    /// When the file cannot be had or read.
    pub async fn list(&self) -> Result<Vec<String>, CallError> {
        let response = send(self.client.get(&self.address), &[]).await.map_err(CallError::again)?;
        let file = bytes(response, LARGEST_LIST).await.map_err(CallError::again)?;
        deactivated(&file)
    }
}

fn deactivated(file: &[u8]) -> Result<Vec<String>, CallError> {
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let known = reader.headers().is_ok_and(|headers| headers.iter().any(|name| name == "NPI"));
    if !known {
        return Err(CallError::Unreadable);
    }
    let lines = reader.into_deserialize::<Deactivated>();
    Ok(lines.filter_map(Result::ok).map(|line| line.number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_deactivated_numbers_is_read_and_another_file_is_none() {
        let list = deactivated(b"NPI,NPPES Deactivation Date\n1234567893,11/20/2026\n 1000000004 ,\n");
        assert_eq!(list, Ok(vec!["1234567893".to_owned(), "1000000004".to_owned()]));
        assert_eq!(deactivated(b"NPI,NPPES Deactivation Date\n"), Ok(Vec::new()));
        assert_eq!(deactivated(b"<html>"), Err(CallError::Unreadable));
    }

    const NUMBER: &str = "1234567893";

    #[test]
    fn a_hit_is_read_whether_its_number_is_a_text_or_digits() {
        for number in ["\"1234567893\"", "1234567893"] {
            let body = format!(
                r#"{{"result_count":1,"results":[{{"number":{number},"enumeration_type":"NPI-1","created_epoch":"1146441600000",
                "basic":{{"first_name":"ADA","last_name":"EXAMPLE","credential":"MD","status":"A"}},"addresses":[]}}]}}"#
            );
            let found = read(&body, NUMBER).expect("an answer").expect("a hit");
            assert!(found.individual && found.active && found.family_name == "EXAMPLE", "{found:?}");
        }
    }

    #[test]
    fn an_organisation_an_unknown_number_and_an_error_are_told_apart() {
        let organisation = r#"{"result_count":1,"results":[{"number":"1234567893","enumeration_type":"NPI-2",
            "basic":{"organization_name":"CLINIC","status":"A"}}]}"#;
        assert!(!read(organisation, NUMBER).expect("an answer").expect("a hit").individual);
        assert_eq!(read(r#"{"result_count":0,"results":[]}"#, NUMBER), Ok(None));
        let errors = r#"{"Errors":[{"description":"NPI must be 10 digits","field":"number"}]}"#;
        assert_eq!(read(errors, NUMBER), Err(CallError::Refused(200)));
        assert_eq!(read("{}", NUMBER), Err(CallError::Unreadable));
        assert_eq!(read("<html>", NUMBER), Err(CallError::Unreadable));
    }
}
