//! The rows of bonuses. They are gathered as messages come, in whatever order, and paid once.
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `CASE#<case>` | `CONTRIBUTION#<contribution>` | who wrote it |
//! | `CASE#<case>` | `VALUED#<contribution>#<contract>` | that an observer marked it, and who pays |
//! | `CASE#<case>` | `CLOSED` | that the case is closed, and what was accepted |
//! | `CASE#<case>` | `AWARD#<contribution>` | the bonus: there is one at most |

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    Envelope, Message,
    community::{CaseClosed, ContributionAdded},
    partners::AnswerValued,
    treasury::BonusAwarded,
};
use kernel::{
    Timestamp,
    id::{CaseId, ContributionId, MemberId, OrganisationId},
};
use serde::{Deserialize, Serialize};
use table::{Item, Key, Query, Table, Transaction};

use super::{amount, shares};
use crate::TreasuryError;

const CONSUMER: &str = "bonuses";

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
    minor: i64,
    awarded_at: Timestamp,
}

/// All that is known of a case.
#[derive(Default)]
struct Known {
    authors: BTreeMap<ContributionId, MemberId>,
    valued: BTreeMap<ContributionId, Vec<OrganisationId>>,
    closed: Option<ClosedRow>,
    awarded: BTreeSet<ContributionId>,
}

fn key(case: CaseId, sk: String) -> Key {
    Key::new(format!("CASE#{case}"), sk)
}

impl Bonuses {
    /// The store in the zone's table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Remembers who wrote a contribution, and awards what is due.
    ///
    /// # Errors
    /// Storage faults.
    pub async fn contribution_added(
        &self,
        message: &Envelope<ContributionAdded>,
        now: Timestamp,
    ) -> Result<(), TreasuryError> {
        let ContributionAdded { case, contribution, author, .. } = message.body;
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
        let row = ValuedRow { contribution, organisation };
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

    /// Awards every bonus of a closed case that is due and was not awarded. It is run after every
    /// message, also a repeated one, so that an interruption in between is made good.
    async fn award(&self, case: CaseId, now: Timestamp) -> Result<(), TreasuryError> {
        let known = self.known(case).await?;
        let Some(closed) = &known.closed else { return Ok(()) };
        for (contribution, payers) in &known.valued {
            let Some(member) = known.authors.get(contribution) else { continue };
            if known.awarded.contains(contribution) {
                continue;
            }
            let bonus = amount(payers.len(), closed.accepted == Some(*contribution));
            let row = AwardRow { contribution: *contribution, minor: bonus.minor, awarded_at: now };
            let awarded = BonusAwarded {
                case,
                contribution: *contribution,
                member: *member,
                payers: shares(payers, bonus),
                amount: bonus,
            };
            let transaction = Transaction::new()
                .insert("award", key(case, format!("AWARD#{contribution}")), &row)
                .announce(&Envelope::new(now, awarded));
            match self.table.commit(transaction).await {
                Err(error) if !error.failed("award") => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    async fn known(&self, case: CaseId) -> Result<Known, TreasuryError> {
        let mut known = Known::default();
        let mut query = Some(Query::partition(format!("CASE#{case}")));
        while let Some(wanted) = query.take() {
            let page = self.table.query(wanted.clone()).await?;
            query = page.next.map(|position| wanted.after(position));
            for item in page.items {
                known.take_in(item)?;
            }
        }
        Ok(known)
    }
}

impl Known {
    fn take_in(&mut self, item: Item) -> Result<(), TreasuryError> {
        let place = table::sort_key(&item);
        if place.starts_with("CONTRIBUTION#") {
            let row: ContributionRow = table::read(item)?;
            self.authors.insert(row.contribution, row.author);
        } else if place.starts_with("VALUED#") {
            let row: ValuedRow = table::read(item)?;
            self.valued.entry(row.contribution).or_default().push(row.organisation);
        } else if place.starts_with("AWARD#") {
            let row: AwardRow = table::read(item)?;
            self.awarded.insert(row.contribution);
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

    #[tokio::test]
    async fn before_the_closing_nothing_leaves() {
        let engine = Engine::start().await;
        let (store, story) = (Bonuses::new(engine.table.clone()), story());
        store.contribution_added(&story.added, Timestamp::UNIX_EPOCH).await.expect("handled");
        store.answer_valued(&story.valued, Timestamp::UNIX_EPOCH).await.expect("handled");
        assert!(engine.outbox().await.is_empty());
    }
}
