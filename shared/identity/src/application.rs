//! An application to join: what a person claims, and where its verification stands.

mod store;

use jiff::civil::Date;
use kernel::{
    Country, Invalid, Profession, Specialty, Timestamp, id::ApplicationId, session::Clinician, text::Line,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{IdentityError, evidence::Evidence, reason::Reason, unique::Held};
pub use store::{Applications, Decisions, File};

/// The youngest age at which anybody holds a clinical licence, in years.
const YOUNGEST: i16 = 18;
/// The oldest age that a date of birth may say, in years.
const OLDEST: i16 = 110;

/// The text of the consents that an applicant agrees to. A new text is a new version.
pub const CONSENT_VERSION: &str = "2026-11";

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

/// A licence to practise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Who issued it, for example `General Medical Council`.
    pub authority: Line,
    /// Its number there. For a physician of the United States, the NPI.
    pub number: Line,
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
    /// The device vendor's id of the browser session in which they applied.
    pub device_session: Line,
    /// The version of the consents they agreed to.
    pub consent_version: String,
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The stages are running.
    Verifying,
    /// A reviewer will look at it.
    InReview,
    /// Verified.
    Approved,
    /// Refused, with reasons.
    Refused,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// The user pool's id of the applicant.
    pub subject: String,
    /// The verified e-mail address of the applicant.
    pub email: String,
    /// What is claimed.
    pub claim: Claim,
    /// Where it stands.
    pub status: Status,
    /// Why it was refused or referred.
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// What of it was approved before for somebody else: for reviewers alone.
    #[serde(default)]
    pub held: Option<Held>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it was decided.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
    /// Which reviewer decided it, if one did.
    #[serde(default)]
    pub decided_by: Option<String>,
}

/// What is to become of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Everything was verified.
    Approve,
    /// A person must look at it.
    Refer(Vec<Reason>),
    /// Something is plainly not so.
    Refuse(Vec<Reason>),
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
        if self.country == Country::US
            && self.profession.is_physician()
            && !is_npi(self.licence.number.as_str())
        {
            return Err(Invalid::new(
                "this is not an NPI: it has 10 digits and a check digit",
                "correct the number; you find it in the NPI registry",
            )
            .at("licence.number"));
        }
        if self.consent_version != CONSENT_VERSION {
            return Err(Invalid::new(
                "this is not the current version of the consents",
                format!("show the applicant version {CONSENT_VERSION} and send that"),
            )
            .at("consent_version"));
        }
        Ok(())
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

/// Whether a text is a National Provider Identifier: ten digits that begin with 1 or 2, of which the
/// last is the Luhn check digit over `80840` and the first nine (45 CFR 162.406).
fn is_npi(text: &str) -> bool {
    let digits: Vec<u32> = format!("80840{text}").chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    text.len() == 10 && digits.len() == 15 && text.starts_with(['1', '2']) && sum.is_multiple_of(10)
}

impl Application {
    /// What the evidence of the three stages makes of an application.
    ///
    /// A stage that failed refuses; three passed stages approve; anything else, a missing stage
    /// included, is for a person to decide. The device stage never fails.
    pub fn decide(evidence: &[Evidence]) -> Decision {
        use crate::evidence::{Stage, Verdict};
        let of = |stage: Stage| evidence.iter().find(|one| one.stage == stage);
        let stages = [Stage::Identity, Stage::Licence, Stage::Device];
        let failed: Vec<Reason> = stages
            .iter()
            .filter_map(|stage| of(*stage))
            .filter(|one| one.verdict == Some(Verdict::Fail))
            .flat_map(Reason::of)
            .collect();
        if !failed.is_empty() {
            return Decision::Refuse(failed);
        }
        let open: Vec<Reason> = stages
            .iter()
            .filter(|stage| of(**stage).is_none_or(|one| one.verdict != Some(Verdict::Pass)))
            .map(|stage| Reason::referred(*stage))
            .collect();
        if open.is_empty() { Decision::Approve } else { Decision::Refer(open) }
    }

    /// Checks that a reviewer may decide this application.
    ///
    /// # Errors
    /// When it is the reviewer's own, or does not wait for a reviewer.
    pub fn open_to(&self, reviewer: &str) -> Result<(), IdentityError> {
        if self.subject == reviewer {
            Err(IdentityError::OwnApplication)
        } else if self.status != Status::InReview {
            Err(IdentityError::NotInReview)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::{Stage, Verdict, tests::evidence};

    #[test]
    fn an_npi_has_a_check_digit_over_its_prefix() {
        for good in ["1234567893", "1000000004", "2000000002"] {
            assert!(is_npi(good), "{good} was refused");
        }
        for bad in ["1234567890", "9941339108", "123456789", "12345678933", "123456789x", ""] {
            assert!(!is_npi(bad), "{bad} was taken");
        }
    }

    #[test]
    fn three_passed_stages_approve() {
        let all = [Stage::Identity, Stage::Licence, Stage::Device]
            .map(|stage| evidence(stage, Some(Verdict::Pass)));
        assert_eq!(Application::decide(&all), Decision::Approve);
    }

    #[test]
    fn a_failed_stage_refuses_with_a_reason_in_words() {
        let failed = [evidence(Stage::Identity, Some(Verdict::Fail))];
        match Application::decide(&failed) {
            Decision::Refuse(reasons) => assert!(reasons.iter().all(|reason| !reason.remedy.is_empty())),
            other => panic!("{other:?}"),
        }
    }

    fn verdict() -> impl Strategy<Value = Option<Verdict>> {
        prop_oneof![
            Just(None),
            Just(Some(Verdict::Pass)),
            Just(Some(Verdict::Refer)),
            Just(Some(Verdict::Indeterminate)),
        ]
    }

    proptest! {
        #[test]
        fn nothing_short_of_three_passes_is_approved(a in verdict(), b in verdict(), c in verdict()) {
            let all = [evidence(Stage::Identity, a), evidence(Stage::Licence, b), evidence(Stage::Device, c)];
            let approved = Application::decide(&all) == Decision::Approve;
            prop_assert_eq!(approved, [a, b, c].iter().all(|one| *one == Some(Verdict::Pass)));
        }
    }
}
