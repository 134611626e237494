//! What partners tell: that an observer found something valuable.

use kernel::id::{CaseId, ContractId, ContributionId, EndpointId, MessageId, OrganisationId};
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

/// A parked webhook delivery is to be tried anew. It concerns the zone itself and nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReplayed {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The delivery.
    pub delivery: MessageId,
}

messages!("curbside.partners":
    AnswerValued = "partners.answer_valued.v1",
    DeliveryReplayed = "partners.delivery_replayed.v1",
);
