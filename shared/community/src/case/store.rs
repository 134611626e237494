//! The rows of cases. All that a case's page shows lies in one range, `HEAD#`, and is one query.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CASE#<case>` | `HEAD#CASE` | the case; `gsi1` `FEED#<specialty>` once published; `gsi2` `AUTHOR#<member>` |
//! | `CASE#<case>` | `HEAD#IMAGE#<image>` | an image; see `image` |
//! | `CASE#<case>` | `HEAD#COURSE#<course>` | a course of action; see `vote` |
//! | `CASE#<case>` | `HEAD#TALLY#<shard>` | votes by course, views, and whether counting goes on |
//! | `CASE#<case>` | `POST#<contribution>` | a contribution; see `discussion` |
//! | `CASE#<case>` | `VIEW#<member>` | that a member has seen the case |
//! | `CASE#<case>` | `VOTE#<member>` | a member's vote; see `vote` |

use std::collections::BTreeMap;

use contracts::{
    Envelope,
    community::{Byline, CaseClosed, CaseOpened, CasePublished, ContributionKind},
};
use kernel::{
    Specialty, Timestamp,
    id::{CaseId, MemberId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Item, Key, OnceKey, Query, Stored, Table, Transaction, Update};

use super::{
    Case, Status,
    image::{self, Image},
};
use crate::{
    CommunityError, discussion,
    review::{self, Overridden, Review, Subject},
    tally,
    vote::Course,
};

/// The sort key of a case's own row.
pub(crate) const CASE_ROW: &str = "HEAD#CASE";

const PAGE: i32 = 25;

/// The store of cases.
#[derive(Debug, Clone)]
pub struct Cases {
    pub(super) table: Table,
}

/// A case with all that its page shows.
#[derive(Debug)]
pub struct Whole {
    /// The case.
    pub case: Case,
    /// Its images.
    pub images: Vec<Image>,
    /// The courses of action.
    pub courses: Vec<Course>,
    /// Votes by the id of the course.
    pub votes: BTreeMap<String, u64>,
    /// How many members have seen it, its author left out.
    pub views: u64,
}

/// A page of cases.
#[derive(Debug)]
pub struct Page {
    /// The cases.
    pub cases: Vec<Case>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    case: Case,
    gsi1pk: Option<String>,
    gsi1sk: Option<String>,
    gsi2pk: String,
    gsi2sk: String,
}

#[derive(Serialize)]
struct ViewRow {}

pub(crate) fn partition(case: CaseId) -> String {
    format!("CASE#{case}")
}

pub(crate) fn key(case: CaseId) -> Key {
    Key::new(partition(case), CASE_ROW)
}

pub(crate) fn read(item: Item) -> Result<Case, CommunityError> {
    Ok(table::read::<Row>(item)?.case)
}

/// Where a published case stands in the feed of its specialty.
pub(crate) fn feed_place(case: &Case) -> Option<(String, String)> {
    let at = case.published_at?;
    Some((format!("FEED#{}", case.content.specialty), format!("{at:.9}#{}", case.id)))
}

fn row(case: &Case) -> Row {
    let (gsi1pk, gsi1sk) = feed_place(case).unzip();
    Row {
        case: case.clone(),
        gsi1pk,
        gsi1sk,
        gsi2pk: format!("AUTHOR#{}", case.author),
        gsi2sk: case.id.to_string(),
    }
}

/// Holds while the case stands as it was read.
fn unchanged(case: &Case) -> Condition {
    Condition::equals("version", case.version).and(Condition::equals("status", case.status))
}

impl Cases {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// A case by its id. One read.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchCase`]; storage faults.
    pub async fn find(&self, id: CaseId) -> Result<Case, CommunityError> {
        let row: Option<Row> = self.table.get(key(id)).await?;
        row.map(|row| row.case).ok_or(CommunityError::NoSuchCase)
    }

    /// A case with its images, courses, votes and views. One query.
    ///
    /// # Errors
    /// [`CommunityError::NoSuchCase`]; storage faults.
    pub async fn whole(&self, id: CaseId) -> Result<Whole, CommunityError> {
        let items = self.table.query(Query::partition(partition(id)).prefix("HEAD#")).await?.items;
        let votes = tally::VOTES.sum(&items);
        let views = tally::VOTES.total(&items, "views");
        let (mut case, mut images, mut courses) = (None, Vec::new(), Vec::new());
        for item in items {
            let place = table::sort_key(&item);
            if place == CASE_ROW {
                case = Some(read(item)?);
            } else if place.starts_with("HEAD#IMAGE#") {
                images.push(table::read(item)?);
            } else if place.starts_with("HEAD#COURSE#") {
                courses.push(table::read(item)?);
            }
        }
        let case = case.ok_or(CommunityError::NoSuchCase)?;
        Ok(Whole { case, images, courses, votes, views })
    }

    /// A page of the published cases of a specialty, newest first. One query.
    ///
    /// # Errors
    /// [`CommunityError::BadCursor`]; storage faults.
    pub async fn feed(
        &self,
        specialty: Specialty,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, CommunityError> {
        self.page(Query::index("gsi1", format!("FEED#{specialty}")), cursors, cursor).await
    }

    /// A page of a member's own cases, drafts included, newest first. One query.
    ///
    /// # Errors
    /// [`CommunityError::BadCursor`]; storage faults.
    pub async fn of_author(
        &self,
        author: MemberId,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, CommunityError> {
        self.page(Query::index("gsi2", format!("AUTHOR#{author}")), cursors, cursor).await
    }

    async fn page(
        &self,
        query: Query,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, CommunityError> {
        let query = query.newest_first().limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let cases = page.items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { cases, next })
    }

    /// Keeps a new draft. One transaction.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn create(&self, case: &Case, once: &OnceKey, stored: &Stored) -> Result<(), CommunityError> {
        let transaction =
            Transaction::new().insert("case", key(case.id), &row(case)).once(Some(once), stored);
        Ok(self.table.commit(transaction).await?)
    }

    /// Keeps an edited draft in place of `before`. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::Stale`] when it was edited or published in the meantime.
    pub async fn replace(&self, before: &Case, after: &Case) -> Result<(), CommunityError> {
        let transaction = Transaction::new().put_when("case", key(after.id), &row(after), unchanged(before));
        self.table.commit(transaction).await.map_err(stale)
    }

    /// Publishes: opens the counters and announces the case. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::Stale`] when the draft or one of its images has changed in the meantime.
    pub async fn publish(
        &self,
        before: &Case,
        images: &[Image],
        after: &Case,
        byline: Byline,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let now = after.published_at.unwrap_or(after.created_at);
        let content = &after.content;
        let opened = CaseOpened { case: after.id, author: after.author, specialty: content.specialty };
        let published = CasePublished {
            case: after.id,
            specialty: content.specialty,
            byline,
            title: content.title.to_string(),
            history: content.history.to_string(),
            findings: content.findings.to_string(),
            question: content.question.to_string(),
        };
        let published = Envelope::new(now, published);
        let kept = Case { published_as: Some(published.id), ..after.clone() };
        let mut transaction = Transaction::new()
            .put_when("case", key(after.id), &row(&kept), unchanged(before))
            .once(Some(once), stored)
            .announce(&Envelope::new(now, opened))
            .announce(&published);
        for seen in images {
            transaction = transaction.check("case", image::key(after.id, seen.id), image::unchanged(seen));
        }
        let subject = Subject::Case { case: after.id };
        let review = Review::of_overrides(subject, after.author, after.overridden.clone(), now);
        let transaction = review::opened(transaction, review.as_ref());
        self.table.commit(tally::VOTES.open(transaction, &partition(after.id))).await.map_err(stale)
    }

    /// Closes: ends the counting and announces the outcome. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::CaseClosed`] when it was closed before; [`CommunityError::NotAdvice`] when what
    /// was accepted is not a colleague's advice on this case.
    pub async fn close(
        &self,
        after: &Case,
        outcome: &str,
        overridden: Vec<Overridden>,
        once: &OnceKey,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<(), CommunityError> {
        let update = Update::new()
            .set("status", Status::Closed)
            .add("version", 1)
            .set("closed_at", now)
            .set("outcome", outcome)
            .set("accepted", after.accepted);
        let closed = Envelope::new(
            now,
            CaseClosed {
                case: after.id,
                specialty: after.content.specialty,
                outcome: outcome.to_owned(),
                accepted: after.accepted,
                closed_at: now,
            },
        );
        let update = update.set("closed_as", closed.id);
        let published = Condition::equals("status", Status::Published);
        let mut transaction = Transaction::new()
            .update("case", key(after.id), update, published)
            .once(Some(once), stored)
            .announce(&closed);
        let subject = Subject::Case { case: after.id };
        let review = Review::of_overrides(subject, after.author, overridden, now);
        transaction = review::opened(transaction, review.as_ref());
        if let Some(accepted) = after.accepted {
            transaction = transaction.check(
                "accepted",
                discussion::key(after.id, accepted),
                Condition::equals("kind", ContributionKind::Advice)
                    .and(Condition::differs("author", after.author)),
            );
        }
        self.table.commit(tally::VOTES.close(transaction, &partition(after.id))).await.map_err(|error| {
            if error.failed("accepted") {
                CommunityError::NotAdvice
            } else if error.failed("case") {
                CommunityError::CaseClosed
            } else {
                error.into()
            }
        })
    }

    /// Counts a member's first view of a case. One transaction; nothing for later views.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn count_view(&self, case: CaseId, member: MemberId) -> Result<(), CommunityError> {
        let transaction = Transaction::new().insert("view", view_key(case, member), &ViewRow {}).update(
            "tally",
            tally::VOTES.key(&partition(case), tally::shard_of(member)),
            Update::new().add("views", 1),
            Condition::present(),
        );
        match self.table.commit(transaction).await {
            Err(error) if !error.is_conflict() => Err(error.into()),
            _ => Ok(()),
        }
    }
}

pub(crate) fn view_key(case: CaseId, member: MemberId) -> Key {
    Key::new(partition(case), format!("VIEW#{member}"))
}

pub(super) fn stale(error: table::TableError) -> CommunityError {
    if error.failed("case") { CommunityError::Stale } else { error.into() }
}
