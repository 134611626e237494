//! One person, one account: licences and persons that were approved are known again by keyed hashes.
//!
//! Without the key a row tells nothing; with it, whether a licence or a person is a member's. So only the
//! functions that decide have it, and no applicant is ever told.

use kernel::{Secret, id::ApplicationId};
use serde::{Deserialize, Serialize};
use table::Key;
use utoipa::ToSchema;

use crate::{application::Claim, licence::Licence, source::LicenceSource};

/// The key of the hashes.
#[derive(Debug, Clone)]
pub struct UniqueKey(Secret);

/// What of a claim was approved before, for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The licence: the same country and one of its numbers.
    Licence,
    /// The person: the same name and date of birth. Two people can share those.
    Person,
    /// The account of another network that stood for the first stage.
    SignIn,
}

impl Held {
    /// In a word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Licence => "licence",
            Self::Person => "person",
            Self::SignIn => "sign-in",
        }
    }
}

/// The row that holds a licence or a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// The user pool's id of the person it was approved for.
    pub(crate) subject: String,
    /// The application by which it was; nothing once its holder was erased.
    #[serde(default)]
    pub(crate) application: Option<ApplicationId>,
}

/// A number that identifies a licence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Number {
    /// A National Provider Identifier.
    Npi(String),
    /// A number of the American Medical Association.
    MeNumber(String),
    /// A reference number of the General Medical Council.
    Gmc(String),
}

impl UniqueKey {
    /// A key of that secret.
    pub const fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// Where a claim's licence stands, by each number that identifies it and however it is punctuated. A number
    /// that no source was asked about is not held: it may be somebody else's. Where no national register numbers
    /// licences, the issuer tells licences of one number apart.
    pub(crate) fn licences(&self, claim: &Claim) -> Vec<Key> {
        let Licence { authority, number, npi, me_number } = &claim.licence;
        let npi = npi.as_ref().map(|npi| Number::Npi(npi.to_string()));
        let me_number = me_number.as_ref().map(|number| Number::MeNumber(number.to_string()));
        let national: Vec<Key> = npi.into_iter().chain(me_number).map(|one| self.number(&one)).collect();
        if !national.is_empty() {
            return national;
        }
        let issuer = match LicenceSource::of(claim.country, claim.profession) {
            LicenceSource::Gmc | LicenceSource::Rpps => String::new(),
            LicenceSource::Ama | LicenceSource::Document => plain(authority.as_str()),
        };
        vec![self.key(&["licence", claim.country.code(), &issuer, &plain(number.as_str())])]
    }

    /// Where a claim's licence and person stand, and the account of another network that it was signed in with.
    pub(crate) fn all(&self, claim: &Claim) -> Vec<Key> {
        self.licences(claim).into_iter().chain([self.person(claim)]).chain(self.sign_in(claim)).collect()
    }

    /// Where the account of another network stands that a claim was signed in with.
    pub(crate) fn sign_in(&self, claim: &Claim) -> Option<Key> {
        let sign_in = claim.sign_in.as_ref()?;
        Some(self.key(&["sign_in", &sign_in.network, &sign_in.account]))
    }

    /// The partitions of the refusals of a claim's licence and person.
    pub(crate) fn refused(&self, claim: &Claim) -> Vec<String> {
        self.all(claim).into_iter().map(|key| key.pk.replacen("UNIQUE#", "REFUSED#", 1)).collect()
    }

    /// A person's account, so that it is known again and names nobody.
    pub(crate) fn account(&self, subject: &str) -> String {
        self.0.keyed_hash(&["account", subject])
    }

    /// Where a number stands.
    pub(crate) fn number(&self, number: &Number) -> Key {
        match number {
            Number::Npi(npi) => self.key(&["npi", npi]),
            Number::MeNumber(number) => self.key(&["me_number", number]),
            Number::Gmc(number) => self.key(&["licence", "GB", "", &plain(number)]),
        }
    }

    /// Where a claim's person stands, however their name is spelt, in whatever order, and whether or not they
    /// give their second names.
    pub(crate) fn person(&self, claim: &Claim) -> Key {
        let person = &claim.person;
        let first = person.given_name.as_str().split_whitespace().next().unwrap_or_default();
        let mut names = [plain(first), plain(person.family_name.as_str())];
        names.sort();
        let [first, second] = &names;
        self.key(&["person", first, second, &person.birth_date.to_string()])
    }

    fn key(&self, parts: &[&str]) -> Key {
        Key::new(format!("UNIQUE#{}", self.0.keyed_hash(parts)), "UNIQUE")
    }
}

/// A text's letters and digits in lower case, in Latin letters without marks: registers write `MUELLER` or
/// `MULLER` for whom applicants write Müller.
pub(crate) fn plain(text: &str) -> String {
    deunicode::deunicode(text).to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_tells_licences_apart_where_no_national_register_numbers_them() {
        let key = UniqueKey::new(Secret::new("unique"));
        let held = |country: &str, authority: &str| {
            let mut claim = crate::testing::sample("ada", kernel::Timestamp::UNIX_EPOCH).claim;
            claim.country = country.parse().expect("a country");
            claim.licence.authority = authority.parse().expect("an authority");
            key.licences(&claim)
        };
        assert_ne!(held("BR", "CRM-SP"), held("BR", "CRM-RJ"), "two doctors of one number are one");
        assert_eq!(held("BR", "CRM-SP"), held("BR", "crm sp"));
        assert_eq!(held("FR", "Ordre"), held("FR", "CNOM"), "one number of the register is two doctors");
    }
}
