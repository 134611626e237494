//! What an applicant claims, and what can be checked of it without asking anybody.

use jiff::civil::Date;
use kernel::{Country, Invalid, Profession, Specialty, session::Clinician, text::Line};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{consent::Consent, evidence::Stage, licence::Licence, sign_in::SignIn};

/// The youngest age at which anybody holds a clinical licence, in years.
const YOUNGEST: i16 = 18;
/// The oldest age that a date of birth may say, in years.
const OLDEST: i16 = 110;

/// How old a clinician is at least when they finish their training, in years.
const YOUNGEST_GRADUATE: i16 = 16;

/// A person's legal particulars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Given name, as on the licence.
    pub given_name: Line,
    /// Family name, as on the licence.
    pub family_name: Line,
    /// Date of birth, for example `1970-01-31`.
    #[schema(value_type = String, format = Date, example = "1970-01-31")]
    pub birth_date: Date,
    /// Street and number.
    pub street: Line,
    /// City.
    pub city: Line,
    /// State or region, where addresses have one.
    #[serde(default)]
    pub region: Option<Line>,
    /// Postal code.
    pub postal_code: Line,
    /// Telephone number in international form, for example `+12015550123`.
    pub phone: Line,
}

/// What the applicant's browser says of itself, by the vendor's script: scores out of 100. They can be forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceHints {
    /// How likely this browser was here before.
    pub duplicate_score: u8,
    /// How likely it cheats.
    pub fraud_score: u8,
}

/// What an applicant claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who they say they are.
    pub person: Person,
    /// What they say they practise.
    pub profession: Profession,
    /// In which specialty.
    pub specialty: Specialty,
    /// In which country they are licensed.
    pub country: Country,
    /// The licence.
    pub licence: Licence,
    /// The year in which they finished their training; administrators may have none.
    #[serde(default)]
    pub graduation_year: Option<i16>,
    /// The device vendor's id of the browser session in which they applied.
    pub device_session: Line,
    /// What their browser says of itself.
    #[serde(default)]
    pub device_hints: Option<DeviceHints>,
    /// The sign-in of another network that stands for the first stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
    /// What they agreed to.
    pub consents: Vec<Consent>,
}

impl Person {
    /// The legal name, given name first.
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

impl Claim {
    /// Checks what can be checked without asking anybody.
    ///
    /// # Errors
    /// Names the first field at fault and its remedy.
    pub fn check(&self, today: Date) -> Result<(), Invalid> {
        let age = today.year() - self.person.birth_date.year();
        if !(YOUNGEST..=OLDEST).contains(&age) {
            return Err(Invalid::new(
                format!("a clinician of {age} years cannot be"),
                "correct the date of birth",
            )
            .at("person.birth_date"));
        }
        let phone = self.person.phone.as_str();
        let digits = phone.strip_prefix('+').unwrap_or_default();
        if !(7..=15).contains(&digits.len()) || !digits.chars().all(|c| c.is_ascii_digit()) {
            return Err(Invalid::new(
                "this is not a telephone number in international form",
                "write + and 7 to 15 digits, such as +12015550123",
            )
            .at("person.phone"));
        }
        if self.device_hints.is_some_and(|hints| hints.duplicate_score.max(hints.fraud_score) > 100) {
            return Err(Invalid::new("a score is out of 100", "send the vendor's scores, from 0 to 100")
                .at("device_hints"));
        }
        self.licence.check(self.country, self.profession)?;
        let earliest = self.person.birth_date.year().saturating_add(YOUNGEST_GRADUATE);
        match self.graduation_year {
            None if self.profession == Profession::Administrator => {}
            None => {
                return Err(Invalid::new(
                    "the year of graduation is missing",
                    "send the year in which you finished your training, such as 1995",
                )
                .at("graduation_year"));
            }
            Some(year) if !(earliest..=today.year()).contains(&year) => {
                return Err(Invalid::new(
                    format!("nobody born on that day graduated in {year}"),
                    format!("send a year from {earliest} to {}", today.year()),
                )
                .at("graduation_year"));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Whether a stage would be asked the same about this claim as about another.
    pub(super) fn same_for(&self, stage: Stage, other: &Self) -> bool {
        let unreachable = |claim: &Self| Person { phone: self.person.phone.clone(), ..claim.person.clone() };
        match stage {
            Stage::Identity => {
                (self.country, &self.sign_in) == (other.country, &other.sign_in)
                    && self.person == unreachable(other)
            }
            Stage::Licence => {
                let names = |one: &Self| {
                    let Person { given_name, family_name, birth_date, .. } = one.person.clone();
                    (given_name, family_name, birth_date, one.licence.clone())
                };
                let rest = |one: &Self| (one.profession, one.country, one.graduation_year);
                names(self) == names(other) && rest(self) == rest(other)
            }
            Stage::Device => {
                (&self.device_session, self.device_hints) == (&other.device_session, other.device_hints)
            }
        }
    }

    /// What the community may know once the claim is verified.
    pub const fn clinician(&self) -> Clinician {
        Clinician {
            profession: self.profession,
            specialty: self.specialty,
            country: self.country,
            tier: kernel::Tier::of(self.profession),
        }
    }
}
