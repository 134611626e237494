//! What a provider's answer amounts to. Unknown values go to a person, never to approval.

use kernel::Profession;
use providers::{ama, device, idology, register};

use crate::{
    application::Claim,
    evidence::{Finding, Verdict},
    unique::plain,
};

/// The version of these rules, kept with every piece of evidence.
pub const VERSION: &str = "2026-11-2";

/// Qualifiers of ExpectID that no automatic decision may pass over.
const HARD_STOPS: [&str; 6] = [
    "resultcode.subject.deceased",
    "resultcode.ssn.does.not.match",
    "resultcode.ssn.not.available",
    "resultcode.ssn.issued.prior.to.dob",
    "resultcode.ssn.not.valid",
    "resultcode.single.address.in.file",
];

/// From these scores on, a device goes to review (RelevantID's documented cut-offs, out of 100).
const DUPLICATE_FROM: f64 = 75.0;
const FRAUD_FROM: f64 = 30.0;

/// Judges an ExpectID answer.
pub fn identity(answer: &idology::Answer) -> Finding {
    let mut codes = vec![answer.summary.clone(), answer.result.clone()];
    codes.extend(answer.qualifiers.iter().cloned());
    codes.extend(answer.restriction.iter().cloned());
    let stopped = answer.qualifiers.iter().any(|code| HARD_STOPS.contains(&code.as_str()));
    let verdict = match (answer.summary.as_str(), answer.result.as_str()) {
        _ if stopped || answer.restriction.is_some() => Verdict::Refer,
        ("id.success", "result.match") => Verdict::Pass,
        ("id.failure", "result.no.match") => Verdict::Fail,
        _ => Verdict::Refer,
    };
    Finding { verdict, transaction: Some(answer.transaction.clone()), codes }
}

/// Judges an AMA profile against the claim: names, birth year, an active licence, alive.
pub fn ama_profile(claim: &Claim, profile: Option<&ama::Profile>) -> Finding {
    let Some(profile) = profile else { return not_found() };
    let year = claim.person.birth_date.year().to_string();
    let mut codes = Vec::new();
    if profile.deceased {
        codes.push("recorded_as_deceased");
    }
    if !same_name(claim.person.family_name.as_str(), &profile.family_name) {
        codes.push("name_mismatch");
    }
    if !same_given_name(claim.person.given_name.as_str(), &profile.given_name) {
        codes.push("given_name_mismatch");
    }
    if !profile.birth_date.starts_with(&year) {
        codes.push("birth_year_mismatch");
    }
    let active = profile.licence_statuses.iter().any(|status| status.eq_ignore_ascii_case("active"));
    conclude(codes, active, Some(profile.entity.clone()))
}

/// Judges a register's entry against the claim: number, names, birth year, active.
pub fn registration(claim: &Claim, found: Option<&register::Registration>) -> Finding {
    let Some(found) = found else { return not_found() };
    let mut codes = Vec::new();
    if found.number != claim.licence.number.as_str() {
        codes.push("number_mismatch");
    }
    if !same_name(claim.person.family_name.as_str(), &found.family_name) {
        codes.push("name_mismatch");
    }
    if !same_given_name(claim.person.given_name.as_str(), &found.given_name) {
        codes.push("given_name_mismatch");
    }
    if found.birth_year != claim.person.birth_date.year() {
        codes.push("birth_year_mismatch");
    }
    conclude(codes, found.status == "active", None)
}

/// Judges a device's score. It never approves or refuses alone: at worst it refers.
pub fn device(score: &device::Score) -> Finding {
    let mut codes = vec![format!("decision:{}", score.decision)];
    let duplicate = score.multiple_accounts * 100.0 >= DUPLICATE_FROM;
    let fraud = score.account_score * 100.0 >= FRAUD_FROM;
    codes.extend(duplicate.then(|| "duplicate".to_owned()));
    codes.extend(fraud.then(|| "fraud".to_owned()));
    let harmless = !duplicate && !fraud && score.decision == "Real";
    let verdict = if harmless { Verdict::Pass } else { Verdict::Refer };
    Finding { verdict, transaction: Some(score.request_id.clone()), codes }
}

