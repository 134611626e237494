//! Our own list of specialties, with stable codes. A code is never reused and never renamed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Invalid, text_value};

/// A specialty, by its stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Specialty(&'static str);

impl Specialty {
    /// The stable code, for example `infectious_disease`.
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// The group that it belongs to.
    pub fn group(self) -> SpecialtyGroup {
        match self.0 {
            "community_medicine"
            | "family_medicine"
            | "general_practice"
            | "geriatric_medicine"
            | "occupational_medicine"
            | "preventive_medicine"
            | "public_health"
            | "epidemiology"
            | "sexual_health"
            | "sports_medicine"
            | "travel_medicine"
            | "palliative_medicine"
            | "hyperbaric_medicine"
            | "aerospace_medicine" => SpecialtyGroup::PrimaryCare,
            "cardiac_electrophysiology" | "cardiology" | "interventional_cardiology" => {
                SpecialtyGroup::Cardiology
            }
            "addiction_medicine"
            | "child_adolescent_psychiatry"
            | "clinical_neurophysiology"
            | "forensic_psychiatry"
            | "geriatric_psychiatry"
            | "neurology"
            | "psychiatry"
            | "psychosomatic_medicine" => SpecialtyGroup::MentalHealthAndNeurology,
            "developmental_paediatrics"
            | "neonatology"
            | "paediatric_cardiology"
            | "paediatric_emergency_medicine"
            | "paediatric_gastroenterology"
            | "paediatric_haematology_oncology"
            | "paediatric_intensive_care"
            | "paediatric_nephrology"
            | "paediatric_neurology"
            | "paediatric_pulmonology"
            | "paediatrics" => SpecialtyGroup::Paediatrics,
            "gynaecological_oncology"
            | "maternal_fetal_medicine"
            | "obstetrics_gynaecology"
            | "reproductive_medicine"
            | "urogynaecology" => SpecialtyGroup::ObstetricsGynaecology,
            "bariatric_surgery"
            | "breast_surgery"
            | "cardiothoracic_surgery"
            | "colorectal_surgery"
            | "endocrine_surgery"
            | "general_surgery"
            | "hand_surgery"
            | "head_neck_surgery"
            | "neurosurgery"
            | "ophthalmology"
            | "oral_maxillofacial_surgery"
            | "orthopaedic_surgery"
            | "otolaryngology"
            | "paediatric_surgery"
            | "plastic_surgery"
            | "surgical_oncology"
            | "transplant_surgery"
            | "trauma_surgery"
            | "urology"
            | "vascular_surgery" => SpecialtyGroup::Surgery,
            "anaesthesiology" | "critical_care" | "emergency_medicine" | "pain_medicine" => {
                SpecialtyGroup::AcuteCare
            }
            "interventional_radiology" | "neuroradiology" | "nuclear_medicine" | "radiology" => {
                SpecialtyGroup::Imaging
            }
            "anatomical_pathology"
            | "clinical_biochemistry"
            | "clinical_microbiology"
            | "clinical_pathology"
            | "dermatopathology"
            | "forensic_medicine"
            | "laboratory_medicine"
            | "neuropathology"
            | "transfusion_medicine" => SpecialtyGroup::Laboratory,
            "audiology" | "health_administration" | "medical_informatics" | "nursing" | "pharmacy" => {
                SpecialtyGroup::AlliedHealth
            }
            _ => SpecialtyGroup::InternalMedicine,
        }
    }

    /// Every specialty with its code and its English name, sorted by code.
    pub fn all() -> impl Iterator<Item = (Self, &'static str)> {
        ALL.iter().map(|(code, name)| (Self(code), *name))
    }
}

impl fmt::Display for Specialty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Specialty {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::all().map(|(specialty, _)| specialty).find(|specialty| specialty.0 == text).ok_or_else(|| {
            Invalid::new(
                "this specialty is not on the list",
                "send a code from GET /specialties, such as cardiology",
            )
        })
    }
}

