//! The rows of bonuses. They are gathered as messages come, in whatever order, and paid once.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CASE#<case>` | `CONTRIBUTION#<contribution>` | who wrote it |
//! | `CASE#<case>` | `VALUED#<contribution>#<contract>` | that an observer marked it, and who pays |
//! | `CASE#<case>` | `CLOSED` | that the case is closed, and what was accepted |
//! | `CASE#<case>` | `AWARD#<contribution>#<part>` | the bonus, and what marks that came later added to it |

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    Envelope, Message,
    community::{CaseClosed, ContributionAdded},
    partners::AnswerValued,
    treasury::BonusAwarded,
};
use kernel::{
    Money, Timestamp,
    id::{CaseId, ContractId, ContributionId, MemberId, OrganisationId},
};
use serde::{Deserialize, Serialize};
use table::{Item, Key, Query, Table, Transaction};

use super::{amount, shares};
use crate::TreasuryError;

const CONSUMER: &str = "bonuses";

/// How often what is due is looked for after one message.
const ATTEMPTS: u32 = 200;

/// How many pay for one part of a bonus: what the ledger can post in one transaction.
const MOST_PAYERS: usize = 40;

/// The store of bonuses.
#[derive(Debug, Clone)]
pub struct Bonuses {
    table: Table,
}

#[derive(Serialize, Deserialize)]
struct ContributionRow {
    contribution: ContributionId,
    author: MemberId,
}

#[derive(Serialize, Deserialize)]
struct ValuedRow {
    contribution: ContributionId,
    organisation: OrganisationId,
    contract: ContractId,
}

#[derive(Serialize, Deserialize)]
struct ClosedRow {
    #[serde(default)]
    accepted: Option<ContributionId>,
    closed_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct AwardRow {
    contribution: ContributionId,
    contracts: Vec<ContractId>,
    minor: i64,
    awarded_at: Timestamp,
}

/// All that is known of a case.
#[derive(Default)]
struct Known {
    authors: BTreeMap<ContributionId, MemberId>,
    valued: BTreeMap<ContributionId, BTreeMap<ContractId, OrganisationId>>,
    closed: Option<ClosedRow>,
    awarded: BTreeMap<ContributionId, Awarded>,
}

/// What was awarded for a contribution so far.
#[derive(Default)]
struct Awarded {
    parts: u32,
    contracts: BTreeSet<ContractId>,
    minor: i64,
}

fn key(case: CaseId, sk: String) -> Key {
    Key::new(format!("CASE#{case}"), sk)
}

impl Bonuses {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Remembers who wrote a contribution, and awards what is due. What authors say on their own cases is
    /// never paid, so it is not remembered.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn contribution_added(
        &self,
        message: &Envelope<ContributionAdded>,
        now: Timestamp,
    ) -> Result<(), TreasuryError> {
        let ContributionAdded { case, contribution, author, case_author, .. } = message.body;
        if author == case_author {
            return Ok(());
        }
        let row = ContributionRow { contribution, author };
        self.remember(message, key(case, format!("CONTRIBUTION#{contribution}")), &row).await?;
        self.award(case, now).await
    }

