//! The ledger: double entry. Every journal entry's postings add up to nothing, in one currency.

mod store;

use std::fmt;

use kernel::{
    Money, Timestamp,
    id::{CaseId, ContributionId, JournalId, MemberId, OrganisationId},
};

use crate::TreasuryError;
pub use store::{Account, Earning, Ledger, Statement};

/// Whose account a posting is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// What an organisation owes: debits are positive.
    Organisation(OrganisationId),
    /// What a member is owed: credits are negative.
    Member(MemberId),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation(id) => write!(f, "organisation:{id}"),
            Self::Member(id) => write!(f, "member:{id}"),
        }
    }
}

/// A line of a journal entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Whose account.
    pub holder: Holder,
    /// Debit above nothing, credit below.
    pub amount: Money,
}

/// A balanced journal entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    id: JournalId,
    postings: Vec<Posting>,
    case: CaseId,
    contribution: ContributionId,
    at: Timestamp,
}

impl Journal {
    /// The entry of a bonus: the payers owe their shares, the member is owed the whole.
    ///
    /// # Errors
    /// [`TreasuryError::Unbalanced`] when the shares are not the whole.
    pub fn of_bonus(
        bonus: &contracts::treasury::BonusAwarded,
        id: JournalId,
        at: Timestamp,
    ) -> Result<Self, TreasuryError> {
        let mut postings: Vec<Posting> = bonus
            .payers
            .iter()
            .map(|(payer, share)| Posting { holder: Holder::Organisation(*payer), amount: *share })
            .collect();
        postings.sort_by_key(|posting| posting.holder);
        postings.dedup_by(merge);
        postings.push(Posting { holder: Holder::Member(bonus.member), amount: bonus.amount.negated() });
        balanced(&postings)?;
        Ok(Self { id, postings, case: bonus.case, contribution: bonus.contribution, at })
    }

    /// The postings.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

/// Adds a posting to the one before on the same account, if there is one.
fn merge(later: &mut Posting, earlier: &mut Posting) -> bool {
    match earlier.amount.checked_add(later.amount) {
        Some(sum) if earlier.holder == later.holder => {
            earlier.amount = sum;
            true
        }
        _ => false,
    }
}

fn balanced(postings: &[Posting]) -> Result<(), TreasuryError> {
    let mut sum: Option<Money> = None;
    for posting in postings {
        sum = Some(match sum {
            None => posting.amount,
            Some(sum) => sum.checked_add(posting.amount).ok_or(TreasuryError::Unbalanced)?,
        });
    }
    if sum.is_some_and(|sum| sum.minor == 0) { Ok(()) } else { Err(TreasuryError::Unbalanced) }
}

#[cfg(test)]
pub(crate) mod tests {
    use contracts::treasury::BonusAwarded;
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn bonus(shares: &[i64], amount: i64) -> BonusAwarded {
        let at = Timestamp::UNIX_EPOCH;
        BonusAwarded {
            part: 0,
            case: CaseId::at(at),
            contribution: ContributionId::at(at),
            member: MemberId::random(),
            payers: shares.iter().map(|cents| (OrganisationId::at(at), Money::usd(*cents))).collect(),
            amount: Money::usd(amount),
        }
    }

    #[test]
    fn shares_that_are_not_the_whole_make_no_entry() {
        let entry = Journal::of_bonus(
            &bonus(&[500], 501),
            JournalId::at(Timestamp::UNIX_EPOCH),
            Timestamp::UNIX_EPOCH,
        );
        assert!(matches!(entry, Err(TreasuryError::Unbalanced)));
        let none =
            Journal::of_bonus(&bonus(&[], 0), JournalId::at(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
        assert!(none.is_ok_and(|entry| entry.postings().len() == 1));
    }

    #[test]
    fn an_organisation_with_two_contracts_has_one_posting() {
        let mut twice = bonus(&[500, 500], 1_000);
        twice.payers[1].0 = twice.payers[0].0;
        let entry = Journal::of_bonus(&twice, JournalId::at(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
        assert_eq!(entry.expect("an entry").postings().len(), 2);
    }

    proptest! {
        #[test]
        fn every_entry_adds_up_to_nothing(shares in proptest::collection::vec(1_i64..5_000, 1..20)) {
            let whole = shares.iter().sum();
            let entry = Journal::of_bonus(&bonus(&shares, whole), JournalId::at(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
            let entry = entry.expect("an entry");
            prop_assert_eq!(entry.postings().iter().map(|one| one.amount.minor).sum::<i64>(), 0);
        }
    }
}