/// A group of specialties that are near each other: what results are broken down by, since a single specialty has too
/// few members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpecialtyGroup {
    /// Primary care, prevention, public health.
    PrimaryCare,
    /// Internal medicine and its branches, but for cardiology.
    InternalMedicine,
    /// Cardiology and its branches.
    Cardiology,
    /// Psychiatry, psychosomatic medicine, neurology.
    MentalHealthAndNeurology,
    /// Paediatrics and its branches, but for surgery.
    Paediatrics,
    /// Obstetrics and gynaecology and its branches.
    ObstetricsGynaecology,
    /// Surgery and its branches, eyes, ears and teeth among them.
    Surgery,
    /// Anaesthesiology, emergency and intensive care, pain.
    AcuteCare,
    /// Radiology and nuclear medicine.
    Imaging,
    /// Pathology, laboratory and forensic medicine.
    Laboratory,
    /// Nursing, pharmacy, audiology, informatics, administration.
    AlliedHealth,
}

impl SpecialtyGroup {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::PrimaryCare => "primary_care",
            Self::InternalMedicine => "internal_medicine",
            Self::Cardiology => "cardiology",
            Self::MentalHealthAndNeurology => "mental_health_and_neurology",
            Self::Paediatrics => "paediatrics",
            Self::ObstetricsGynaecology => "obstetrics_gynaecology",
            Self::Surgery => "surgery",
            Self::AcuteCare => "acute_care",
            Self::Imaging => "imaging",
            Self::Laboratory => "laboratory",
            Self::AlliedHealth => "allied_health",
        }
    }
}

text_value!(Specialty, "The stable code of a specialty.", "infectious_disease");

