//! What the community is to learn of members is held back for a random while, and released in shuffled batches,
//! so that the order and the moment of its arrival say nothing of who joined.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `RELEASE` | `<member>` | what the community is to learn of a member, and from when on; removed when it is released |

use contracts::{
    Envelope,
    identity::{MemberActivated, MemberLeft},
};
use kernel::{SignedDuration, Timestamp, id::MemberId};
use rand::{Rng, seq::SliceRandom};
use serde::{Deserialize, Serialize};
use table::{Condition, Key, Query, Table, Transaction};

use crate::IdentityError;

/// How many messages one transaction releases: two steps each, of the hundred that DynamoDB takes.
const AT_ONCE: usize = 50;

/// How many messages one run releases at most.
const MOST: usize = 2_000;

/// What the community is to learn of a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    /// They joined.
    Activated(MemberActivated),
    /// They left.
    Left(MemberLeft),
}

/// A message that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReleaseRow {
    pub(crate) due: Timestamp,
    pub(crate) news: News,
}

pub(crate) fn key(member: MemberId) -> Key {
    Key::new("RELEASE", member.to_string())
}

/// Unlinks a member, and has the community told in a while; whether it had heard of them before or not.
pub(crate) fn left(step: Transaction, member: MemberId, due: Timestamp) -> Transaction {
    let row = ReleaseRow { due, news: News::Left(MemberLeft { member }) };
    step.put("release", key(member), &row).delete(
        "member",
        Key::new(format!("MEMBER#{member}"), "LINK"),
        Condition::default(),
    )
}

/// A moment at random, at most so many seconds from now.
pub fn due(now: Timestamp, delay_seconds: u32) -> Timestamp {
    let seconds = rand::rng().random_range(0..=delay_seconds);
    now.checked_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now)
}

/// The store of what waits to be released.
#[derive(Debug, Clone)]
pub struct Releases {
    table: Table,
}

impl Releases {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Releases all that is due, in an order of its own and as of one moment, and says how much it was. A query
    /// for every thousand that wait, and a transaction for every fifty that are due. What another run has
    /// released in the meantime is left to it.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn release(&self, now: Timestamp) -> Result<usize, IdentityError> {
        let mut due = self.due(now).await?;
        due.shuffle(&mut rand::rng());
        let mut released = 0;
        for some in due.chunks(AT_ONCE) {
            let step = some.iter().fold(Transaction::new(), |step, (member, news)| {
                // What has taken its place in the meantime waits for its own time.
                let step = step.delete("waiting", key(*member), Condition::equals("news", news));
                match news {
                    News::Activated(activated) => step.announce(&Envelope::new(now, activated.clone())),
                    News::Left(left) => step.announce(&Envelope::new(now, *left)),
                }
            });
            match self.table.commit(step).await {
                Ok(()) => released += some.len(),
                Err(error) if error.failed("waiting") => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(released)
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<(MemberId, News)>, IdentityError> {
        let mut found = Vec::new();
        let mut query = Query::partition("RELEASE");
        loop {
            let page = self.table.query(query).await?;
            for item in page.items {
                let member = table::sort_key(&item).parse()?;
                let row: ReleaseRow = table::read(item)?;
                if row.due <= now {
                    found.push((member, row.news));
                }
            }
            match page.next {
                Some(next) if found.len() < MOST => query = Query::partition("RELEASE").after(next),
                _ => return Ok(found),
            }
        }
    }
}
