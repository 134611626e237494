//! What was proved of a member.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Profession;

/// How far a member's verification reaches. `docs/architecture.md` has the table of what each may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// A physician whose identity, licence and device all passed.
    TripleVerified,
    /// Another clinician whose identity, licence and device all passed.
    LicenceVerified,
}

impl Tier {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TripleVerified => "triple_verified",
            Self::LicenceVerified => "licence_verified",
        }
    }

    /// The tier that three passed stages earn.
    pub const fn of(profession: Profession) -> Self {
        if profession.is_physician() { Self::TripleVerified } else { Self::LicenceVerified }
    }
}
