//! Authors as observers see them.

use contracts::community::Byline;
use kernel::{Country, Profession, Specialty, Tier, id::ContractId};
use partners::pseudonym::PseudonymKey;
use serde::Serialize;
use utoipa::ToSchema;

/// An author, under a pseudonym that holds for this contract alone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthorView {
    #[schema(example = "author-9f2c1a77e0b4d3c5")]
    pseudonym: String,
    profession: Profession,
    specialty: Specialty,
    country: Country,
    tier: Tier,
}

impl AuthorView {
    pub(crate) fn new(key: &PseudonymKey, byline: &Byline, contract: ContractId) -> Self {
        Self {
            pseudonym: key.of(&byline.alias, contract),
            profession: byline.profession,
            specialty: byline.specialty,
            country: byline.country,
            tier: byline.tier,
        }
    }
}
