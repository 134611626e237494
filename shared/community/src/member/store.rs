//! The rows of members in the community zone.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `MEMBER#<member>` | `PROFILE` | screen name, profession, specialty, country, tier; the legal name as long as it is shown |

use std::collections::HashMap;

use contracts::{
    Envelope,
    identity::{MemberActivated, MemberLeft, MemberShown},
};
use kernel::{
    Timestamp,
    id::{MemberId, MessageId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, Item, Key, Table, Transaction, Update};

use crate::CommunityError;

/// What a consumer of members' messages is called in the table.
const CONSUMER: &str = "members";

/// What who left is called. Nobody can take it for a screen name, which has no spaces.
const FORMER: &str = "former member";

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    member: MemberId,
    screen_name: String,
    #[serde(default)]
    real_name: Option<String>,
}

/// The store of members.
#[derive(Debug, Clone)]
pub struct Members {
    table: Table,
}

/// The names that some members are shown under.
#[derive(Debug, Default)]
pub struct Names(HashMap<MemberId, String>);

pub(crate) fn key(member: MemberId) -> Key {
    Key::new(format!("MEMBER#{member}"), "PROFILE")
}

impl Names {
    /// The name that a member is shown under, or of one who is not known here yet.
    pub fn of(&self, member: MemberId) -> String {
        self.0.get(&member).cloned().unwrap_or_else(|| "new member".to_owned())
    }

    /// The names among items that were read together with others.
    pub(crate) fn among(items: &[Item]) -> Self {
        let rows = items.iter().filter(|item| table::sort_key(item) == "PROFILE");
        Self(
            rows.filter_map(|item| table::read::<Row>(item.clone()).ok())
                .map(|row| (row.member, row.real_name.unwrap_or(row.screen_name)))
                .collect(),
        )
    }
}

impl Members {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Takes in a member who was activated. One transaction; nothing if it was done before.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn admit(&self, envelope: &Envelope<MemberActivated>) -> Result<(), CommunityError> {
        let MemberActivated { member, screen_name, clinician } = envelope.body.clone();
        // The name may have been changed by a message that overtook this one.
        let update = Update::new()
            .set("member", member)
            .set("clinician", clinician)
            .set_first("screen_name", screen_name);
        self.apply(envelope.id, envelope.at, member, update, Condition::default()).await
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

    /// Shows a member who left as a former one, for good. One transaction; nothing if it was done before.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn leave(&self, envelope: &Envelope<MemberLeft>) -> Result<(), CommunityError> {
        let member = envelope.body.member;
        let update = Update::new()
            .set("member", member)
            .set("screen_name", FORMER)
            .set("revision", i64::MAX)
            .remove("real_name");
        self.apply(envelope.id, envelope.at, member, update, Condition::default()).await
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
