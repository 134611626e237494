//! The rows of the inbox.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `INBOX#<member>` | `<notice>` | a notice for one member |
//! | `INBOX#<member>` | `CURSOR` | up to where the member has read |
//! | `BROADCAST#<specialty>`, `BROADCAST#everyone` | `<notice>` | a notice for all of them, kept once |

use contracts::{
    Envelope, Message,
    community::{Audience, NoticeKind, NoticeRequested},
};
use kernel::{
    Specialty, Timestamp,
    id::{CaseId, MemberId, NoticeId},
};
use serde::{Deserialize, Serialize};
use table::{Key, Query, Table, Transaction};

use super::Notice;
use crate::CommunityError;

/// How long notices are kept, in seconds: half a year.
const KEPT_SECONDS: i64 = 180 * 24 * 3600;
const PAGE: i32 = 30;
const CONSUMER: &str = "notify";

/// The lowest and the highest sort key of notices.
const RANGE: (&str, &str) = ("ntc_", "ntc_~");

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    notice: Notice,
    /// Whose doing it was: not shown to them.
    #[serde(default)]
    except: Option<MemberId>,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct CursorRow {
    read_to: NoticeId,
}

/// The store of notices.
#[derive(Debug, Clone)]
pub struct Inbox {
    table: Table,
}

fn own(member: MemberId) -> String {
    format!("INBOX#{member}")
}

impl Inbox {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Keeps the notice that a message gives rise to, and asks for it to be mailed. One transaction;
    /// nothing if the message was handled before.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn keep<M: Message>(
        &self,
        cause: &Envelope<M>,
        notice: &Notice,
        audience: Audience,
    ) -> Result<(), CommunityError> {
        let (partition, except) = match audience {
            Audience::Member { member } => (own(member), None),
            Audience::Specialty { specialty, except } => (format!("BROADCAST#{specialty}"), Some(except)),
            Audience::Everyone => ("BROADCAST#everyone".to_owned(), None),
        };
        let row = Row {
            notice: notice.clone(),
            except,
            expires_at: notice.at.as_second().saturating_add(KEPT_SECONDS),
        };
        let requested = NoticeRequested { kind: notice.kind, audience };
        let transaction = Transaction::new()
            .seen(CONSUMER, &cause.id.to_string(), notice.at)
            .insert("notice", Key::new(partition, notice.id.to_string()), &row)
            .announce(&Envelope::new(notice.at, requested));
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("seen") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// A member's newest notices with whether each was read, older than `before` if given. Three
    /// queries and one read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn newest(
        &self,
        member: MemberId,
        specialty: Specialty,
        before: Option<NoticeId>,
    ) -> Result<Vec<(Notice, bool)>, CommunityError> {
        let high = before.map_or_else(|| RANGE.1.to_owned(), |id| format!("{id}"));
        let cursor: Option<CursorRow> = self.table.get(Key::new(own(member), "CURSOR")).await?;
        let mut found = Vec::new();
        for partition in [own(member), format!("BROADCAST#{specialty}"), "BROADCAST#everyone".to_owned()] {
            let query =
                Query::partition(partition).between(RANGE.0, high.as_str()).newest_first().limit(PAGE);
            for item in self.table.query(query).await?.items {
                let row: Row = table::read(item)?;
                if row.except != Some(member) && Some(row.notice.id) != before {
                    let read = cursor.as_ref().is_some_and(|cursor| row.notice.id <= cursor.read_to);
                    found.push((row.notice, read));
                }
            }
        }
        found.sort_by_key(|(notice, _)| std::cmp::Reverse(notice.id));
        found.truncate(usize::try_from(PAGE).unwrap_or_default());
        Ok(found)
    }

    /// Remembers up to where a member has read. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn read_to(&self, member: MemberId, notice: NoticeId) -> Result<(), CommunityError> {
        let step =
            Transaction::new().put("cursor", Key::new(own(member), "CURSOR"), &CursorRow { read_to: notice });
        Ok(self.table.commit(step).await?)
    }
}

impl Notice {
    /// A notice of a case.
    pub fn of_case(kind: NoticeKind, case: CaseId, now: Timestamp) -> Self {
        Self { id: NoticeId::at(now), kind, case: Some(case), poll: None, at: now }
    }
}
