//! Our own list of specialties, with stable codes. A code is never reused and never renamed.

use std::{fmt, str::FromStr};

use crate::{Invalid, text_value};

/// A specialty, by its stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Specialty(&'static str);

impl Specialty {
    /// The stable code, for example `infectious_disease`.
    pub const fn code(self) -> &'static str {
        self.0
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
    fn a_code_is_read_and_an_unknown_one_refused() {
        assert_eq!("cardiology".parse::<Specialty>().map(Specialty::code), Ok("cardiology"));
        assert!("Cardiology".parse::<Specialty>().is_err());
    }
}