    /// Remembers that an observer found a contribution valuable, and awards what is due.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn answer_valued(
        &self,
        message: &Envelope<AnswerValued>,
        now: Timestamp,
    ) -> Result<(), TreasuryError> {
        let AnswerValued { case, contribution, organisation, contract } = message.body;
        let row = ValuedRow { contribution, organisation, contract };
        self.remember(message, key(case, format!("VALUED#{contribution}#{contract}")), &row).await?;
        self.award(case, now).await
    }

    /// Remembers that a case was closed, and awards what is due.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn case_closed(
        &self,
        message: &Envelope<CaseClosed>,
        now: Timestamp,
    ) -> Result<(), TreasuryError> {
        let CaseClosed { case, accepted, closed_at, .. } = message.body.clone();
        self.remember(message, key(case, "CLOSED".to_owned()), &ClosedRow { accepted, closed_at }).await?;
        self.award(case, now).await
    }

    async fn remember<M: Message>(
        &self,
        message: &Envelope<M>,
        key: Key,
        row: &impl Serialize,
    ) -> Result<(), TreasuryError> {
        let transaction =
            Transaction::new().seen(CONSUMER, &message.id.to_string(), message.at).put("row", key, row);
        match self.table.commit(transaction).await {
            Err(error) if !error.failed("seen") => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Awards every bonus of a closed case that is due and was not awarded, and what marks that came behind
    /// the closing add to one. It is run after every message, also a repeated one, so that an interruption
    /// in between is made good.
    async fn award(&self, case: CaseId, now: Timestamp) -> Result<(), TreasuryError> {
        // Another message of the same case may be awarding beside us: then what is known is read anew.
        for _ in 0..ATTEMPTS {
            let known = self.known(case).await?;
            let Some(award) = known.due(case, now) else { return Ok(()) };
            let place = key(case, format!("AWARD#{}#{}", award.message.contribution, award.message.part));
            let transaction = Transaction::new()
                .insert("award", place, &award.row)
                .announce(&Envelope::new(now, award.message));
            match self.table.commit(transaction).await {
                Err(error) if !error.failed("award") => return Err(error.into()),
                _ => {}
            }
        }
        Err(TreasuryError::Contended)
    }

    async fn known(&self, case: CaseId) -> Result<Known, TreasuryError> {
        let mut known = Known::default();
        for item in self.table.every(Query::partition(format!("CASE#{case}"))).await? {
            known.take_in(item)?;
        }
        Ok(known)
    }
}

/// A bonus, or a part of one, that is due.
struct Award {
    row: AwardRow,
    message: BonusAwarded,
}

impl Known {
    /// The next bonus that is due: of a contribution whose author is known, on a closed case, that contracts
    /// marked which have not paid for it yet.
    fn due(&self, case: CaseId, now: Timestamp) -> Option<Award> {
        let closed = self.closed.as_ref()?;
        self.valued.iter().find_map(|(contribution, marks)| {
            let member = *self.authors.get(contribution)?;
            let nothing = Awarded::default();
            let so_far = self.awarded.get(contribution).unwrap_or(&nothing);
            let new = marks.iter().filter(|(contract, _)| !so_far.contracts.contains(contract));
            let (contracts, payers): (Vec<ContractId>, Vec<OrganisationId>) =
                new.take(MOST_PAYERS).map(|(contract, organisation)| (*contract, *organisation)).unzip();
            if contracts.is_empty() {
                return None;
            }
            let marked = so_far.contracts.len().saturating_add(contracts.len());
            let whole = amount(marked, closed.accepted == Some(*contribution));
            let added = Money { minor: whole.minor.saturating_sub(so_far.minor), ..whole };
            // At the highest bonus a further mark adds nothing, and nobody pays.
            (added.minor > 0).then(|| Award {
                row: AwardRow { contribution: *contribution, contracts, minor: added.minor, awarded_at: now },
                message: BonusAwarded {
                    case,
                    contribution: *contribution,
                    part: so_far.parts,
                    member,
                    payers: shares(&payers, added),
                    amount: added,
                },
            })
        })
    }

    fn take_in(&mut self, item: Item) -> Result<(), TreasuryError> {
        let place = table::sort_key(&item);
        if place.starts_with("CONTRIBUTION#") {
            let row: ContributionRow = table::read(item)?;
            self.authors.insert(row.contribution, row.author);
        } else if place.starts_with("VALUED#") {
            let row: ValuedRow = table::read(item)?;
            self.valued.entry(row.contribution).or_default().insert(row.contract, row.organisation);
        } else if place.starts_with("AWARD#") {
            let row: AwardRow = table::read(item)?;
            let awarded = self.awarded.entry(row.contribution).or_default();
            awarded.parts = awarded.parts.saturating_add(1);
            awarded.minor = awarded.minor.saturating_add(row.minor);
            awarded.contracts.extend(row.contracts);
        } else if place == "CLOSED" {
            self.closed = Some(table::read(item)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kernel::id::ContractId;
    use table::testing::Engine;

    use super::*;

    struct Story {
        added: Envelope<ContributionAdded>,
        valued: Envelope<AnswerValued>,
        closed: Envelope<CaseClosed>,
    }

    fn story() -> Story {
        let at = Timestamp::UNIX_EPOCH;
        let (case, contribution) = (CaseId::at(at), ContributionId::at(at));
        Story {
            added: Envelope::new(
                at,
                ContributionAdded {
                    case,
                    contribution,
                    author: MemberId::random(),
                    case_author: MemberId::random(),
                    kind: contracts::community::ContributionKind::Advice,
                },
            ),
            valued: Envelope::new(
                at,
                AnswerValued {
                    case,
                    contribution,
                    organisation: OrganisationId::at(at),
                    contract: ContractId::at(at),
                },
            ),
            closed: Envelope::new(
                at,
                CaseClosed {
                    case,
                    specialty: "cardiology".parse().expect("a specialty"),
                    outcome: "well".to_owned(),
                    accepted: Some(contribution),
                    closed_at: at,
                },
            ),
        }
    }

    /// Delivers the three messages in an order, each as often as told.
    async fn deliver(order: [usize; 3], times: usize) -> Vec<(String, String)> {
        let engine = Engine::start().await;
        let (store, story) = (Bonuses::new(engine.table.clone()), story());
        for which in order {
            for _ in 0..times {
                let done = match which {
                    0 => store.contribution_added(&story.added, Timestamp::UNIX_EPOCH).await,
                    1 => store.answer_valued(&story.valued, Timestamp::UNIX_EPOCH).await,
                    _ => store.case_closed(&story.closed, Timestamp::UNIX_EPOCH).await,
                };
                done.expect("handled");
            }
        }
        engine.outbox().await
    }

    #[tokio::test]
    async fn a_bonus_is_awarded_once_in_whatever_order_and_however_often_messages_come() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let outbox = deliver(order, 2).await;
            assert_eq!(outbox.len(), 1, "{order:?}");
            assert!(outbox[0].1.contains("\"minor\":1500"), "{outbox:?}");
        }
    }

    /// What was awarded in all, and in how many parts, when marks of so many contracts come before the closing
    /// and so many behind it.
    async fn awarded(before: i64, behind: i64, at_once: bool) -> (i64, usize) {
        let engine = Engine::start().await;
        let (store, story) = (Bonuses::new(engine.table.clone()), story());
        let mark = |number: i64| {
            let at = Timestamp::from_second(number).expect("a time");
            let (contract, organisation) = (ContractId::at(at), OrganisationId::at(at));
            Envelope::new(at, AnswerValued { contract, organisation, ..story.valued.body.clone() })
        };
        store.contribution_added(&story.added, Timestamp::UNIX_EPOCH).await.expect("handled");
        for number in 0..before {
            store.answer_valued(&mark(number), Timestamp::UNIX_EPOCH).await.expect("handled");
        }
        store.case_closed(&story.closed, Timestamp::UNIX_EPOCH).await.expect("handled");
        let mut crowd = tokio::task::JoinSet::new();
        for number in before..before + behind {
            let (store, mark) = (store.clone(), mark(number));
            crowd.spawn(async move { store.answer_valued(&mark, Timestamp::UNIX_EPOCH).await });
            if !at_once {
                while crowd.join_next().await.is_some_and(|done| done.expect("no panic").is_ok()) {}
            }
        }
        assert!(crowd.join_all().await.into_iter().all(|done| done.is_ok()));
        let awards = engine.outbox().await;
        let parts = awards.iter().map(|(_, detail)| {
            let envelope: Envelope<BonusAwarded> = serde_json::from_str(detail).expect("an award");
            let shares: i64 = envelope.body.payers.iter().map(|(_, share)| share.minor).sum();
            assert_eq!(shares, envelope.body.amount.minor);
            envelope.body.amount.minor
        });
        (parts.sum(), awards.len())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_whole_bonus_is_the_same_whenever_marks_come() {
        assert_eq!(awarded(2, 0, false).await, (2_000, 1));
        assert_eq!(awarded(1, 1, false).await, (2_000, 2));
        assert_eq!(awarded(0, 2, false).await, (2_000, 2));
        assert_eq!(awarded(1, 1, true).await.0, 2_000);
        assert_eq!(awarded(0, 9, true).await.0, 2_500);
        assert_eq!(awarded(60, 3, false).await.0, 2_500);
    }

    #[tokio::test]
    async fn before_the_closing_nothing_leaves() {
        let engine = Engine::start().await;
        let (store, story) = (Bonuses::new(engine.table.clone()), story());
        store.contribution_added(&story.added, Timestamp::UNIX_EPOCH).await.expect("handled");
        store.answer_valued(&story.valued, Timestamp::UNIX_EPOCH).await.expect("handled");
        assert!(engine.outbox().await.is_empty());
    }
}
