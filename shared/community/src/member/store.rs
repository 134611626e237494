//! The rows of members in the community zone.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `MEMBER#<member>` | `PROFILE` | screen name, profession, specialty, country, tier |

use std::collections::HashMap;

use contracts::{Envelope, identity::MemberActivated};
use kernel::{id::MemberId, session::Clinician};
use serde::{Deserialize, Serialize};
use table::{Item, Key, Table, Transaction};

use crate::CommunityError;

/// What a consumer of members' messages is called in the table.
const CONSUMER: &str = "members";

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    member: MemberId,
    screen_name: String,
    clinician: Clinician,
}

/// The store of members.
#[derive(Debug, Clone)]
pub struct Members {
    table: Table,
}

/// The screen names of some members.
#[derive(Debug, Default)]
pub struct Names(HashMap<MemberId, String>);

pub(crate) fn key(member: MemberId) -> Key {
    Key::new(format!("MEMBER#{member}"), "PROFILE")
}

impl Names {
    /// The screen name of a member, or of one who is not known here yet.
    pub fn of(&self, member: MemberId) -> String {
        self.0.get(&member).cloned().unwrap_or_else(|| "new member".to_owned())
    }

    /// The names among items that were read together with others.
    pub(crate) fn among(items: &[Item]) -> Self {
        let rows = items.iter().filter(|item| table::sort_key(item) == "PROFILE");
        Self(
            rows.filter_map(|item| table::read::<Row>(item.clone()).ok())
                .map(|row| (row.member, row.screen_name))
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
        let row = Row { member, screen_name, clinician };
        let transaction = Transaction::new().seen(CONSUMER, &envelope.id.to_string(), envelope.at).put(
            "profile",
            key(member),
            &row,
        );
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("seen") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The screen names of some members. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn names(&self, members: impl IntoIterator<Item = MemberId>) -> Result<Names, CommunityError> {
        let items = self.table.get_many(members.into_iter().map(key)).await?;
        Ok(Names::among(&items))
    }
}
