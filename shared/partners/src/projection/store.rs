//! The rows of the projection.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `OBSERVED#<case>` | `CASE` | the case; `gsi1` `CASES#<specialty>` |
//! | `OBSERVED#<case>` | `CLOSED` | how it ended |
//! | `OBSERVED#<case>` | `POST#<contribution>` | a contribution |
//! | `OBSERVED#<case>` | `HIDDEN#CASE`, `HIDDEN#POST#<contribution>` | that it is hidden or was removed, and since when |
//! | `MARK#<contract>` | `<contribution>` | that an observer found a contribution valuable |
//! | `LOG#<case>#<day>`, `LOG#<specialty>#<day>` | `<observation>` | who read or marked what, under which contract |

use std::collections::BTreeSet;

use contracts::{
    Envelope,
    community::{CaseClosed, CasePublished, ContentHidden, ContributionPublished, Visibility},
    partners::AnswerValued,
};
use kernel::{
    Specialty, Timestamp,
    id::{CaseId, ContractId, ContributionId, ObservationId, OrganisationId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Item, Key, Query, Table, Transaction, Update};

use super::{Ending, ObservedCase, ObservedContribution};
use crate::{PartnersError, organisation::Contract};

const PAGE: i32 = 25;
const HIDDEN: &str = "HIDDEN#";
const LONGEST: i32 = 500;

/// The store of the projection.
#[derive(Debug, Clone)]
pub struct Projection {
    table: Table,
}

/// A case with its discussion and how it ended.
#[derive(Debug)]
pub struct Conversation {
    /// The case.
    pub case: ObservedCase,
    /// The contributions, oldest first, at most five hundred.
    pub contributions: Vec<ObservedContribution>,
    /// How it ended, if it did.
    pub ending: Option<Ending>,
}

/// A page of cases.
#[derive(Debug)]
pub struct Page {
    /// The cases.
    pub cases: Vec<ObservedCase>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// What an observer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Listed cases.
    Listed,
    /// Read a conversation.
    Read,
    /// Marked a contribution.
    Marked,
}

#[derive(Serialize, Deserialize)]
struct CaseRow {
    #[serde(flatten)]
    case: ObservedCase,
    gsi1pk: String,
    gsi1sk: String,
}

#[derive(Serialize, Deserialize)]
struct LogRow {
    organisation: OrganisationId,
    contract: ContractId,
    act: Act,
    at: Timestamp,
}

#[derive(Serialize)]
struct MarkRow {
    case: CaseId,
    at: Timestamp,
}

fn key(case: CaseId, sk: impl Into<String>) -> Key {
    Key::new(format!("OBSERVED#{case}"), sk)
}

impl Projection {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Takes in a published case. Doing it again changes nothing.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn case_published(&self, message: &Envelope<CasePublished>) -> Result<(), PartnersError> {
        let told = message.body.clone();
        let row = CaseRow {
            gsi1pk: format!("CASES#{}", told.specialty),
            gsi1sk: format!("{:.9}#{}", message.at, told.case),
            case: ObservedCase {
                id: told.case,
                specialty: told.specialty,
                byline: told.byline,
                title: told.title,
                history: told.history,
                findings: told.findings,
                question: told.question,
                published_at: message.at,
            },
        };
        let transaction = Transaction::new().put("case", key(told.case, "CASE"), &row);
        self.unless_removed(transaction, key(told.case, "HIDDEN#CASE")).await
    }

    /// Keeps a text, unless it was removed before it came.
    async fn unless_removed(&self, transaction: Transaction, hidden: Key) -> Result<(), PartnersError> {
        let transaction = transaction.check("removed", hidden, Condition::missing("removed"));
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("removed") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Hides a text, shows it again or removes it, whatever comes first: of two messages the later one holds, and what
    /// was removed stays so. Doing it again changes nothing.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn content_hidden(&self, message: &Envelope<ContentHidden>) -> Result<(), PartnersError> {
        let ContentHidden { case, contribution, visibility } = message.body;
        let item = contribution.map_or_else(|| "CASE".to_owned(), |id| format!("POST#{id}"));
        let place = key(case, format!("HIDDEN#{item}"));
        let at = message.at.as_millisecond();
        let update = Update::new().set("at", at).set("hidden", visibility != Visibility::Shown);
        let transaction = Transaction::new();
        let transaction = if visibility == Visibility::Removed {
            let transaction = transaction
                .update("hidden", place, update.set("removed", true), Condition::default())
                .delete("text", key(case, item), Condition::default());
            if contribution.is_none() {
                transaction.delete("ending", key(case, "CLOSED"), Condition::default())
            } else {
                transaction
            }
        } else {
            let newer = Condition::missing_or_below("at", at).and(Condition::missing("removed"));
            transaction.update("hidden", place, update, newer)
        };
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("hidden") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Takes in a published contribution. Doing it again changes nothing.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn contribution_published(
        &self,
        message: &Envelope<ContributionPublished>,
    ) -> Result<(), PartnersError> {
        let told = message.body.clone();
        let row = ObservedContribution {
            id: told.contribution,
            parent: told.parent,
            kind: told.kind,
            byline: told.byline,
            text: told.text,
            published_at: message.at,
        };
        let place = key(told.case, format!("POST#{}", told.contribution));
        let transaction = Transaction::new().put("contribution", place, &row);
        self.unless_removed(transaction, key(told.case, format!("HIDDEN#POST#{}", told.contribution))).await
    }

    /// Takes in how a case ended. Doing it again changes nothing.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn case_closed(&self, message: &Envelope<CaseClosed>) -> Result<(), PartnersError> {
        let told = message.body.clone();
        let row = Ending { outcome: told.outcome, accepted: told.accepted, closed_at: told.closed_at };
        let transaction = Transaction::new().put("closed", key(told.case, "CLOSED"), &row);
        self.unless_removed(transaction, key(told.case, "HIDDEN#CASE")).await
    }

    /// A page of the cases of a specialty, newest first, without those that are hidden. One query and one batch read.
    ///
    /// # Errors
    /// [`PartnersError::BadCursor`]; storage faults.
    pub async fn cases(
        &self,
        specialty: Specialty,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Page, PartnersError> {
        let query = Query::index("gsi1", format!("CASES#{specialty}")).newest_first().limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let cases = page
            .items
            .into_iter()
            .map(|item| Ok(table::read::<CaseRow>(item)?.case))
            .collect::<Result<Vec<ObservedCase>, PartnersError>>()?;
        let marks = cases.iter().map(|case| key(case.id, "HIDDEN#CASE"));
        let hidden: BTreeSet<String> =
            self.table.get_many(marks).await?.iter().filter_map(hidden_item).map(|(pk, _)| pk).collect();
        let shown = |case: &ObservedCase| !hidden.contains(&key(case.id, "CASE").pk);
        Ok(Page { cases: cases.into_iter().filter(shown).collect(), next })
    }

    /// A case with its discussion. One query.
    ///
    /// # Errors
    /// [`PartnersError::NoSuchCase`]; storage faults.
    pub async fn conversation(&self, id: CaseId) -> Result<Conversation, PartnersError> {
        let query = Query::partition(format!("OBSERVED#{id}")).limit(LONGEST);
        let (mut case, mut contributions, mut ending) = (None, Vec::new(), None);
        let items = self.table.query(query).await?.items;
        let hidden: BTreeSet<String> = items.iter().filter_map(hidden_item).map(|(_, sk)| sk).collect();
        for item in items {
            match table::sort_key(&item) {
                sk if sk.starts_with(HIDDEN) || hidden.contains(sk) => {}
                "CASE" => case = Some(table::read::<CaseRow>(item)?.case),
                "CLOSED" => ending = Some(table::read(item)?),
                _ => contributions.push(table::read(item)?),
            }
        }
        Ok(Conversation { case: case.ok_or(PartnersError::NoSuchCase)?, contributions, ending })
    }

    /// The specialty of a case. One read.
    ///
    /// # Errors
    /// [`PartnersError::NoSuchCase`]; storage faults.
    pub async fn specialty(&self, id: CaseId) -> Result<Specialty, PartnersError> {
        let row: Option<CaseRow> = self.table.get(key(id, "CASE")).await?;
        row.map(|row| row.case.specialty).ok_or(PartnersError::NoSuchCase)
    }

    /// Logs what an observer did with `subject`, a case or a specialty. One transaction. It is called
    /// before anything is answered: what cannot be logged is not shown.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn log(
        &self,
        subject: &str,
        contract: &Contract,
        act: Act,
        now: Timestamp,
    ) -> Result<(), PartnersError> {
        let (place, row) = log_row(subject, contract, act, now);
        Ok(self.table.commit(Transaction::new().insert("log", place, &row)).await?)
    }

    /// Keeps an observer's mark, logs it, and announces it. One transaction; a second mark of the same
    /// contract changes nothing.
    ///
    /// # Errors
    /// [`PartnersError::NoSuchContribution`], also while it or its case is hidden; storage faults.
    pub async fn mark(
        &self,
        case: CaseId,
        contribution: ContributionId,
        contract: &Contract,
        now: Timestamp,
    ) -> Result<(), PartnersError> {
        let valued =
            AnswerValued { case, contribution, organisation: contract.organisation, contract: contract.id };
        let mark = Key::new(format!("MARK#{}", contract.id), contribution.to_string());
        let (place, row) = log_row(&case.to_string(), contract, Act::Marked, now);
        let post = format!("POST#{contribution}");
        let shown = || Condition::missing_or_equals("hidden", false);
        let transaction = Transaction::new()
            .check("contribution", key(case, format!("{HIDDEN}{post}")), shown())
            .check("contribution", key(case, format!("{HIDDEN}CASE")), shown())
            .check("contribution", key(case, post), Condition::present())
            .insert("mark", mark, &MarkRow { case, at: now })
            .insert("log", place, &row)
            .announce(&Envelope::new(now, valued));
        match self.table.commit(transaction).await {
            Ok(()) => Ok(()),
            Err(error) if error.failed("contribution") => Err(PartnersError::NoSuchContribution),
            Err(error) if error.failed("mark") => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What a row hides, as partition and sort key of that: nothing if it shows it, or is another kind of row.
fn hidden_item(item: &Item) -> Option<(String, String)> {
    let hidden = table::sort_key(item).strip_prefix(HIDDEN)?.to_owned();
    let holds = item.get("hidden").and_then(|value| value.as_bool().ok()).copied().unwrap_or(true);
    holds.then(|| (table::partition_key(item).to_owned(), hidden))
}

fn log_row(subject: &str, contract: &Contract, act: Act, now: Timestamp) -> (Key, LogRow) {
    let place =
        Key::new(format!("LOG#{subject}#{}", now.strftime("%Y-%m-%d")), ObservationId::at(now).to_string());
    (place, LogRow { organisation: contract.organisation, contract: contract.id, act, at: now })
}
