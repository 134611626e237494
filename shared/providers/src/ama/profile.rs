//! A full profile of the association's, as XML.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use crate::{CallError, Record};

pub(super) fn read(entity: String, xml: &str) -> Result<Record, CallError> {
    let profile: FullProfile = quick_xml::de::from_str(xml).map_err(|_| CallError::Unreadable)?;
    let demographics = profile.demographics;
    let year = |date: &str| date.get(..4).and_then(|year| year.parse::<i16>().ok());
    let says = |flag: &Option<String>, answer: &str| {
        flag.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(answer))
    };
    let statuses: Vec<Status> = profile.licenses.iter().map(|licence| status(&licence.status)).collect();
    let mut bars = Vec::new();
    if profile.sanctions.0.iter().any(|value| is_sanction(value)) {
        bars.push("sanctioned");
    }
    if statuses.contains(&Status::Other) {
        bars.push("licence_status_unusual");
    }
    let deceased = demographics.death_date.as_deref().is_some_and(|date| !date.trim().is_empty())
        || says(&demographics.pending_dead_indicator, "Y");
    Ok(Record {
        reference: Some(entity),
        numbers: [profile.npi.and_then(|npi| npi.npi_code), profile.me_number]
            .into_iter()
            .flatten()
            .collect(),
        family_name: demographics.last_name,
        given_name: demographics.first_name,
        birth_year: year(&demographics.birth_date),
        graduation_years: profile
            .medical_schools
            .iter()
            .filter_map(|school| year(school.graduate_date.as_deref()?))
            .collect(),
        deceased,
        active: statuses.contains(&Status::Active),
        bars,
        no_release: says(&demographics.no_web_info_rls, "Y") || says(&demographics.no_release_ind, "Y"),
        no_contact: says(&demographics.contact_indicator, "N"),
    })
}

/// What a licence's state amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Active,
    /// It ended without a word against its holder.
    Ended,
    /// Anything else: for a person to judge.
    Other,
}

fn status(text: &str) -> Status {
    match text.trim().to_lowercase().as_str() {
        "active" => Status::Active,
        "" | "inactive" | "expired" | "lapsed" | "retired" | "not renewed" => Status::Ended,
        _ => Status::Other,
    }
}

/// Whether a field of the sanctions section says that there is one.
fn is_sanction(value: &str) -> bool {
    !["", "n", "no", "none", "0", "false"].contains(&value.trim().to_lowercase().as_str())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FullProfile {
    demographics: Demographics,
    #[serde(default)]
    licenses: Vec<Licence>,
    #[serde(default)]
    medical_schools: Vec<School>,
    #[serde(default)]
    sanctions: Sanctions,
    npi: Option<Npi>,
    me_number: Option<String>,
}

/// What every element of the section says, those of one name included.
#[derive(Default)]
struct Sanctions(Vec<String>);

impl<'de> Deserialize<'de> for Sanctions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Elements)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Sanctions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("elements that hold text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sanctions, A::Error> {
        let mut found = Vec::new();
        while let Some((_, text)) = map.next_entry::<String, String>()? {
            found.push(text);
        }
        Ok(Sanctions(found))
    }
}

/// The flags are named as in the columns of the association's flat file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Demographics {
    first_name: String,
    last_name: String,
    birth_date: String,
    death_date: Option<String>,
    pending_dead_indicator: Option<String>,
    contact_indicator: Option<String>,
    no_web_info_rls: Option<String>,
    #[serde(rename = "no_release_ind")]
    no_release_ind: Option<String>,
}

#[derive(Deserialize)]
struct Licence {
    #[serde(rename = "licenseStatusDescription", default)]
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct School {
    graduate_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Npi {
    npi_code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(rest: &str) -> Record {
        let xml = format!(
            "<full_profile><demographics><firstName>Ada</firstName><lastName>Example</lastName>\
            <birthDate>19700102</birthDate>{rest}</full_profile>"
        );
        read("7".to_owned(), &xml).expect("a profile")
    }

    const ACTIVE: &str = "<licenses><licenseStatusDescription>Active</licenseStatusDescription></licenses>";

    #[test]
    fn a_profile_with_one_licence_or_several_is_read() {
        let record = profile(&format!(
            "</demographics>{ACTIVE}<licenses><licenseStatusDescription>Expired</licenseStatusDescription>\
            </licenses><medicalSchools><schoolName>A</schoolName><graduateDate>19960601</graduateDate>\
            </medicalSchools><npi><npiCode>1234567893</npiCode></npi><meNumber>00112233445</meNumber>"
        ));
        assert_eq!((record.active, record.birth_year, record.deceased), (true, Some(1970), false));
        assert_eq!(record.numbers, ["1234567893", "00112233445"]);
        assert_eq!(record.graduation_years, [1996]);
        assert!(record.bars.is_empty() && !record.no_release && !record.no_contact, "{record:?}");
        assert!(!profile("</demographics>").active);
    }

    #[test]
    fn deaths_sanctions_unusual_licences_and_flags_are_kept() {
        let dead = profile("<deathDate>20200101</deathDate></demographics>");
        let suspected = profile("<pendingDeadIndicator>Y</pendingDeadIndicator></demographics>");
        assert!(dead.deceased && suspected.deceased);
        let sanctioned =
            profile("</demographics><sanctions><federal>N</federal><state>Probation</state></sanctions>");
        assert_eq!(sanctioned.bars, ["sanctioned"]);
        let twice = "<sanctions><state>Probation</state><state>N</state></sanctions>";
        assert_eq!(
            profile(&format!("</demographics>{twice}")).bars,
            ["sanctioned"],
            "the last one hid the first"
        );
        let clean = profile("</demographics><sanctions><federal>N</federal><state/></sanctions>");
        assert!(clean.bars.is_empty());
        let revoked = profile(
            "</demographics><licenses><licenseStatusDescription>Revoked</licenseStatusDescription></licenses>",
        );
        assert_eq!((revoked.active, revoked.bars), (false, vec!["licence_status_unusual"]));
        let flagged = profile(
            "<contactIndicator>N</contactIndicator><no_release_ind>Y</no_release_ind></demographics>",
        );
        assert!(flagged.no_contact && flagged.no_release);
        assert!(profile("<noWebInfoRls>Y</noWebInfoRls></demographics>").no_release);
    }

    #[test]
    fn a_page_that_is_no_profile_is_unreadable() {
        assert_eq!(read("7".to_owned(), "<html/>"), Err(CallError::Unreadable));
    }
}
