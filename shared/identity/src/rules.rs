//! What a provider's answer amounts to. Unknown values go to a person, never to approval.

pub mod expectid;

use providers::{Record, device, nppes};

use crate::{
    application::{Claim, DeviceHints},
    evidence::{Finding, Verdict},
    sign_in::SignIn,
    unique::plain,
};

/// The version of these rules, kept with every piece of evidence.
pub const VERSION: &str = "2026-11-4";

/// From which scores on, out of 100, a device goes to review. RelevantID documents 75 for a duplicate and 30 for
/// fraud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceLimits {
    /// For several accounts of one person.
    pub duplicate: u8,
    /// For fraud.
    pub fraud: u8,
}

/// Judges a source's record against the claim.
///
/// It passes when a number is exactly the same, the names are close, the year of birth or of graduation is the
/// same, and a licence is active without a bar. A licence that is plainly not active fails. Anything else is a
/// person's decision, and so is a record whose source asks that it not be released: it may be looked at, not
/// acted upon. `no_contact` is noted; no source's address is ever kept.
pub fn licence(claim: &Claim, record: Option<&Record>) -> Finding {
    let Some(record) = record else {
        let codes = vec!["licence_not_found".to_owned()];
        return Finding { verdict: Verdict::Fail, transaction: None, codes };
    };
    let mut doubts = differences(claim, record);
    doubts.extend(&record.bars);
    if record.no_release {
        doubts.push("no_release");
    }
    let verdict = match (doubts.is_empty(), record.active) {
        (true, true) => Verdict::Pass,
        (true, false) => Verdict::Fail,
        (false, _) => Verdict::Refer,
    };
    if !record.active {
        doubts.push("licence_not_active");
    }
    if record.no_contact {
        doubts.push("no_contact");
    }
    Finding {
        verdict,
        transaction: record.reference.clone(),
        codes: doubts.into_iter().map(str::to_owned).collect(),
    }
}

/// Where a record is not of the person who claims it.
fn differences(claim: &Claim, record: &Record) -> Vec<&'static str> {
    let Claim { person, licence, graduation_year, .. } = claim;
    let mut codes = Vec::new();
    let known: Vec<String> = record.numbers.iter().map(|number| plain(number)).collect();
    if !licence.identifying().iter().all(|number| known.contains(&plain(number.as_str()))) {
        codes.push("number_mismatch");
    }
    if !same_name(person.family_name.as_str(), &record.family_name) {
        codes.push("name_mismatch");
    }
    if !same_given_name(person.given_name.as_str(), &record.given_name) {
        codes.push("given_name_mismatch");
    }
    match (record.birth_year, record.graduation_years.as_slice()) {
        (Some(year), _) if year == person.birth_date.year() => {}
        (Some(_), _) => codes.push("birth_year_mismatch"),
        (None, []) => codes.push("year_unconfirmed"),
        (None, years) if graduation_year.is_some_and(|year| years.contains(&year)) => {}
        (None, _) => codes.push("graduation_year_mismatch"),
    }
    if record.deceased {
        codes.push("recorded_as_deceased");
    }
    codes
}

/// Judges a sign-in with another network: whether the name that it has verified is the claim's.
pub fn sign_in(claim: &Claim, sign_in: &SignIn) -> Finding {
    let person = &claim.person;
    let mut codes = vec!["network_sign_in"];
    if !same_name(person.family_name.as_str(), &sign_in.family_name) {
        codes.push("name_mismatch");
    }
    if !same_given_name(person.given_name.as_str(), &sign_in.given_name) {
        codes.push("given_name_mismatch");
    }
    let verdict = if codes.len() == 1 { Verdict::Pass } else { Verdict::Refer };
    Finding { verdict, transaction: None, codes: codes.into_iter().map(str::to_owned).collect() }
}

/// Checks a claim's NPI against the public registry: what it finds can only raise doubts.
pub fn npi(claim: &Claim, found: Option<&nppes::Provider>) -> Vec<&'static str> {
    let Some(found) = found else { return vec!["npi_not_found"] };
    let person = &claim.person;
    let same = same_name(person.family_name.as_str(), &found.family_name)
        && same_given_name(person.given_name.as_str(), &found.given_name);
    let doubts = [
        (!found.individual, "npi_of_an_organisation"),
        (!found.active, "npi_deactivated"),
        (found.individual && !same, "npi_name_mismatch"),
    ];
    doubts.into_iter().filter_map(|(holds, code)| holds.then_some(code)).collect()
}