const ALL: &[(&str, &str)] = &[
    ("addiction_medicine", "Addiction medicine"),
    ("aerospace_medicine", "Aerospace medicine"),
    ("allergy_immunology", "Allergy and immunology"),
    ("anaesthesiology", "Anaesthesiology"),
    ("anatomical_pathology", "Anatomical pathology"),
    ("audiology", "Audiology"),
    ("bariatric_surgery", "Bariatric surgery"),
    ("breast_surgery", "Breast surgery"),
    ("cardiac_electrophysiology", "Cardiac electrophysiology"),
    ("cardiology", "Cardiology"),
    ("cardiothoracic_surgery", "Cardiothoracic surgery"),
    ("child_adolescent_psychiatry", "Child and adolescent psychiatry"),
    ("clinical_biochemistry", "Clinical biochemistry"),
    ("clinical_genetics", "Clinical genetics"),
    ("clinical_microbiology", "Clinical microbiology"),
    ("clinical_neurophysiology", "Clinical neurophysiology"),
    ("clinical_pathology", "Clinical pathology"),
    ("clinical_pharmacology", "Clinical pharmacology"),
    ("colorectal_surgery", "Colorectal surgery"),
    ("community_medicine", "Community medicine"),
    ("critical_care", "Critical care medicine"),
    ("dermatology", "Dermatology"),
    ("dermatopathology", "Dermatopathology"),
    ("developmental_paediatrics", "Developmental and behavioural paediatrics"),
    ("diabetology", "Diabetology"),
    ("emergency_medicine", "Emergency medicine"),
    ("endocrine_surgery", "Endocrine surgery"),
    ("endocrinology", "Endocrinology"),
    ("epidemiology", "Epidemiology"),
    ("family_medicine", "Family medicine"),
    ("forensic_medicine", "Forensic medicine"),
    ("forensic_psychiatry", "Forensic psychiatry"),
    ("gastroenterology", "Gastroenterology"),
    ("general_practice", "General practice"),
    ("general_surgery", "General surgery"),
    ("geriatric_medicine", "Geriatric medicine"),
    ("geriatric_psychiatry", "Geriatric psychiatry"),
    ("gynaecological_oncology", "Gynaecological oncology"),
    ("haematology", "Haematology"),
    ("hand_surgery", "Hand surgery"),
    ("head_neck_surgery", "Head and neck surgery"),
    ("health_administration", "Health administration"),
    ("hepatology", "Hepatology"),
    ("hospital_medicine", "Hospital medicine"),
    ("hyperbaric_medicine", "Hyperbaric and diving medicine"),
    ("infectious_disease", "Infectious disease"),
    ("internal_medicine", "Internal medicine"),
    ("interventional_cardiology", "Interventional cardiology"),
    ("interventional_radiology", "Interventional radiology"),
    ("laboratory_medicine", "Laboratory medicine"),
    ("maternal_fetal_medicine", "Maternal and fetal medicine"),
    ("medical_informatics", "Medical informatics"),
    ("medical_oncology", "Medical oncology"),
    ("medical_toxicology", "Medical toxicology"),
    ("neonatology", "Neonatology"),
    ("nephrology", "Nephrology"),
    ("neurology", "Neurology"),
    ("neuropathology", "Neuropathology"),
    ("neuroradiology", "Neuroradiology"),
    ("neurosurgery", "Neurosurgery"),
    ("nuclear_medicine", "Nuclear medicine"),
    ("nursing", "Nursing"),
    ("obstetrics_gynaecology", "Obstetrics and gynaecology"),
    ("occupational_medicine", "Occupational medicine"),
    ("ophthalmology", "Ophthalmology"),
    ("oral_maxillofacial_surgery", "Oral and maxillofacial surgery"),
    ("orthopaedic_surgery", "Orthopaedic surgery"),
    ("otolaryngology", "Otolaryngology"),
    ("paediatric_cardiology", "Paediatric cardiology"),
    ("paediatric_emergency_medicine", "Paediatric emergency medicine"),
    ("paediatric_gastroenterology", "Paediatric gastroenterology"),
    ("paediatric_haematology_oncology", "Paediatric haematology and oncology"),
    ("paediatric_intensive_care", "Paediatric intensive care"),
    ("paediatric_nephrology", "Paediatric nephrology"),
    ("paediatric_neurology", "Paediatric neurology"),
    ("paediatric_pulmonology", "Paediatric pulmonology"),
    ("paediatric_surgery", "Paediatric surgery"),
    ("paediatrics", "Paediatrics"),
    ("pain_medicine", "Pain medicine"),
    ("palliative_medicine", "Palliative medicine"),
    ("pharmacy", "Pharmacy"),
    ("physical_rehabilitation", "Physical medicine and rehabilitation"),
    ("plastic_surgery", "Plastic and reconstructive surgery"),
    ("preventive_medicine", "Preventive medicine"),
    ("psychiatry", "Psychiatry"),
    ("psychosomatic_medicine", "Psychosomatic medicine"),
    ("public_health", "Public health"),
    ("pulmonology", "Pulmonology"),
    ("radiation_oncology", "Radiation oncology"),
    ("radiology", "Diagnostic radiology"),
    ("reproductive_medicine", "Reproductive medicine"),
    ("rheumatology", "Rheumatology"),
    ("sexual_health", "Sexual health"),
    ("sleep_medicine", "Sleep medicine"),
    ("sports_medicine", "Sports medicine"),
    ("surgical_oncology", "Surgical oncology"),
    ("transfusion_medicine", "Transfusion medicine"),
    ("transplant_surgery", "Transplant surgery"),
    ("trauma_surgery", "Trauma surgery"),
    ("travel_medicine", "Travel and tropical medicine"),
    ("urogynaecology", "Urogynaecology"),
    ("urology", "Urology"),
    ("vascular_medicine", "Vascular medicine"),
    ("vascular_surgery", "Vascular surgery"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_at_least_ninety_three_distinct_sorted_codes() {
        assert!(ALL.len() >= 93);
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn every_group_has_specialties_and_every_specialty_one_that_is_near_it() {
        let of = |code: &str| code.parse::<Specialty>().map(|specialty| specialty.group().code());
        for (code, group) in [
            ("cardiology", "cardiology"),
            ("paediatric_cardiology", "paediatrics"),
            ("paediatric_surgery", "surgery"),
            ("nephrology", "internal_medicine"),
            ("general_practice", "primary_care"),
            ("nursing", "allied_health"),
        ] {
            assert_eq!(of(code), Ok(group));
        }
        let mut sizes = std::collections::BTreeMap::new();
        Specialty::all().for_each(|(specialty, _)| *sizes.entry(specialty.group()).or_insert(0) += 1);
        // Whatever is in no other group is internal medicine: a new specialty must be looked at.
        assert_eq!((sizes.len(), sizes[&SpecialtyGroup::InternalMedicine]), (11, 21));
    }

    #[test]
    fn a_code_is_read_and_an_unknown_one_refused() {
        assert_eq!("cardiology".parse::<Specialty>().map(Specialty::code), Ok("cardiology"));
        assert!("Cardiology".parse::<Specialty>().is_err());
    }
}
