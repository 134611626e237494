//! The General Medical Council's register as its subscribers get it: a full file, and a delta every day.
//!
//! The operator's licensed copy stands at an https address of theirs, as `full.csv` and `delta-<date>.csv`. Of
//! its columns only those are read that verification needs; it may not be published again.

use jiff::civil::Date;
use kernel::Secret;
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    CallError, Record,
    call::{bytes, send},
};

/// The largest file that is read, in bytes: a full register of about 400,000 doctors at half a kilobyte.
const LARGEST_FILE: usize = 256 * 1024 * 1024;

/// A file of the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// Everybody.
    Full,
    /// What changed on a day.
    Delta(Date),
}

/// A doctor as the register has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doctor {
    /// The reference number, seven digits.
    pub number: String,
    /// Family name.
    pub family_name: String,
    /// Given names.
    pub given_name: String,
    /// The year of the primary qualification.
    pub qualified: Option<i16>,
    /// Since when the doctor is registered, provisionally or in full.
    pub registered_on: Option<Date>,
    /// The registration's state, in the register's own words.
    pub status: String,
    /// Findings on fitness to practise: `conditions`, `undertakings`, `warning`.
    pub findings: Vec<String>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "GMC Ref No")]
    number: String,
    #[serde(rename = "Surname")]
    family_name: String,
    #[serde(rename = "Given Name")]
    given_name: String,
    #[serde(rename = "Year Of Qualification")]
    qualified: String,
    #[serde(rename = "PR Date")]
    provisional: String,
    #[serde(rename = "FR Date")]
    full: String,
    #[serde(rename = "Registration Status")]
    status: String,
    #[serde(rename = "FtP Conditions Exist")]
    conditions: String,
    #[serde(rename = "FtP Undertakings Exist")]
    undertakings: String,
    #[serde(rename = "FtP Warnings Exist")]
    warnings: String,
}

/// A client of the place where the operator's copy stands.
#[derive(Debug, Clone)]
pub struct Gmc {
    client: Client,
    base: String,
    api_key: Secret,
}

impl Gmc {
    /// A client of the place at `base`, without a trailing slash. The client must be a patient one.
    pub const fn new(client: Client, base: String, api_key: Secret) -> Self {
        Self { client, base, api_key }
    }

    /// A file, if there is one: there may be no delta of a day.
    ///
    /// # Errors
    /// When the place gives no usable answer.
    pub async fn file(&self, file: File) -> Result<Option<Vec<u8>>, CallError> {
        let name = match file {
            File::Full => "full.csv".to_owned(),
            File::Delta(day) => format!("delta-{day}.csv"),
        };
        let request = self.client.get(format!("{}/{name}", self.base)).bearer_auth(self.api_key.reveal());
        let response = send(request, &[404]).await.map_err(CallError::again)?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        bytes(response, LARGEST_FILE).await.map(Some).map_err(CallError::again)
    }
}

/// The doctors of a file, one by one.
///
/// An item is [`CallError::Unreadable`] when its line is not of the documented columns; of a page that is no register
/// at all it is the first.
pub fn doctors(file: &[u8]) -> impl Iterator<Item = Result<Doctor, CallError>> {
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let is_register = reader.headers().is_ok_and(|names| names.iter().any(|name| name == "GMC Ref No"));
    let fault = (!is_register).then_some(Err(CallError::Unreadable));
    let lines = reader.into_deserialize::<Line>();
    fault.into_iter().chain(lines.map(|line| line.ok().and_then(doctor).ok_or(CallError::Unreadable)))
}

fn doctor(line: Line) -> Option<Doctor> {
    let registered_on = match (line.full.as_str(), line.provisional.as_str()) {
        ("", "") => None,
        ("", provisional) => Some(day(provisional)?),
        (full, _) => Some(day(full)?),
    };
    let findings =
        [(&line.conditions, "conditions"), (&line.undertakings, "undertakings"), (&line.warnings, "warning")];
    let findings = findings.into_iter().filter(|(exist, _)| !exist.eq_ignore_ascii_case("n"));
    // A leading zero may have been lost here too.
    let number = format!("{:0>7}", line.number);
    let seven = number.len() == 7 && number.bytes().all(|byte| byte.is_ascii_digit());
    seven.then(|| Doctor {
        findings: findings.map(|(_, code)| code.to_owned()).collect(),
        number,
        family_name: line.family_name,
        given_name: line.given_name,
        qualified: line.qualified.parse().ok(),
        registered_on,
        status: line.status,
    })
}

