//! What partners tell: that an observer found something valuable.

use kernel::id::{CaseId, ContractId, ContributionId, OrganisationId};
use serde::{Deserialize, Serialize};

use crate::messages;

/// An observer marked a contribution as valuable under a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerValued {
    /// The case.
    pub case: CaseId,
    /// The contribution.
    pub contribution: ContributionId,
    /// Who pays for it.
    pub organisation: OrganisationId,
    /// Under which contract.
    pub contract: ContractId,
}

messages!("curbside.partners": AnswerValued = "partners.answer_valued.v1");
