//! The rows of members in the community zone.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `MEMBER#<member>` | `PROFILE` | screen name; profession, specialty, country and tier until they leave; the legal name as long as it is shown |

use std::collections::HashMap;

use contracts::{
    Envelope,
    identity::{MemberActivated, MemberLeft, MemberShown},
};
use kernel::{
    Timestamp,
    id::{MemberId, MessageId},
    session::Clinician,
};
use serde::{Deserialize, Serialize};
use table::{Condition, Item, Key, Table, Transaction, Update};

use super::census::{self, Census};
use crate::CommunityError;

/// How often a change is tried when another one comes first.
const ATTEMPTS: usize = 3;

/// What a consumer of members' messages is called in the table.
const CONSUMER: &str = "members";

/// What one who is not known here yet is called.
const NEW: &str = "new member";

/// What who left is called. Nobody can take it for a screen name, which has no spaces.
const FORMER: &str = "former member";

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    member: MemberId,
    screen_name: String,
    #[serde(default)]
    real_name: Option<String>,
}

/// What a profile says of whom it counts as.
#[derive(Debug, Default, Deserialize)]
struct Standing {
    #[serde(default)]
    clinician: Option<Clinician>,
    /// Which announcement of it that was.
    #[serde(default)]
    announced: i64,
    #[serde(default)]
    left: bool,
}

/// The store of members.
#[derive(Debug, Clone)]
pub struct Members {
    table: Table,
}

/// The names that some members are shown under.
#[derive(Debug, Default)]
pub struct Names(HashMap<MemberId, Row>);

pub(crate) fn key(member: MemberId) -> Key {
    Key::new(format!("MEMBER#{member}"), "PROFILE")
}

impl Names {
    /// The name that a member is shown under, or of one who is not known here yet.
    pub fn of(&self, member: MemberId) -> String {
        let name = self.0.get(&member).map(|row| row.real_name.as_ref().unwrap_or(&row.screen_name));
        name.map_or_else(|| NEW.to_owned(), ToOwned::to_owned)
    }

    /// The screen name of a member, also of one whom the community sees under their own: for what anybody reads.
    pub fn screen_name_of(&self, member: MemberId) -> String {
        self.0.get(&member).map_or_else(|| NEW.to_owned(), |row| row.screen_name.clone())
    }

    /// The names among items that were read together with others.
    pub(crate) fn among(items: &[Item]) -> Self {
        let rows = items.iter().filter(|item| table::sort_key(item) == "PROFILE");
        Self(
            rows.filter_map(|item| table::read::<Row>(item.clone()).ok())
                .map(|row| (row.member, row))
                .collect(),
        )
    }
}

impl Members {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Takes in a member who was activated, or verified as something else than before, and counts them. One read and one
    /// transaction; nothing if it was done before, or they have left, or something later was told.
    ///
    /// # Errors
    /// [`CommunityError::Contended`]; storage faults.
    pub async fn admit(&self, envelope: &Envelope<MemberActivated>) -> Result<(), CommunityError> {
        let MemberActivated { member, screen_name, clinician, revision } = &envelope.body;
        self.change(envelope.id, envelope.at, *member, |before| {
            // A message of their leaving may have overtaken this one, or of what they were verified as since.
            if before.left || before.announced > *revision {
                return (Update::new().set("member", member), Vec::new());
            }
            // The name may have been changed by a message that overtook this one.
            let update = Update::new()
                .set("member", member)
                .set("clinician", clinician)
                .set("announced", revision)
                .set_first("screen_name", screen_name);
            let moved = before.clinician != Some(*clinician);
            let counts =
                before.clinician.map(|clinician| (clinician, -1)).into_iter().chain([(*clinician, 1)]);
            (update, counts.filter(|_| moved).collect())
        })
        .await
    }

    /// Shows a member under another name. One transaction; nothing if it was done before, or a later
    /// appearance is known.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn show(&self, envelope: &Envelope<MemberShown>) -> Result<(), CommunityError> {
        let MemberShown { member, screen_name, real_name, revision } = envelope.body.clone();
        let update = Update::new()
            .set("member", member)
            .set("screen_name", screen_name)
            .set("real_name", real_name)
            .set("revision", revision);
        let newer = Condition::missing_or_below("revision", revision);
        self.apply(envelope.id, envelope.at, member, update, newer).await
    }

    /// Shows a member who left as a former one, for good, and counts them no more. One read and one transaction; nothing
    /// if it was done before.
    ///
    /// # Errors
    /// [`CommunityError::Contended`]; storage faults.
    pub async fn leave(&self, envelope: &Envelope<MemberLeft>) -> Result<(), CommunityError> {
        let member = envelope.body.member;
        self.change(envelope.id, envelope.at, member, |before| {
            let update = Update::new()
                .set("member", member)
                .set("screen_name", FORMER)
                .set("left", true)
                .set("revision", i64::MAX)
                .remove("clinician")
                .remove("announced")
                .remove("real_name");
            (update, before.clinician.map(|clinician| (clinician, -1)).into_iter().collect())
        })
        .await
    }

    /// Changes a profile, and what is counted of members with it, as it was read.
    async fn change(
        &self,
        message: MessageId,
        at: Timestamp,
        member: MemberId,
        step: impl Fn(&Standing) -> (Update, Vec<(Clinician, i64)>),
    ) -> Result<(), CommunityError> {
        for _ in 0..ATTEMPTS {
            let before: Standing = self.table.get(key(member)).await?.unwrap_or_default();
            let (update, counts) = step(&before);
            let unchanged = match before.clinician {
                Some(clinician) => Condition::equals("clinician", clinician)
                    .and(Condition::missing_or_equals("announced", before.announced)),
                None => Condition::missing("clinician"),
            };
            let unchanged = if before.left { unchanged } else { unchanged.and(Condition::missing("left")) };
            let transaction = Transaction::new().seen(CONSUMER, &message.to_string(), at).update(
                "profile",
                key(member),
                update,
                unchanged,
            );
            let transaction = counts.into_iter().fold(transaction, |transaction, (clinician, by)| {
                census::counted(transaction, clinician, by)
            });
            match self.table.commit(transaction).await {
                Ok(()) => return Ok(()),
                Err(error) if error.failed("seen") => return Ok(()),
                Err(error) if error.failed("profile") || error.is_retryable() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CommunityError::Contended)
    }

    /// How many members there are of each kind. One query, and more where a page is full.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn census(&self) -> Result<Census, CommunityError> {
        census::read(&self.table).await
    }

    async fn apply(
        &self,
        message: MessageId,
        at: Timestamp,
        member: MemberId,
        update: Update,
        when: Condition,
    ) -> Result<(), CommunityError> {
        let transaction = Transaction::new().seen(CONSUMER, &message.to_string(), at).update(
            "profile",
            key(member),
            update,
            when,
        );
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("seen") && !error.failed("profile") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The names that some members are shown under. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn names(&self, members: impl IntoIterator<Item = MemberId>) -> Result<Names, CommunityError> {
        let items = self.table.get_many(members.into_iter().map(key)).await?;
        Ok(Names::among(&items))
    }
}