/// A date as `ddmmyyyy`, of which a leading zero may have been lost.
fn day(text: &str) -> Option<Date> {
    if !(7..=8).contains(&text.len()) {
        return None;
    }
    let digits: u32 = text.parse().ok()?;
    let (day, month, year) = (digits / 1_000_000, digits / 10_000 % 100, digits % 10_000);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

impl Doctor {
    /// What the register says, in the form that all sources have. A finding on fitness to practise is a bar, and
    /// so is a state in words that are not known.
    pub fn record(&self, today: Date) -> Record {
        let status = self.status.to_lowercase();
        let active = status.starts_with("registered with licence")
            && self.registered_on.is_some_and(|since| since <= today);
        let known =
            ["registered with licence", "registered without a licence", "not registered", "suspended"];
        let bars = [("conditions", "conditions"), ("undertakings", "undertakings"), ("warning", "warning")];
        let mut bars: Vec<&'static str> = bars
            .into_iter()
            .filter(|(finding, _)| self.findings.iter().any(|one| one == finding))
            .map(|(_, code)| code)
            .collect();
        if !known.iter().any(|words| status.starts_with(words)) {
            bars.push("licence_status_unusual");
        }
        Record {
            numbers: vec![self.number.clone()],
            family_name: self.family_name.clone(),
            given_name: self.given_name.clone(),
            graduation_years: self.qualified.into_iter().collect(),
            deceased: status.contains("deceased"),
            active,
            bars,
            ..Record::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "GMC Ref No,Surname,Given Name,Gender,Qualification,Year Of Qualification,\
        Place of Qualification,PR Date,FR Date,Specialist Register Date,GP Register Date,Registration Status,\
        ARF Due Date,FtP Conditions Exist,FtP Undertakings Exist,Other Names,FtP Warnings Exist\n";

    fn one(line: &str) -> Result<Doctor, CallError> {
        let file = format!("\u{feff}{HEADER}{line}\n");
        doctors(file.as_bytes()).next().expect("a line")
    }

    fn today() -> Date {
        Date::constant(2026, 11, 22)
    }

    #[test]
    fn a_line_is_read_by_its_columns_and_dates_without_their_zero_too() {
        let doctor =
            one("1234567,Example,Ada,W,MB BS,1995,London,1081995,05071996,,,Registered with Licence,,N,N,,N");
        let doctor = doctor.expect("a doctor");
        assert_eq!(doctor.registered_on, Some(Date::constant(1996, 7, 5)));
        let record = doctor.record(today());
        assert!(record.active && record.bars.is_empty(), "{record:?}");
        assert_eq!((record.graduation_years.as_slice(), record.birth_year), ([1995].as_slice(), None));
        assert_eq!(day("5071978"), Some(Date::constant(1978, 7, 5)));
        for wrong in ["", "1978", "32011978", "05-07-78", "123456789"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn states_and_findings_come_from_a_table_and_what_is_unknown_is_a_bar() {
        let of = |status: &str, findings: &str| {
            let line = format!("1234567,Example,Ada,W,MB,1995,London,,05071996,,,{status},,{findings}");
            one(&line).expect("a doctor").record(today())
        };
        let clean = "N,N,,N";
        assert!(of("Registered with Licence", clean).active);
        assert!(of("Registered with licence; this doctor is on the GP register", clean).active);
        for inactive in ["Registered without a licence to practise", "Not Registered - erased", "Suspended"] {
            let record = of(inactive, clean);
            assert!(!record.active && record.bars.is_empty(), "{record:?}");
        }
        assert!(of("Not Registered - Deceased", clean).deceased);
        assert_eq!(of("A new word", clean).bars, ["licence_status_unusual"]);
        assert_eq!(of("Registered with Licence", "Y,N,,Y").bars, ["conditions", "warning"]);
        assert_eq!(of("Registered with Licence", "N,?,,N").bars, ["undertakings"]);
    }

    #[test]
    fn a_file_of_other_columns_or_a_bad_line_is_unreadable() {
        assert_eq!(doctors(b"a,b\n1,2\n").next(), Some(Err(CallError::Unreadable)));
        assert!(one("12x,Example,Ada,W,MB,1995,L,,05071996,,,Registered with Licence,,N,N,,N").is_err());
        assert!(one("1234567,Example,Ada,W,MB,1995,L,,99,,,Registered with Licence,,N,N,,N").is_err());
    }
}
