//! How many members there are of each kind, for who asks how many could have answered.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CENSUS` | `<country>#<specialty>#<profession>#<tier>` | how many members were verified as that, and have not left |

use std::collections::BTreeMap;

use kernel::{Audience, session::Clinician};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Query, Table, Transaction, Update};

use crate::{CommunityError, breakdown::Breakdown};

const CENSUS: &str = "CENSUS";

/// How many members there are of each kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census(Vec<Kind>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Kind {
    clinician: Clinician,
    members: i64,
}

/// Counts a member of a kind in, or out.
pub(super) fn counted(transaction: Transaction, clinician: Clinician, by: i64) -> Transaction {
    let Clinician { country, specialty, profession, tier } = clinician;
    let place = format!("{country}#{specialty}#{}#{}", profession.code(), tier.code());
    let update = Update::new().set("clinician", clinician).add("members", by);
    transaction.update("census", Key::new(CENSUS, place), update, Condition::default())
}

/// Counts them. One query, and more where a page is full.
pub(super) async fn read(table: &Table) -> Result<Census, CommunityError> {
    let items = table.every(Query::partition(CENSUS)).await?;
    Ok(Census(items.into_iter().map(table::read).collect::<Result<_, _>>()?))
}

impl Census {
    /// How many members an audience has.
    pub fn eligible(&self, audience: &Audience) -> u64 {
        self.of(audience).map(|(_, members)| members).sum()
    }

    /// How many members of an audience each part of a breakdown has.
    pub fn parts(&self, audience: &Audience, breakdown: Breakdown) -> BTreeMap<String, u64> {
        let mut parts = BTreeMap::new();
        for (clinician, members) in self.of(audience) {
            let Some(part) = breakdown.part(&clinician) else { continue };
            *parts.entry(part).or_default() += members;
        }
        parts
    }

    fn of(&self, audience: &Audience) -> impl Iterator<Item = (Clinician, u64)> {
        self.0
            .iter()
            .filter(|kind| audience.has(&kind.clinician))
            .map(|kind| (kind.clinician, u64::try_from(kind.members).unwrap_or_default()))
    }
}
