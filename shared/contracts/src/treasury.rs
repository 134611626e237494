//! What the treasury tells: that a bonus is owed, and that it was credited.

use kernel::{
    Money,
    id::{CaseId, ContributionId, MemberId, OrganisationId},
};
use serde::{Deserialize, Serialize};

use crate::messages;

/// A bonus was computed for a contribution whose case is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BonusAwarded {
    /// The case.
    pub case: CaseId,
    /// The contribution.
    pub contribution: ContributionId,
    /// Which part of its bonus: the first, or what later marks added.
    #[serde(default)]
    pub part: u32,
    /// Who earned it.
    pub member: MemberId,
    /// Who pays it, each with their share; the shares add up to the bonus.
    pub payers: Vec<(OrganisationId, Money)>,
    /// How much.
    pub amount: Money,
}

/// A bonus stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BonusCredited {
    /// Who earned it.
    pub member: MemberId,
    /// The case.
    pub case: CaseId,
}

messages!("curbside.treasury":
    BonusAwarded = "treasury.bonus_awarded.v1",
    BonusCredited = "treasury.bonus_credited.v1",
);
