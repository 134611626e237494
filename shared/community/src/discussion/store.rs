//! The rows of contributions.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CASE#<case>` | `POST#<contribution>` | a contribution with its count of corroborations |
//! | `CASE#<case>` | `CORR#<contribution>#<member>` | that a member corroborated it |

use contracts::{
    Envelope,
    community::{Byline, ContributionAdded, ContributionPublished},
};
use kernel::id::{CaseId, ContributionId, MemberId};
use serde::Serialize;
use table::{Condition, CursorKey, Key, OnceKey, Query, Stored, Table, Transaction, Update};

use super::Contribution;
use crate::{
    CommunityError,
    case::{self, CASE_ROW, Case},
    member::{self, Names},
    review::{self, Overridden, Review, Subject},
    tally,
};

const PAGE: i32 = 50;

/// The store of discussions.
#[derive(Debug, Clone)]
pub struct Discussion {
    table: Table,
}

/// A page of a discussion.
#[derive(Debug)]
pub struct Thread {
    /// The case that is discussed.
    pub case: Case,
    /// The contributions, oldest first.
    pub contributions: Vec<Contribution>,
    /// The names of their authors.
    pub names: Names,
    /// The cursor of the next page.
    pub next: Option<String>,
}

#[derive(Serialize)]
struct CorroborationRow {}

pub(crate) fn key(case: CaseId, contribution: ContributionId) -> Key {
    Key::new(format!("CASE#{case}"), format!("POST#{contribution}"))
}

impl Discussion {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The table, for the replay of idempotent requests.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// A page of a case's discussion, oldest first. One query and one read.
    ///
    /// # Errors
    /// [`CommunityError::BadCursor`]; [`CommunityError::NoSuchCase`]; storage faults.
    pub async fn thread(
        &self,
        case: CaseId,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Thread, CommunityError> {
        let query = Query::partition(format!("CASE#{case}")).prefix("POST#").limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let contributions: Vec<Contribution> = page
            .items
            .into_iter()
            .map(|item| Ok(table::read(item)?))
            .collect::<Result<_, CommunityError>>()?;
        let authors = contributions.iter().map(|one| member::key(one.author));
        let around = self.table.get_many(authors.chain([case::key(case)])).await?;
        let names = Names::among(&around);
        let found = around.into_iter().find(|item| table::sort_key(item) == CASE_ROW);
        let case = case::read(found.ok_or(CommunityError::NoSuchCase)?)?;
        Ok(Thread { case, contributions, names, next })
    }

    /// Adds a contribution to an open case and announces it. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::CaseClosed`] when it was closed in the meantime;
    /// [`CommunityError::NoSuchContribution`] when there is nothing to reply to.
    pub async fn add(
        &self,
        case: &Case,
        contribution: &Contribution,
        byline: Byline,
        overridden: Vec<Overridden>,
        once: &OnceKey,
        stored: &Stored,
    ) -> Result<(), CommunityError> {
        let now = contribution.created_at;
        let added = ContributionAdded {
            case: case.id,
            contribution: contribution.id,
            author: contribution.author,
            case_author: case.author,
            kind: contribution.kind,
        };
        let published = ContributionPublished {
            case: case.id,
            contribution: contribution.id,
            parent: contribution.parent,
            byline,
            kind: contribution.kind,
            text: contribution.text.to_string(),
        };
        let published = Envelope::new(now, published);
        let kept = Contribution { published_as: Some(published.id), ..contribution.clone() };
        let mut transaction = Transaction::new()
            .insert("contribution", key(case.id, contribution.id), &kept)
            .check("open", own_tally(case.id, contribution.author), tally::is_open())
            .once(Some(once), stored)
            .announce(&Envelope::new(now, added))
            .announce(&published);
        let subject = Subject::Contribution { case: case.id, contribution: contribution.id };
        let review = Review::of_overrides(subject, contribution.author, overridden, now);
        transaction = review::opened(transaction, review.as_ref());
        if contribution.is_first_answer(case) {
            let update = Update::new().set_first("first_answer_at", now);
            transaction = transaction.update("case", case::key(case.id), update, Condition::present());
        }
        if let Some(parent) = contribution.parent {
            transaction = transaction.check("parent", key(case.id, parent), Condition::present());
        }
        self.table.commit(transaction).await.map_err(|error| {
            if error.failed("parent") {
                CommunityError::NoSuchContribution
            } else if error.failed("open") {
                CommunityError::CaseClosed
            } else {
                error.into()
            }
        })
    }

    /// A case and one of its contributions. One read.
    ///
    /// # Errors
    /// When there is no such case or contribution; storage faults.
    pub async fn one(
        &self,
        case: CaseId,
        contribution: ContributionId,
    ) -> Result<(Case, Contribution), CommunityError> {
        let items = self.table.get_many([case::key(case), key(case, contribution)]).await?;
        let (mut found_case, mut found) = (None, None);
        for item in items {
            if table::sort_key(&item) == CASE_ROW {
                found_case = Some(case::read(item)?);
            } else {
                found = Some(table::read(item)?);
            }
        }
        let case = found_case.ok_or(CommunityError::NoSuchCase)?;
        Ok((case, found.ok_or(CommunityError::NoSuchContribution)?))
    }

    /// Counts a member's corroboration of a contribution, once. One transaction.
    ///
    /// # Errors
    /// [`CommunityError::CaseClosed`] when the case was closed in the meantime; storage faults.
    pub async fn corroborate(
        &self,
        case: CaseId,
        contribution: ContributionId,
        by: MemberId,
    ) -> Result<(), CommunityError> {
        let mark = Key::new(format!("CASE#{case}"), format!("CORR#{contribution}#{by}"));
        let transaction = Transaction::new()
            .insert("mark", mark, &CorroborationRow {})
            .update(
                "contribution",
                key(case, contribution),
                Update::new().add("corroborations", 1),
                Condition::present(),
            )
            .check("open", own_tally(case, by), tally::is_open());
        match self.table.commit(transaction).await {
            Ok(()) => Ok(()),
            Err(error) if error.failed("open") => Err(CommunityError::CaseClosed),
            Err(error) if error.failed("mark") => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn own_tally(case: CaseId, member: MemberId) -> Key {
    tally::VOTES.key(&format!("CASE#{case}"), tally::shard_of(member))
}
