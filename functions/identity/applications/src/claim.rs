//! What an applicant sends: the claim, in full.

use identity::{
    application::{Claim, DeviceHints, Person},
    consent::{self, Agreement},
    licence::Licence,
    sign_in::SignIn,
};
use jiff::tz::TimeZone;
use kernel::{Country, Invalid, Profession, Specialty, Timestamp, text::Line};
use serde::Deserialize;
use utoipa::ToSchema;

/// An application to join.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApplication {
    /// Legal particulars. They never leave the identity zone.
    person: Person,
    /// What the applicant practises.
    profession: Profession,
    /// In which specialty; codes are at `GET /specialties`.
    specialty: Specialty,
    /// The country of the licence.
    country: Country,
    /// The licence.
    licence: Licence,
    /// The year in which the applicant finished their training. Administrators may leave it out.
    #[serde(default)]
    #[schema(example = 1995)]
    graduation_year: Option<i16>,
    /// The device vendor's id of the browser session.
    device_session: Line,
    /// What the vendor's script in the browser says, if it says anything.
    #[serde(default)]
    device_hints: Option<DeviceHints>,
    /// Whether the caller's sign-in with another network (`/sign-in`) stands for the first stage.
    #[serde(default)]
    sign_in: bool,
    /// An agreement to the current text of every topic: `terms`, `privacy`, `verification`.
    consents: Vec<Agreement>,
}

impl NewApplication {
    /// Whether a sign-in is to stand for the first stage.
    pub(crate) const fn by_sign_in(&self) -> bool {
        self.sign_in
    }

    /// The claim, checked as far as it can be without asking anybody.
    pub(crate) fn claim(self, sign_in: Option<SignIn>, now: Timestamp) -> Result<Claim, Invalid> {
        let claim = Claim {
            person: self.person,
            profession: self.profession,
            specialty: self.specialty,
            country: self.country,
            licence: self.licence,
            graduation_year: self.graduation_year,
            device_session: self.device_session,
            device_hints: self.device_hints,
            sign_in: sign_in.filter(|_| self.sign_in),
            consents: consent::given(&self.consents, now)?,
        };
        claim.check(now.to_zoned(TimeZone::UTC).date())?;
        Ok(claim)
    }
}
