//! Consents: what an applicant agreed to, in which words, and when.

use kernel::{Invalid, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The terms of use.
    Terms,
    /// The privacy notice.
    Privacy,
    /// That providers of identity, licence and device checks are asked.
    Verification,
}

/// The current texts. A new text is a new version, and everybody is asked again.
pub const CURRENT: [(Topic, &str); 3] =
    [(Topic::Terms, "2026-11"), (Topic::Privacy, "2026-11"), (Topic::Verification, "2026-11")];

/// An agreement as an applicant sends it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// To what.
    pub topic: Topic,
    /// To which version of its text.
    #[schema(example = "2026-11")]
    pub version: String,
}

/// An agreement as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Consent {
    /// To what.
    pub topic: Topic,
    /// To which version of its text.
    pub version: String,
    /// When.
    pub at: Timestamp,
}

/// The consents that agreements make: one to the current text of every topic.
///
/// # Errors
/// Names the topic that is missing or agreed to in an older text.
pub fn given(agreements: &[Agreement], at: Timestamp) -> Result<Vec<Consent>, Invalid> {
    let missing = |topic: Topic, version: &str| {
        Invalid::new(
            format!("there is no agreement to version {version} of {}", topic.name()),
            format!("show the applicant version {version} of {} and send it in consents", topic.name()),
        )
        .at("consents")
    };
    if agreements.len() > CURRENT.len() {
        return Err(Invalid::new(
            format!("there are {} agreements and {} topics", agreements.len(), CURRENT.len()),
            "send one agreement a topic",
        )
        .at("consents"));
    }
    CURRENT
        .iter()
        .map(|(topic, version)| {
            let agreed = agreements.iter().any(|one| one.topic == *topic && one.version == *version);
            let consent = Consent { topic: *topic, version: (*version).to_owned(), at };
            agreed.then_some(consent).ok_or_else(|| missing(*topic, version))
        })
        .collect()
}

impl Topic {
    const fn name(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
            Self::Verification => "verification",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreement(topic: Topic, version: &str) -> Agreement {
        Agreement { topic, version: version.to_owned() }
    }

    #[test]
    fn every_topic_is_agreed_to_in_its_current_text() {
        let all: Vec<Agreement> = CURRENT.iter().map(|(topic, version)| agreement(*topic, version)).collect();
        let consents = given(&all, Timestamp::UNIX_EPOCH).expect("consents");
        assert_eq!(consents.len(), CURRENT.len());
        assert!(given(&all[1..], Timestamp::UNIX_EPOCH).is_err(), "a topic was left out");
        let mut old = all.clone();
        old[0] = agreement(Topic::Terms, "2001-01");
        assert!(given(&old, Timestamp::UNIX_EPOCH).is_err(), "an older text was taken");
        assert!(given(&[all.clone(), all].concat(), Timestamp::UNIX_EPOCH).is_err());
    }
}
