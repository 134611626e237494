//! Licences, and what their numbers look like where their form is known.

use kernel::{Country, Invalid, Profession, text::Line};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A licence to practise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Who issued it, for example `General Medical Council`. In the United States the state, in two letters,
    /// for example `NY`.
    pub authority: Line,
    /// Its number there: a state licence in the United States, the GMC reference number in the United
    /// Kingdom, the RPPS number in France.
    pub number: Line,
    /// The National Provider Identifier, in the United States.
    #[serde(default)]
    pub npi: Option<Line>,
    /// The American Medical Association's number of a physician's medical education.
    #[serde(default)]
    pub me_number: Option<Line>,
}

/// What a number looks like.
struct Form {
    holds: fn(&str) -> bool,
    problem: &'static str,
    remedy: &'static str,
}

const NPI: Form = Form {
    holds: is_npi,
    problem: "this is not an NPI: it has 10 digits and a check digit",
    remedy: "correct the number; you find it in the NPI registry",
};

const ME_NUMBER: Form = Form {
    holds: |text| is_digits(text, 11),
    problem: "this is not an ME number: it has 11 digits",
    remedy: "copy the 11 digits from your AMA profile, or leave the field out and give your NPI",
};

const STATE: Form = Form {
    holds: |text| STATES.binary_search(&text).is_ok(),
    problem: "this is not a state or territory of the United States",
    remedy: "send the two capital letters of the state that issued the licence, such as NY",
};

const STATE_LICENCE: Form = Form {
    holds: |text| {
        (2..=15).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ' '))
            && text.chars().any(|c| c.is_ascii_digit())
    },
    problem: "this is not the number of a state licence: it has 2 to 15 letters and digits",
    remedy: "copy the number from your state licence",
};

const GMC: Form = Form {
    holds: |text| is_digits(text, 7),
    problem: "this is not a GMC reference number: it has 7 digits",
    remedy: "copy the 7 digits from the medical register",
};

const RPPS: Form = Form {
    holds: |text| is_digits(text, 11),
    problem: "this is not an RPPS number: it has 11 digits",
    remedy: "copy the 11 digits from your professional card",
};

/// The states, the district and the territories that license clinicians, by their postal code.
const STATES: [&str; 56] = [
    "AK", "AL", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI", "IA", "ID", "IL",
    "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND", "NE", "NH",
    "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI",
    "VT", "WA", "WI", "WV", "WY",
];

impl Licence {
    /// The numbers that a source knows the holder by: NPI and ME number where they are claimed, else the
    /// licence's own.
    pub fn identifying(&self) -> Vec<&Line> {
        let national: Vec<&Line> = self.npi.iter().chain(&self.me_number).collect();
        if national.is_empty() { vec![&self.number] } else { national }
    }

    /// Checks what can be seen without asking a register.
    ///
    /// # Errors
    /// Names the field at fault and its remedy.
    pub fn check(&self, country: Country, profession: Profession) -> Result<(), Invalid> {
        let npi = self.npi.as_ref().map(|npi| (&NPI, "licence.npi", npi));
        let me_number = self.me_number.as_ref().map(|number| (&ME_NUMBER, "licence.me_number", number));
        let mut known: Vec<(&Form, &'static str, &Line)> = npi.into_iter().chain(me_number).collect();
        match country.code() {
            "US" if profession != Profession::Administrator => {
                known.push((&STATE, "licence.authority", &self.authority));
                known.push((&STATE_LICENCE, "licence.number", &self.number));
            }
            "GB" if profession.is_physician() => known.push((&GMC, "licence.number", &self.number)),
            "FR" if profession != Profession::Administrator => {
                known.push((&RPPS, "licence.number", &self.number));
            }
            _ => {}
        }
        for (form, field, text) in known {
            if !(form.holds)(text.as_str()) {
                return Err(Invalid::new(form.problem, form.remedy).at(field));
            }
        }
        match country.code() {
            "US" if profession.is_physician() && self.npi.is_none() && self.me_number.is_none() => {
                Err(Invalid::new(
                    "a physician of the United States is found by their NPI or their ME number",
                    "give at least one of licence.npi and licence.me_number",
                )
                .at("licence.npi"))
            }
            "US" => Ok(()),
            _ if self.npi.is_some() => Err(foreign("licence.npi")),
            _ if self.me_number.is_some() => Err(foreign("licence.me_number")),
            _ => Ok(()),
        }
    }
}

fn foreign(field: &'static str) -> Invalid {
    Invalid::new("this number belongs to licences of the United States", "leave the field out").at(field)
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
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
    is_digits(text, 10) && text.starts_with(['1', '2']) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use kernel::Refusal;

    use super::*;

    #[test]
    fn an_npi_has_a_check_digit_over_its_prefix() {
        for good in ["1234567893", "1000000004", "2000000002"] {
            assert!(is_npi(good), "{good} was refused");
        }
        for bad in ["1234567890", "9941339108", "123456789", "12345678933", "123456789x", ""] {
            assert!(!is_npi(bad), "{bad} was taken");
        }
    }

    fn line(text: &str) -> Line {
        text.parse().expect("a line")
    }

    fn licence(authority: &str, number: &str, npi: Option<&str>, me_number: Option<&str>) -> Licence {
        Licence {
            authority: line(authority),
            number: line(number),
            npi: npi.map(line),
            me_number: me_number.map(line),
        }
    }

    #[test]
    fn a_number_of_a_known_form_is_checked_and_the_refusal_names_its_field() {
        let (physician, nurse) = (Profession::Physician, Profession::Nurse);
        let npi = Some("1234567893");
        let table = [
            ("US", physician, licence("NY", "123456", npi, None), None),
            ("US", physician, licence("CA", "A 12345", None, Some("00112233445")), None),
            ("US", physician, licence("NY", "123456", None, None), Some("licence.npi")),
            ("US", physician, licence("NY", "123456", Some("1234567890"), None), Some("licence.npi")),
            ("US", physician, licence("NY", "123456", npi, Some("1234")), Some("licence.me_number")),
            ("US", physician, licence("New York", "123456", npi, None), Some("licence.authority")),
            ("US", nurse, licence("ZZ", "123456", None, None), Some("licence.authority")),
            ("US", nurse, licence("TX", "RN-1/2", None, None), Some("licence.number")),
            ("US", nurse, licence("TX", "none", None, None), Some("licence.number")),
            ("US", nurse, licence("TX", "912345", None, None), None),
            ("GB", physician, licence("GMC", "1234567", None, None), None),
            ("GB", physician, licence("GMC", "123456", None, None), Some("licence.number")),
            ("GB", nurse, licence("NMC", "12A3456E", None, None), None),
            ("FR", physician, licence("Ordre", "10001234567", None, None), None),
            ("FR", physician, licence("Ordre", "1000123456", None, None), Some("licence.number")),
            ("FR", physician, licence("Ordre", "10001234567", npi, None), Some("licence.npi")),
            ("DE", physician, licence("Ärztekammer", "anything", None, None), None),
            ("DE", physician, licence("Kammer", "1", None, Some("00112233445")), Some("licence.me_number")),
        ];
        for (country, profession, licence, field) in table {
            let outcome = licence.check(country.parse().expect("a country"), profession);
            let named = outcome.as_ref().err().and_then(|invalid| invalid.field().map(|at| at.to_string()));
            assert_eq!(named.as_deref(), field, "{country} {licence:?}");
        }
    }

    #[test]
    fn the_states_are_sorted_so_that_they_are_found() {
        assert!(STATES.is_sorted());
    }
}
