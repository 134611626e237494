//! Whom something is addressed to: everyone, or some countries, specialties or professions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Country, Invalid, Profession, Specialty, session::Clinician};

/// The most countries, specialties or professions that one audience has.
const MOST: usize = 30;

/// An audience. It is one of countries or of specialties or of professions and never of two of them at once: few
/// would be left, and what few answered tells of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "to", deny_unknown_fields)]
pub enum Audience {
    /// Every member.
    Everyone {},
    /// Who is licensed in one of some countries.
    Countries {
        /// The countries, 1 to 30.
        countries: BTreeSet<Country>,
    },
    /// Who practises one of some specialties.
    Specialties {
        /// The specialties, 1 to 30.
        specialties: BTreeSet<Specialty>,
    },
    /// Who has one of some professions.
    Professions {
        /// The professions, at least one.
        professions: BTreeSet<Profession>,
    },
}

impl Default for Audience {
    fn default() -> Self {
        Self::Everyone {}
    }
}

impl Audience {
    /// Checks that it names somebody, and no more than can be shown.
    ///
    /// # Errors
    /// When it names none or too many.
    pub fn checked(self) -> Result<Self, Invalid> {
        let (named, field) = match &self {
            Self::Everyone {} => return Ok(self),
            Self::Countries { countries } => (countries.len(), "audience.countries"),
            Self::Specialties { specialties } => (specialties.len(), "audience.specialties"),
            Self::Professions { professions } => (professions.len(), "audience.professions"),
        };
        if (1..=MOST).contains(&named) {
            return Ok(self);
        }
        let remedy = format!("name 1 to {MOST}, or address everyone");
        Err(Invalid::new("an audience that is nobody, or nearly everybody", remedy).at(field))
    }

    /// Whether somebody belongs to it.
    pub fn has(&self, clinician: &Clinician) -> bool {
        match self {
            Self::Everyone {} => true,
            Self::Countries { countries } => countries.contains(&clinician.country),
            Self::Specialties { specialties } => specialties.contains(&clinician.specialty),
            Self::Professions { professions } => professions.contains(&clinician.profession),
        }
    }

    /// A text that is the same for the same audience and never for two.
    pub fn name(&self) -> String {
        let listed = |kind: &str, names: Vec<&str>| format!("{kind}:{}", names.join(","));
        match self {
            Self::Everyone {} => "everyone".to_owned(),
            Self::Countries { countries } => {
                listed("countries", countries.iter().map(|one| one.code()).collect())
            }
            Self::Specialties { specialties } => {
                listed("specialties", specialties.iter().map(|one| one.code()).collect())
            }
            Self::Professions { professions } => {
                listed("professions", professions.iter().map(|one| one.code()).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tier;

    fn of(json: &str) -> Audience {
        serde_json::from_str(json).expect("an audience")
    }

    #[test]
    fn an_audience_has_whom_it_names() {
        let clinician = Clinician {
            profession: Profession::Nurse,
            specialty: "cardiology".parse().expect("a specialty"),
            country: "FR".parse().expect("a country"),
            tier: Tier::TripleVerified,
        };
        for (audience, has) in [
            (r#"{"to":"everyone"}"#, true),
            (r#"{"to":"countries","countries":["DE","FR"]}"#, true),
            (r#"{"to":"countries","countries":["DE"]}"#, false),
            (r#"{"to":"specialties","specialties":["cardiology"]}"#, true),
            (r#"{"to":"specialties","specialties":["radiology"]}"#, false),
            (r#"{"to":"professions","professions":["nurse"]}"#, true),
            (r#"{"to":"professions","professions":["physician","resident"]}"#, false),
        ] {
            assert_eq!(of(audience).has(&clinician), has, "{audience}");
        }
    }

    #[test]
    fn the_same_audience_has_the_same_name_however_it_is_written() {
        let one = of(r#"{"to":"countries","countries":["FR","DE","FR"]}"#);
        assert_eq!(one.name(), "countries:DE,FR");
        assert_eq!(one, of(r#"{"to":"countries","countries":["DE","FR"]}"#));
        assert_ne!(one.name(), of(r#"{"to":"countries","countries":["DE"]}"#).name());
    }

    #[test]
    fn the_longest_name_is_short_enough_for_a_key() {
        let mut codes: Vec<&str> = Specialty::all().map(|(specialty, _)| specialty.code()).collect();
        codes.sort_by_key(|code| std::cmp::Reverse(code.len()));
        let specialties = codes.into_iter().take(MOST).map(|code| code.parse().expect("a code")).collect();
        let name = Audience::Specialties { specialties }.checked().expect("an audience").name();
        // DynamoDB takes 1,024 bytes.
        assert!(name.len() < 1_000, "{}", name.len());
    }

    #[test]
    fn an_audience_of_nobody_or_of_two_kinds_is_refused() {
        for nobody in [r#"{"to":"countries","countries":[]}"#, r#"{"to":"professions","professions":[]}"#] {
            assert!(of(nobody).checked().is_err(), "{nobody}");
        }
        for wrong in [
            r#"{"to":"everyone","countries":["FR"]}"#,
            r#"{"to":"countries","countries":["FR"],"specialties":["cardiology"]}"#,
            r#"{"to":"countries","countries":["XX"]}"#,
        ] {
            assert!(serde_json::from_str::<Audience>(wrong).is_err(), "{wrong}");
        }
    }
}
