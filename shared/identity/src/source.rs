//! Who knows a person, and who a licence: one source a country, or a country and profession, by the tables in
//! `data/identity_sources.csv` and `data/licence_sources.csv`. What is not in a table is shown in documents, to a
//! reviewer.

use std::sync::LazyLock;

use kernel::{Country, Profession};
use serde::{Deserialize, de::DeserializeOwned};

/// The name that stands in the evidence where there is no other source than a document.
pub(crate) const DOCUMENT: &str = "document";

/// A source of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentitySource {
    /// IDology's ExpectID.
    Idology,
    /// Documents, and a reviewer.
    Document,
}

/// A source of licences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenceSource {
    /// The American Medical Association's profiles, cross-checked with NPPES.
    Ama,
    /// The General Medical Council's register, as a file.
    Gmc,
    /// The French directory of health professionals, through FHIR.
    Rpps,
    /// Documents, and a reviewer.
    Document,
}

#[derive(Debug, Deserialize)]
struct IdentityRow {
    country: Country,
    source: IdentitySource,
}

#[derive(Debug, Deserialize)]
struct Row {
    country: Country,
    profession: Profession,
    source: LicenceSource,
}

/// A table that cannot be read knows no source, so that everybody is a reviewer's; a test reads it whole.
static LICENCES: LazyLock<Vec<Row>> = LazyLock::new(|| rows(include_bytes!("../data/licence_sources.csv")));

/// The same of identities.
static IDENTITIES: LazyLock<Vec<IdentityRow>> =
    LazyLock::new(|| rows(include_bytes!("../data/identity_sources.csv")));

fn rows<T: DeserializeOwned>(table: &[u8]) -> Vec<T> {
    csv::Reader::from_reader(table).into_deserialize().filter_map(Result::ok).collect()
}

impl IdentitySource {
    /// The source of a country.
    pub fn of(country: Country) -> Self {
        IDENTITIES.iter().find(|row| row.country == country).map_or(Self::Document, |row| row.source)
    }

    /// The name that stands in the evidence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idology => "idology",
            Self::Document => DOCUMENT,
        }
    }
}

impl LicenceSource {
    /// The source of a country and profession.
    pub fn of(country: Country, profession: Profession) -> Self {
        let found = LICENCES.iter().find(|row| row.country == country && row.profession == profession);
        found.map_or(Self::Document, |row| row.source)
    }

    /// The name that stands in the evidence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ama => "ama",
            Self::Gmc => "gmc",
            Self::Rpps => "rpps",
            Self::Document => DOCUMENT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_everybody_else_is_a_reviewers() {
        let written = |table: &str| table.lines().count() - 1;
        let cannot = "a row cannot be read";
        assert_eq!(LICENCES.len(), written(include_str!("../data/licence_sources.csv")), "{cannot}");
        assert_eq!(IDENTITIES.len(), written(include_str!("../data/identity_sources.csv")), "{cannot}");
        let who = |country: &str| IdentitySource::of(country.parse().expect("a country"));
        assert_eq!((who("US"), who("DE")), (IdentitySource::Idology, IdentitySource::Document));
        let of =
            |country: &str, profession| LicenceSource::of(country.parse().expect("a country"), profession);
        assert_eq!(of("US", Profession::Physician), LicenceSource::Ama);
        assert_eq!(of("US", Profession::Nurse), LicenceSource::Document);
        assert_eq!(of("GB", Profession::Resident), LicenceSource::Gmc);
        assert_eq!(of("FR", Profession::Pharmacist), LicenceSource::Rpps);
        assert_eq!(of("DE", Profession::Physician), LicenceSource::Document);
    }
}
