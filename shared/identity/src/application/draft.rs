//! An application that is not finished yet.

mod store;

use jiff::civil::Date;
use kernel::{Country, Profession, Specialty, text::Line};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) use store::key;

/// What an applicant has filled in so far. What is there is well formed by itself; whether it fits together is
/// checked when it is submitted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Draft {
    /// Legal particulars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonDraft>,
    /// What the applicant practises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profession: Option<Profession>,
    /// In which specialty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty: Option<Specialty>,
    /// The country of the licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<LicenceDraft>,
    /// The year of graduation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graduation_year: Option<i16>,
}

/// The legal particulars that are filled in so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PersonDraft {
    /// Given name, as on the licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<Line>,
    /// Family name, as on the licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<Line>,
    /// Date of birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date, example = "1970-01-31")]
    pub birth_date: Option<Date>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<Line>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Line>,
    /// State or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Line>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Line>,
    /// Telephone number in international form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Line>,
}

/// What is filled in of the licence so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LicenceDraft {
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<Line>,
    /// Its number there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<Line>,
    /// The National Provider Identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npi: Option<Line>,
    /// The American Medical Association's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me_number: Option<Line>,
}