/// A finding with doubts from elsewhere: it can no longer pass. A failure stays one.
pub fn doubted(finding: Finding, doubts: &[&'static str]) -> Finding {
    let Finding { verdict, transaction, mut codes } = finding;
    codes.extend(doubts.iter().map(|code| (*code).to_owned()));
    let verdict = if verdict == Verdict::Pass && !doubts.is_empty() { Verdict::Refer } else { verdict };
    Finding { verdict, transaction, codes }
}

/// Judges a device's score. It never approves or refuses alone: at worst it refers. What the applicant's browser
/// says of itself can be forged: it is kept for the reviewer, and decides nothing.
pub fn device(score: &device::Score, hints: Option<DeviceHints>, limits: DeviceLimits) -> Finding {
    let mut codes = vec![format!("decision:{}", score.decision)];
    let duplicate = score.multiple_accounts * 100.0 >= f64::from(limits.duplicate);
    let fraud = score.account_score * 100.0 >= f64::from(limits.fraud);
    codes.extend(duplicate.then(|| "duplicate".to_owned()));
    codes.extend(fraud.then(|| "fraud".to_owned()));
    if let Some(hints) = hints {
        codes.push(format!("hint_duplicate:{}", hints.duplicate_score));
        codes.push(format!("hint_fraud:{}", hints.fraud_score));
    }
    let harmless = !duplicate && !fraud && score.decision == "Real";
    let verdict = if harmless { Verdict::Pass } else { Verdict::Refer };
    Finding { verdict, transaction: Some(score.request_id.clone()), codes }
}

/// A finding that no source can be had for: a person's decision.
pub fn unconfirmed(code: &str) -> Finding {
    Finding { verdict: Verdict::Refer, transaction: None, codes: vec![code.to_owned()] }
}

/// Names of at least so many letters may differ by one: a slip of a pen.
const LONG_NAME: usize = 6;

/// Whether two names are written alike.
fn same_name(claimed: &str, found: &str) -> bool {
    let (claimed, found) = (plain(claimed), plain(found));
    let long = claimed.len().min(found.len()) >= LONG_NAME;
    !claimed.is_empty() && (claimed == found || (long && strsim::osa_distance(&claimed, &found) <= 1))
}

/// Whether two given names are one person's: registers leave out second names, and applicants do.
fn same_given_name(claimed: &str, found: &str) -> bool {
    let first = |names: &str| plain(names.split_whitespace().next().unwrap_or_default());
    !first(claimed).is_empty() && (same_name(claimed, found) || first(claimed) == first(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim() -> Claim {
        let submitted: serde_json::Value =
            serde_json::from_str(include_str!("../../../events/identity/applications/submit.json"))
                .expect("a sample event");
        let body = submitted["body"]
            .as_str()
            .expect("a body")
            .replace(r#""version": "2026-11"}"#, r#""version": "2026-11", "at": "2026-11-22T10:00:00Z"}"#);
        serde_json::from_str(&body).expect("a claim")
    }

    fn record() -> Record {
        Record {
            numbers: vec!["10001234567".to_owned()],
            family_name: "EXAMPLE".to_owned(),
            given_name: "Ada Maria".to_owned(),
            birth_year: Some(1970),
            active: true,
            ..Record::default()
        }
    }

    #[test]
    fn a_licence_passes_when_everything_fits_and_is_a_persons_decision_when_anything_does_not() {
        let by_year =
            |years: &[i16]| Record { birth_year: None, graduation_years: years.to_vec(), ..record() };
        let table = [
            (record(), Verdict::Pass, None),
            (Record { numbers: vec!["1000 1234 567".to_owned()], ..record() }, Verdict::Pass, None),
            (Record { numbers: Vec::new(), ..record() }, Verdict::Refer, Some("number_mismatch")),
            (Record { family_name: "Examples".to_owned(), ..record() }, Verdict::Pass, None),
            (Record { family_name: "Other".to_owned(), ..record() }, Verdict::Refer, Some("name_mismatch")),
            (
                Record { given_name: "Bob".to_owned(), ..record() },
                Verdict::Refer,
                Some("given_name_mismatch"),
            ),
            (Record { birth_year: Some(1971), ..record() }, Verdict::Refer, Some("birth_year_mismatch")),
            (by_year(&[]), Verdict::Refer, Some("year_unconfirmed")),
            (by_year(&[1990, 1995]), Verdict::Pass, None),
            (by_year(&[1990]), Verdict::Refer, Some("graduation_year_mismatch")),
            (Record { deceased: true, ..record() }, Verdict::Refer, Some("recorded_as_deceased")),
            (Record { active: false, ..record() }, Verdict::Fail, Some("licence_not_active")),
            (Record { bars: vec!["sanctioned"], ..record() }, Verdict::Refer, Some("sanctioned")),
            (Record { no_release: true, ..record() }, Verdict::Refer, Some("no_release")),
            (Record { no_contact: true, ..record() }, Verdict::Pass, Some("no_contact")),
            (
                Record { active: false, family_name: "Other".to_owned(), ..record() },
                Verdict::Refer,
                Some("licence_not_active"),
            ),
        ];
        for (record, verdict, code) in table {
            let finding = licence(&claim(), Some(&record));
            assert_eq!(finding.verdict, verdict, "{record:?}");
            assert_eq!(code.is_none(), finding.codes.is_empty(), "{finding:?}");
            assert!(code.is_none_or(|code| finding.codes.iter().any(|one| one == code)), "{finding:?}");
        }
        assert_eq!(licence(&claim(), None).verdict, Verdict::Fail);
    }

    #[test]
    fn a_sign_in_passes_under_the_same_name_and_is_a_persons_decision_under_another() {
        let signed_in = |given_name: &str, family_name: &str| SignIn {
            network: "a network".to_owned(),
            account: "1".to_owned(),
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            at: kernel::Timestamp::UNIX_EPOCH,
        };
        for (given_name, family_name, verdict) in [
            ("ADA", "Example", Verdict::Pass),
            ("Ada Maria", "EXAMPLE", Verdict::Pass),
            ("Bob", "Example", Verdict::Refer),
            ("Ada", "Other", Verdict::Refer),
        ] {
            let finding = sign_in(&claim(), &signed_in(given_name, family_name));
            assert_eq!(finding.verdict, verdict, "{finding:?}");
        }
    }

    #[test]
    fn the_public_registry_can_only_raise_doubts() {
        let found = |individual, active, family_name: &str| nppes::Provider {
            number: "1234567893".to_owned(),
            individual,
            active,
            family_name: family_name.to_owned(),
            given_name: "ADA".to_owned(),
        };
        assert!(npi(&claim(), Some(&found(true, true, "EXAMPLE"))).is_empty());
        assert_eq!(npi(&claim(), None), ["npi_not_found"]);
        assert_eq!(npi(&claim(), Some(&found(false, true, ""))), ["npi_of_an_organisation"]);
        assert_eq!(npi(&claim(), Some(&found(true, false, "EXAMPLE"))), ["npi_deactivated"]);
        assert_eq!(npi(&claim(), Some(&found(true, true, "Other"))), ["npi_name_mismatch"]);
        let pass = licence(&claim(), Some(&record()));
        assert_eq!(doubted(pass.clone(), &[]).verdict, Verdict::Pass);
        assert_eq!(doubted(pass, &["npi_not_found"]).verdict, Verdict::Refer);
        assert_eq!(doubted(licence(&claim(), None), &["npi_not_found"]).verdict, Verdict::Fail);
    }

    #[test]
    fn a_device_refers_from_the_documented_cut_offs_and_never_fails() {
        let score = |account_score, multiple_accounts, decision: &str| device::Score {
            request_id: "r".to_owned(),
            decision: decision.to_owned(),
            account_score,
            multiple_accounts,
        };
        let limits = DeviceLimits { duplicate: 75, fraud: 30 };
        let table = [
            (score(0.29, 0.74, "Real"), Verdict::Pass),
            (score(0.30, 0.0, "Real"), Verdict::Refer),
            (score(0.0, 0.75, "Real"), Verdict::Refer),
            (score(0.0, 0.0, "Fake"), Verdict::Refer),
            (score(0.0, 0.0, "New word"), Verdict::Refer),
            (score(1.0, 1.0, "Fake"), Verdict::Refer),
        ];
        for (score, verdict) in table {
            assert_eq!(device(&score, None, limits).verdict, verdict, "{score:?}");
        }
        let strict = DeviceLimits { duplicate: 10, fraud: 10 };
        assert_eq!(device(&score(0.2, 0.0, "Real"), None, strict).verdict, Verdict::Refer);
        let forged = Some(DeviceHints { duplicate_score: 100, fraud_score: 0 });
        let found = device(&score(0.0, 0.0, "Real"), forged, limits);
        assert_eq!((found.verdict, found.codes.len()), (Verdict::Pass, 3), "a hint decided");
        assert_eq!(device(&score(0.5, 0.0, "Real"), forged, limits).verdict, Verdict::Refer);
    }

    #[test]
    fn names_are_compared_without_case_and_punctuation() {
        assert!(same_name("O'Brien-Ng", "OBRIEN NG"));
        assert!(same_name("Müller", "MULLER") && same_name("Łukasiewicz", "Lukasiewicz"));
        assert!(same_name("Johansson", "Johanson") && same_name("Petersen", "Petesren"));
        assert!(!same_name("Brown", "Braun") && !same_name("Jones", "James") && !same_name("", ""));
        assert!(same_given_name("Mary Ann", "Mary") && same_given_name("Jean-Luc", "Jean Luc"));
        assert!(!same_given_name("Bob", "Ada") && !same_given_name("-", "Ada") && !same_given_name("-", "-"));
    }
}
