//! Who knows a licence: one source a country and profession, by a table in `data/licence_sources.csv`. What is
//! not in the table is shown in documents, to a reviewer.

use std::sync::LazyLock;

use kernel::{Country, Profession};
use serde::Deserialize;

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
struct Row {
    country: Country,
    profession: Profession,
    source: LicenceSource,
}

/// A table that cannot be read knows no source, so that everybody is a reviewer's; a test reads it whole.
static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows = csv::Reader::from_reader(include_bytes!("../data/licence_sources.csv").as_slice());
    rows.into_deserialize().filter_map(Result::ok).collect()
});

impl LicenceSource {
    /// The source of a country and profession.
    pub fn of(country: Country, profession: Profession) -> Self {
        let found = TABLE.iter().find(|row| row.country == country && row.profession == profession);
        found.map_or(Self::Document, |row| row.source)
    }

    /// The name that stands in the evidence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ama => "ama",
            Self::Gmc => "gmc",
            Self::Rpps => "rpps",
            Self::Document => "document",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_everybody_else_is_a_reviewers() {
        let written = include_str!("../data/licence_sources.csv").lines().count() - 1;
        assert_eq!(TABLE.len(), written, "a row cannot be read");
        let of =
            |country: &str, profession| LicenceSource::of(country.parse().expect("a country"), profession);
        assert_eq!(of("US", Profession::Physician), LicenceSource::Ama);
        assert_eq!(of("US", Profession::Nurse), LicenceSource::Document);
        assert_eq!(of("GB", Profession::Resident), LicenceSource::Gmc);
        assert_eq!(of("FR", Profession::Pharmacist), LicenceSource::Rpps);
        assert_eq!(of("DE", Profession::Physician), LicenceSource::Document);
    }
}
