//! The professions that may join.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member is licensed or employed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profession {
    /// MD, DO, or the country's equivalent.
    Physician,
    /// A physician in specialist training.
    Resident,
    /// A physician assistant or associate.
    PhysicianAssistant,
    /// A nurse practitioner.
    NursePractitioner,
    /// A specialist nurse.
    Nurse,
    /// A pharmacist.
    Pharmacist,
    /// A laboratory technician or scientist.
    LaboratoryTechnician,
    /// An administrator of a clinic or hospital.
    Administrator,
}

impl Profession {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Physician => "physician",
            Self::Resident => "resident",
            Self::PhysicianAssistant => "physician_assistant",
            Self::NursePractitioner => "nurse_practitioner",
            Self::Nurse => "nurse",
            Self::Pharmacist => "pharmacist",
            Self::LaboratoryTechnician => "laboratory_technician",
            Self::Administrator => "administrator",
        }
    }

    /// Whether the profession carries a physician's licence.
    pub const fn is_physician(self) -> bool {
        match self {
            Self::Physician | Self::Resident => true,
            Self::PhysicianAssistant
            | Self::NursePractitioner
            | Self::Nurse
            | Self::Pharmacist
            | Self::LaboratoryTechnician
            | Self::Administrator => false,
        }
    }
}
