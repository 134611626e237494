//! The correction of a single field of what was verified, with the source that shows it. A reviewer decides.

use jiff::civil::Date;
use kernel::{
    Invalid, Timestamp,
    text::{Line, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Application, Claim, Status};
use crate::IdentityError;

/// How many corrections an application may gather.
const MOST: usize = 20;

/// A field that can be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// Date of birth, as `1970-01-31`.
    BirthDate,
    /// Street and number.
    Street,
    /// City.
    City,
    /// State or region.
    Region,
    /// Postal code.
    PostalCode,
    /// Telephone number in international form.
    Phone,
    /// Year of graduation.
    GraduationYear,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    /// Which field.
    pub field: Field,
    /// What it said before.
    pub before: Option<String>,
    /// What it is to say.
    pub value: Line,
    /// What shows it, for example a marriage certificate, with its number.
    pub source: Text<500>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Whether it was made, once a reviewer has decided.
    #[serde(default)]
    pub accepted: Option<bool>,
    /// When they decided.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
}

fn unreadable(remedy: &'static str) -> Invalid {
    Invalid::new("this is no value of that field", remedy).at("value")
}

impl Claim {
    /// What a field says.
    fn field(&self, field: Field) -> Option<String> {
        let person = &self.person;
        Some(match field {
            Field::GivenName => person.given_name.to_string(),
            Field::FamilyName => person.family_name.to_string(),
            Field::BirthDate => person.birth_date.to_string(),
            Field::Street => person.street.to_string(),
            Field::City => person.city.to_string(),
            Field::Region => return person.region.as_ref().map(ToString::to_string),
            Field::PostalCode => person.postal_code.to_string(),
            Field::Phone => person.phone.to_string(),
            Field::GraduationYear => return self.graduation_year.map(|year| year.to_string()),
        })
    }

    /// The claim with another value in a field.
    fn with(mut self, field: Field, value: &Line) -> Result<Self, Invalid> {
        let person = &mut self.person;
        let line = value.clone();
        match field {
            Field::GivenName => person.given_name = line,
            Field::FamilyName => person.family_name = line,
            Field::BirthDate => {
                person.birth_date =
                    value.as_str().parse().map_err(|_| unreadable("send a date such as 1970-01-31"))?;
            }
            Field::Street => person.street = line,
            Field::City => person.city = line,
            Field::Region => person.region = Some(line),
            Field::PostalCode => person.postal_code = line,
            Field::Phone => person.phone = line,
            Field::GraduationYear => {
                let year = value.as_str().parse().map_err(|_| unreadable("send a year such as 1995"))?;
                self.graduation_year = Some(year);
            }
        }
        Ok(self)
    }
}

impl Application {
    /// The correction that waits for a reviewer, if one does.
    pub fn pending_correction(&self) -> Option<&Correction> {
        self.corrections.last().filter(|one| one.accepted.is_none())
    }

    /// Asks for a field of what was verified to be corrected.
    ///
    /// # Errors
    /// [`IdentityError::NotVerified`] before the approval, [`IdentityError::CorrectionPending`] while another one
    /// waits, [`IdentityError::TooOften`] after twenty; names `value` when it is none of that field.
    pub fn ask_correction(
        &self,
        (field, value): (Field, Line),
        source: Text<500>,
        today: Date,
        now: Timestamp,
    ) -> Result<Self, IdentityError> {
        if self.status != Status::Approved {
            return Err(IdentityError::NotVerified);
        }
        if self.pending_correction().is_some() {
            return Err(IdentityError::CorrectionPending);
        }
        if self.corrections.len() >= MOST {
            return Err(IdentityError::TooOften);
        }
        self.claim.clone().with(field, &value)?.check(today).map_err(|invalid| invalid.at("value"))?;
        let before = self.claim.field(field);
        let asked =
            Correction { field, before, value, source, asked_at: now, accepted: None, decided_at: None };
        let mut next = self.clone();
        next.corrections.push(asked);
        Ok(next)
    }

    /// Decides on the correction that waits.
    ///
    /// # Errors
    /// [`IdentityError::OwnApplication`]; [`IdentityError::NotInReview`] when none waits.
    pub fn decide_correction(
        &self,
        reviewer: &str,
        accepted: bool,
        now: Timestamp,
    ) -> Result<Self, IdentityError> {
        if self.subject == reviewer {
            return Err(IdentityError::OwnApplication);
        }
        let mut next = self.clone();
        let pending = next.corrections.last_mut().filter(|one| one.accepted.is_none());
        let pending = pending.ok_or(IdentityError::NotInReview)?;
        pending.accepted = Some(accepted);
        pending.decided_at = Some(now);
        if accepted {
            next.claim = next.claim.with(pending.field, &pending.value)?;
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::sample;

    #[test]
    fn a_correction_is_checked_asked_once_at_a_time_and_made_by_a_reviewer() {
        let now = Timestamp::UNIX_EPOCH;
        let today: Date = "2026-11-22".parse().expect("a day");
        let line = |text: &str| text.parse::<Line>().expect("a line");
        let source = || "Certificate 7".parse::<Text<500>>().expect("a source");
        let application = Application { status: Status::Approved, ..sample("ada", now) };
        let ask = |application: &Application, field, value: &str| {
            application.ask_correction((field, line(value)), source(), today, now)
        };
        for (field, value) in
            [(Field::BirthDate, "tomorrow"), (Field::Phone, "123"), (Field::GraduationYear, "1")]
        {
            let refused = ask(&application, field, value);
            assert!(
                matches!(&refused, Err(IdentityError::Invalid(invalid)) if kernel::Refusal::field(invalid).as_deref() == Some("value")),
                "{refused:?}"
            );
        }
        let asked = ask(&application, Field::FamilyName, "Married").expect("asked");
        assert!(matches!(ask(&asked, Field::City, "Lyon"), Err(IdentityError::CorrectionPending)));
        assert_eq!(asked.claim.person.family_name, application.claim.person.family_name, "made at once");
        assert!(matches!(asked.decide_correction("ada", true, now), Err(IdentityError::OwnApplication)));
        let made = asked.decide_correction("rita", true, now).expect("made");
        assert_eq!(made.claim.person.family_name.as_str(), "Married");
        assert!(matches!(made.decide_correction("rita", true, now), Err(IdentityError::NotInReview)));
        let declined = asked.decide_correction("rita", false, now).expect("declined");
        assert_eq!(declined.claim, application.claim);
        let open = Application { status: Status::InReview, ..application };
        assert!(matches!(ask(&open, Field::City, "Lyon"), Err(IdentityError::NotVerified)));
    }
}
