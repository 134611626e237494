//! The rows of the ledger.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `JOURNAL#<journal>` | `ENTRY` | the postings of an entry |
//! | `SOURCE#bonus#<contribution>#<part>` | `SOURCE` | that a part of a bonus was posted: there is one entry at most |
//! | `ACCOUNT#<holder>` | `BALANCE` | the sum of the account |
//! | `ACCOUNT#<holder>` | `ENTRY#<journal>` | a posting |

use contracts::{
    Envelope,
    treasury::{BonusAwarded, BonusCredited},
};
use kernel::{
    Money, Timestamp,
    id::{CaseId, ContributionId, JournalId, MemberId},
};
use serde::{Deserialize, Serialize};
use table::{Condition, CursorKey, Key, Query, Table, Transaction, Update};

use super::{Holder, Journal};
use crate::TreasuryError;

const CONSUMER: &str = "ledger";
const PAGE: i32 = 25;

/// The store of the ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    table: Table,
}

/// A line of a member's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earning {
    /// The journal entry.
    pub journal: JournalId,
    /// What it was for.
    pub case: CaseId,
    /// What it was for.
    pub contribution: ContributionId,
    /// How much the member earned.
    pub amount: Money,
    /// When.
    pub at: Timestamp,
}

/// A page of a member's statement.
#[derive(Debug)]
pub struct Statement {
    /// What the member is owed.
    pub balance: Money,
    /// The entries, newest first.
    pub earnings: Vec<Earning>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The sum of an account, debits above nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Account {
    /// Minor units of US dollars.
    pub minor: i64,
}

#[derive(Serialize, Deserialize)]
struct PostingRow {
    journal: JournalId,
    case: CaseId,
    contribution: ContributionId,
    amount: Money,
    at: Timestamp,
}

#[derive(Serialize)]
struct JournalRow {
    case: CaseId,
    contribution: ContributionId,
    postings: Vec<JournalLine>,
    at: Timestamp,
}

#[derive(Serialize)]
struct JournalLine {
    account: String,
    amount: Money,
}

#[derive(Serialize)]
struct SourceRow {
    journal: JournalId,
}

fn partition(holder: Holder) -> String {
    format!("ACCOUNT#{holder}")
}

impl Ledger {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Posts a bonus, once. One transaction.
    ///
    /// # Errors
    /// [`TreasuryError::Unbalanced`]; storage faults.
    pub async fn post(&self, message: &Envelope<BonusAwarded>, now: Timestamp) -> Result<(), TreasuryError> {
        let journal = Journal::of_bonus(&message.body, JournalId::at(now), now)?;
        let part = format!("SOURCE#bonus#{}#{}", journal.contribution, message.body.part);
        let source = Key::new(part, "SOURCE");
        let lines = journal
            .postings()
            .iter()
            .map(|posting| JournalLine { account: posting.holder.to_string(), amount: posting.amount });
        let row = JournalRow {
            case: journal.case,
            contribution: journal.contribution,
            postings: lines.collect(),
            at: journal.at,
        };
        let credited = BonusCredited { member: message.body.member, case: journal.case };
        let mut transaction = Transaction::new()
            .seen(CONSUMER, &message.id.to_string(), now)
            .insert("source", source, &SourceRow { journal: journal.id })
            .insert("journal", Key::new(format!("JOURNAL#{}", journal.id), "ENTRY"), &row)
            .announce(&Envelope::new(now, credited));
        for posting in journal.postings() {
            let line = PostingRow {
                journal: journal.id,
                case: journal.case,
                contribution: journal.contribution,
                amount: posting.amount,
                at: journal.at,
            };
            let account = partition(posting.holder);
            transaction = transaction
                .insert("posting", Key::new(account.as_str(), format!("ENTRY#{}", journal.id)), &line)
                .update(
                    "balance",
                    Key::new(account, "BALANCE"),
                    Update::new().add("minor", posting.amount.minor),
                    Condition::default(),
                );
        }
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("seen") && !error.failed("source") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The sum of an account. One read.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn account(&self, holder: Holder) -> Result<Account, TreasuryError> {
        Ok(self.table.get(Key::new(partition(holder), "BALANCE")).await?.unwrap_or_default())
    }

    /// A page of what a member earned. One read and one query.
    ///
    /// # Errors
    /// [`TreasuryError::BadCursor`]; storage faults.
    pub async fn statement(
        &self,
        member: MemberId,
        cursors: &CursorKey,
        cursor: Option<&str>,
    ) -> Result<Statement, TreasuryError> {
        let holder = Holder::Member(member);
        // The sum first: an entry that is posted in between is then shown early, never missing from a sum.
        let balance = Money::usd(self.account(holder).await?.minor).negated();
        let query = Query::partition(partition(holder)).prefix("ENTRY#").newest_first().limit(PAGE);
        let page = self.table.query(query.clone().resume(cursors, cursor)?).await?;
        let next = query.cursor(cursors, &page);
        let mut earnings = Vec::with_capacity(page.items.len());
        for item in page.items {
            let row: PostingRow = table::read(item)?;
            earnings.push(Earning {
                journal: row.journal,
                case: row.case,
                contribution: row.contribution,
                amount: row.amount.negated(),
                at: row.at,
            });
        }
        Ok(Statement { balance, earnings, next })
    }
}

#[cfg(test)]
mod tests {
    use table::testing::Engine;

    use super::*;
    use crate::ledger::tests::bonus;

    #[tokio::test]
    async fn a_bonus_is_posted_once_and_all_accounts_add_up_to_nothing() {
        let engine = Engine::start().await;
        let ledger = Ledger::new(engine.table.clone());
        let awarded = Envelope::new(Timestamp::UNIX_EPOCH, bonus(&[750, 750], 1_500));
        let again = Envelope::new(Timestamp::UNIX_EPOCH, awarded.body.clone());
        for message in [&awarded, &awarded, &again] {
            ledger.post(message, Timestamp::UNIX_EPOCH).await.expect("posted");
        }
        let cursors = CursorKey::new(kernel::Secret::new("key"));
        let statement = ledger.statement(awarded.body.member, &cursors, None).await.expect("a statement");
        assert_eq!(statement.balance, Money::usd(1_500));
        assert_eq!(statement.earnings.len(), 1);
        let mut sum = ledger.account(Holder::Member(awarded.body.member)).await.expect("a sum").minor;
        for (payer, _) in &awarded.body.payers {
            sum += ledger.account(Holder::Organisation(*payer)).await.expect("a sum").minor;
        }
        assert_eq!(sum, 0);
        assert_eq!(engine.outbox().await.len(), 1);
    }

    #[tokio::test]
    async fn the_statement_of_one_member_shows_nothing_of_another() {
        let engine = Engine::start().await;
        let ledger = Ledger::new(engine.table.clone());
        let awarded = Envelope::new(Timestamp::UNIX_EPOCH, bonus(&[500], 500));
        ledger.post(&awarded, Timestamp::UNIX_EPOCH).await.expect("posted");
        let other = ledger
            .statement(MemberId::random(), &CursorKey::new(kernel::Secret::new("key")), None)
            .await
            .expect("a statement");
        assert_eq!((other.balance, other.earnings.len()), (Money::usd(0), 0));
    }
}
