//! The rows of the inbox.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `INBOX#<member>` | `<notice>` | a notice for one member |
//! | `INBOX#<member>` | `CURSOR` | up to where the member has read |
//! | `BROADCAST#<specialty>`, `BROADCAST#everyone`, `BROADCAST#moderators` | `<notice>` | a notice for all of them, or for an audience among everyone, kept once |

use contracts::{
    Envelope, Message,
    community::{Audience, NoticeKind, NoticeRequested},
};
use kernel::{
    Timestamp,
    id::{CaseId, MemberId, NoticeId, PollId},
    session::Clinician,
};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Key, Query, Table, Transaction};

use super::Notice;
use crate::CommunityError;

/// How long notices are kept, in seconds: half a year.
const KEPT_SECONDS: i64 = 180 * 24 * 3600;
const PAGE: i32 = 30;
const MOST: usize = 30;
const CONSUMER: &str = "notify";
const MODERATORS: &str = "notify-moderators";
const EVERYONES: &str = "BROADCAST#everyone";
const MODERATORS_OWN: &str = "BROADCAST#moderators";

/// The lowest and the highest sort key of notices.
const RANGE: (&str, &str) = ("ntc_", "ntc_~");

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    notice: Notice,
    /// Whose doing it was: not shown to them.
    #[serde(default)]
    except: Option<MemberId>,
    /// Whom among everyone it is for.
    #[serde(default)]
    of: kernel::Audience,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct CursorRow {
    read_to: NoticeId,
}

/// Who reads an inbox.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// The member.
    pub member: MemberId,
    /// What was verified of them; staff who are no clinicians have none.
    pub clinician: Option<Clinician>,
    /// Whether they are a moderator.
    pub moderates: bool,
}

/// A page of an inbox.
#[derive(Debug)]
pub struct Page {
    /// The notices, each with whether it was read.
    pub notices: Vec<(Notice, bool)>,
    /// The cursor of the next page.
    pub next: Option<String>,
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
        let all = kernel::Audience::default();
        let (partition, except, of) = match &audience {
            Audience::Member { member } => (own(*member), None, all),
            Audience::Specialty { specialty, except } => {
                (format!("BROADCAST#{specialty}"), Some(*except), all)
            }
            Audience::Members { of } => (EVERYONES.to_owned(), None, of.clone()),
        };
        let row = Row {
            notice: notice.clone(),
            except,
            of,
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

    /// Keeps a notice for the moderators. One transaction; nothing if the message was handled before.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn keep_for_moderators<M: Message>(
        &self,
        cause: &Envelope<M>,
        notice: &Notice,
    ) -> Result<(), CommunityError> {
        let expires_at = notice.at.as_second().saturating_add(KEPT_SECONDS);
        let row = Row { notice: notice.clone(), except: None, of: kernel::Audience::default(), expires_at };
        let transaction = Transaction::new().seen(MODERATORS, &cause.id.to_string(), notice.at).insert(
            "notice",
            Key::new(MODERATORS_OWN, notice.id.to_string()),
            &row,
        );
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("seen") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// A page of a reader's notices with whether each was read, newest first. A query for each range and one read.
    ///
    /// It is merged from three ranges, so it ends where the first of those that hold more ends: what lies
    /// behind that in the others comes with the next page, in its place.
    ///
    /// # Errors
    /// [`CommunityError::BadCursor`]; storage faults.
    pub async fn newest(
        &self,
        reader: Reader,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, CommunityError> {
        let Reader { member, clinician, moderates } = reader;
        let scope = own(member);
        let before = cursor.map(|cursor| cursors.open_mark(&scope, cursor)).transpose()?;
        let high = before.as_deref().unwrap_or(RANGE.1);
        let read_to = self.cursor(member).await?;
        let (mut notices, mut end) = (Vec::new(), None);
        let broadcasts = [
            clinician.map(|clinician| format!("BROADCAST#{}", clinician.specialty)),
            Some(EVERYONES.to_owned()),
            moderates.then(|| MODERATORS_OWN.to_owned()),
        ];
        for partition in broadcasts.into_iter().flatten().chain([scope.clone()]) {
            let query = Query::partition(partition).between(RANGE.0, high).newest_first().limit(PAGE);
            let page = self.table.query(query).await?;
            let mut last = None;
            for item in page.items {
                let Row { notice, except, of, .. } = table::read(item)?;
                last = Some(notice.id);
                let concerned =
                    clinician.map_or(of == kernel::Audience::default(), |clinician| of.has(&clinician));
                if concerned
                    && except != Some(member)
                    && before.as_deref() != Some(notice.id.to_string().as_str())
                {
                    let read = read_to.is_some_and(|read_to| notice.id <= read_to);
                    notices.push((notice, read));
                }
            }
            if page.next.is_some() {
                end = end.max(last);
            }
        }
        notices.retain(|(notice, _)| end.is_none_or(|end| notice.id >= end));
        notices.sort_by_key(|(notice, _)| std::cmp::Reverse(notice.id));
        let more = notices.len() > MOST;
        notices.truncate(MOST);
        let end = if more { notices.last().map(|(notice, _)| notice.id) } else { end };
        let next = end.map(|end| cursors.seal_mark(&scope, &end.to_string()));
        Ok(Page { notices, next })
    }

    /// Remembers up to where a member has read: forward alone, so that two devices do not undo each
    /// other. One read and one transaction.
    ///
    /// # Errors
    /// [`CommunityError::Contended`]; storage faults.
    pub async fn read_to(&self, member: MemberId, notice: NoticeId) -> Result<(), CommunityError> {
        let before = self.cursor(member).await?;
        if before.is_some_and(|before| before >= notice) {
            return Ok(());
        }
        let unchanged = before.map_or_else(Condition::absent, |before| Condition::equals("read_to", before));
        let row = CursorRow { read_to: notice };
        let step = Transaction::new().put_when("cursor", Key::new(own(member), "CURSOR"), &row, unchanged);
        self.table
            .commit(step)
            .await
            .map_err(|error| if error.is_conflict() { CommunityError::Contended } else { error.into() })
    }

    async fn cursor(&self, member: MemberId) -> Result<Option<NoticeId>, CommunityError> {
        let row: Option<CursorRow> = self.table.get(Key::new(own(member), "CURSOR")).await?;
        Ok(row.map(|row| row.read_to))
    }
}

impl Notice {
    /// A notice of a case.
    pub fn of_case(kind: NoticeKind, case: CaseId, now: Timestamp) -> Self {
        Self { id: NoticeId::at(now), kind, case: Some(case), poll: None, review: None, at: now }
    }

    /// A notice of a poll.
    pub fn of_poll(kind: NoticeKind, poll: PollId, now: Timestamp) -> Self {
        Self { id: NoticeId::at(now), kind, case: None, poll: Some(poll), review: None, at: now }
    }
}