/// Whether the profession's licence is in the AMA's data.
pub const fn is_in_ama(country: kernel::Country, profession: Profession) -> bool {
    matches!(country.code().as_bytes(), b"US") && profession.is_physician()
}

fn not_found() -> Finding {
    Finding { verdict: Verdict::Fail, transaction: None, codes: vec!["licence_not_found".to_owned()] }
}

fn conclude(mut codes: Vec<&'static str>, active: bool, transaction: Option<String>) -> Finding {
    let verdict = match (codes.is_empty(), active) {
        (true, true) => Verdict::Pass,
        (true, false) => {
            codes.push("licence_not_active");
            Verdict::Fail
        }
        (false, _) => Verdict::Refer,
    };
    Finding { verdict, transaction, codes: codes.into_iter().map(str::to_owned).collect() }
}

fn same_name(claimed: &str, found: &str) -> bool {
    plain(claimed) == plain(found)
}

/// Whether two given names are one person's: registers leave out second names, and applicants do.
fn same_given_name(claimed: &str, found: &str) -> bool {
    let first = |names: &str| plain(names.split_whitespace().next().unwrap_or_default());
    !first(claimed).is_empty() && (same_name(claimed, found) || first(claimed) == first(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(summary: &str, result: &str, qualifiers: &[&str]) -> idology::Answer {
        idology::Answer {
            transaction: "1".to_owned(),
            summary: summary.to_owned(),
            result: result.to_owned(),
            qualifiers: qualifiers.iter().map(|code| (*code).to_owned()).collect(),
            restriction: None,
        }
    }

    #[test]
    fn only_a_plain_success_passes_identity() {
        let table = [
            (answer("id.success", "result.match", &[]), Verdict::Pass),
            (answer("id.failure", "result.no.match", &[]), Verdict::Fail),
            (answer("id.failure", "result.match", &[]), Verdict::Refer),
            (answer("id.partial", "result.match", &[]), Verdict::Refer),
            (answer("id.brand.new", "result.match", &[]), Verdict::Refer),
            (answer("id.success", "result.match", &["resultcode.subject.deceased"]), Verdict::Refer),
        ];
        for (answer, verdict) in table {
            assert_eq!(identity(&answer).verdict, verdict, "{answer:?}");
        }
        let listed = idology::Answer {
            restriction: Some("global.watch.list".to_owned()),
            ..answer("id.success", "result.match", &[])
        };
        assert_eq!(identity(&listed).verdict, Verdict::Refer);
    }

    #[test]
    fn a_device_refers_from_the_documented_cut_offs_and_never_fails() {
        let score = |account_score, multiple_accounts, decision: &str| device::Score {
            request_id: "r".to_owned(),
            decision: decision.to_owned(),
            account_score,
            multiple_accounts,
        };
        let table = [
            (score(0.29, 0.74, "Real"), Verdict::Pass),
            (score(0.30, 0.0, "Real"), Verdict::Refer),
            (score(0.0, 0.75, "Real"), Verdict::Refer),
            (score(0.0, 0.0, "Fake"), Verdict::Refer),
            (score(0.0, 0.0, "New word"), Verdict::Refer),
            (score(1.0, 1.0, "Fake"), Verdict::Refer),
        ];
        for (score, verdict) in table {
            assert_eq!(device(&score).verdict, verdict, "{score:?}");
        }
    }

    #[test]
    fn names_are_compared_without_case_and_punctuation() {
        assert!(same_name("O'Brien-Ng", "OBRIEN NG"));
        assert!(!same_name("Brown", "Braun"));
        assert!(same_given_name("Mary Ann", "Mary") && same_given_name("Jean-Luc", "Jean Luc"));
        assert!(!same_given_name("Bob", "Ada") && !same_given_name("-", "Ada") && !same_given_name("-", "-"));
    }
}
