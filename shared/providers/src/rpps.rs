//! The French directory of health professionals (Annuaire Santé), through FHIR: is this RPPS number theirs?
//!
//! `GET /Practitioner?identifier=…` with the header `ESANTE-API-KEY` gives a searchset bundle. The public
//! directory has neither date of birth nor year of graduation, so that a hit alone never passes the stage.

use kernel::Secret;
use reqwest::Client;
use serde::Deserialize;

use crate::{
    CallError, Record,
    call::{send, text},
};

/// A client of the directory.
#[derive(Debug, Clone)]
pub struct Rpps {
    client: Client,
    base: String,
    api_key: Secret,
}

impl Rpps {
    /// A client of the FHIR service at `base`, without a trailing slash.
    pub const fn new(client: Client, base: String, api_key: Secret) -> Self {
        Self { client, base, api_key }
    }

    /// The practitioner with that RPPS number, if there is one. A free call, which may be repeated.
    ///
    /// # Errors
    /// When the directory gives no usable answer.
    pub async fn find(&self, number: &str) -> Result<Option<Record>, CallError> {
        let request = self
            .client
            .get(format!("{}/Practitioner", self.base))
            .query(&[("identifier", number)])
            .header("ESANTE-API-KEY", self.api_key.reveal())
            .header("accept", "application/fhir+json");
        let response = send(request, &[]).await.map_err(CallError::again)?;
        read(&text(response).await.map_err(CallError::again)?, number)
    }
}

fn read(body: &str, number: &str) -> Result<Option<Record>, CallError> {
    let bundle: Bundle = serde_json::from_str(body).map_err(|_| CallError::Unreadable)?;
    if bundle.resource_type != "Bundle" {
        return Err(CallError::Unreadable);
    }
    let practitioners = bundle.entry.into_iter().map(|entry| entry.resource);
    let mut hits = practitioners.filter(|one| one.identifier.iter().any(|known| known.value == number));
    let Some(found) = hits.next() else { return Ok(None) };
    if hits.next().is_some() {
        return Err(CallError::Unreadable);
    }
    let name = found.name.into_iter().find(|name| name.family.is_some()).unwrap_or_default();
    Ok(Some(Record {
        reference: Some(found.id),
        numbers: found.identifier.into_iter().map(|known| known.value).collect(),
        family_name: name.family.unwrap_or_default(),
        given_name: name.given.join(" "),
        active: found.active == Some(true),
        ..Record::default()
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    resource_type: String,
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    resource: Practitioner,
}

#[derive(Deserialize)]
struct Practitioner {
    id: String,
    active: Option<bool>,
    #[serde(default)]
    identifier: Vec<Identifier>,
    #[serde(default)]
    name: Vec<Name>,
}

#[derive(Deserialize)]
struct Identifier {
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Name {
    family: Option<String>,
    given: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "10001234567";

    fn practitioner(id: &str) -> String {
        format!(
            r#"{{"resource":{{"resourceType":"Practitioner","id":"{id}","active":true,
            "identifier":[{{"system":"urn:oid:1.2.250.1.71.4.2.1","value":"810001234567"}},{{"value":"{NUMBER}"}}],
            "name":[{{"prefix":["DR"]}},{{"family":"EXAMPLE","given":["Ada","Maria"]}}]}}}}"#
        )
    }

    #[test]
    fn a_bundle_with_one_hit_is_a_record_and_with_none_or_another_number_is_none() {
        let one = format!(
            r#"{{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{}]}}"#,
            practitioner("003-1")
        );
        let record = read(&one, NUMBER).expect("an answer").expect("a hit");
        assert_eq!((record.family_name.as_str(), record.given_name.as_str()), ("EXAMPLE", "Ada Maria"));
        assert!(record.active && record.birth_year.is_none());
        assert_eq!(read(&one, "10009999999"), Ok(None));
        assert_eq!(read(r#"{"resourceType":"Bundle","type":"searchset","total":0}"#, NUMBER), Ok(None));
    }

    #[test]
    fn two_hits_for_one_number_and_other_resources_are_unreadable() {
        let (one, two) = (practitioner("003-1"), practitioner("003-2"));
        let twice = format!(r#"{{"resourceType":"Bundle","entry":[{one},{two}]}}"#);
        assert_eq!(read(&twice, NUMBER), Err(CallError::Unreadable));
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[]}"#;
        assert_eq!(read(outcome, NUMBER), Err(CallError::Unreadable));
    }
}
