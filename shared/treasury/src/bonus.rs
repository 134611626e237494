//! Bonuses: what a contribution earns when its case is closed and paying observers found it valuable.
//!
//! Nothing leaves this module before the closing.

mod store;

use kernel::{Money, id::OrganisationId};

pub use store::Bonuses;

/// What every bonus has at least, in US cents.
const LEAST: i64 = 500;
/// What no bonus exceeds, in US cents.
const MOST: i64 = 2_500;
/// What the author's acceptance of the advice adds, in US cents.
const ACCEPTED: i64 = 1_000;
/// What each further contract that marked it adds, in US cents.
const FURTHER: i64 = 500;

/// The bonus of a contribution that `contracts` contracts marked (at least one), accepted or not: $5,
/// and $10 if the case's author accepted it, and $5 for each further contract, up to $25.
pub fn amount(contracts: usize, accepted: bool) -> Money {
    let further = i64::try_from(contracts.saturating_sub(1)).unwrap_or(i64::MAX);
    let bonus = LEAST.saturating_add(further.saturating_mul(FURTHER));
    let bonus = if accepted { bonus.saturating_add(ACCEPTED) } else { bonus };
    Money::usd(bonus.clamp(LEAST, MOST))
}

/// Each payer's share: equal, and the first pays the odd cents.
pub fn shares(payers: &[OrganisationId], amount: Money) -> Vec<(OrganisationId, Money)> {
    let Ok(count) = i64::try_from(payers.len()) else { return Vec::new() };
    if count == 0 {
        return Vec::new();
    }
    let (each, odd) = (amount.minor / count, amount.minor % count);
    payers
        .iter()
        .enumerate()
        .map(|(place, payer)| {
            let minor = if place == 0 { each + odd } else { each };
            (*payer, Money { minor, ..amount })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn acceptance_and_further_contracts_add_to_a_bonus() {
        assert_eq!(amount(1, false), Money::usd(500));
        assert_eq!(amount(1, true), Money::usd(1_500));
        assert_eq!(amount(2, true), Money::usd(2_000));
        assert_eq!(amount(9, true), Money::usd(2_500));
    }

    proptest! {
        #[test]
        fn a_bonus_is_five_to_twenty_five_dollars_and_the_shares_add_up(contracts in 1_usize..60, accepted: bool) {
            let bonus = amount(contracts, accepted);
            prop_assert!((500..=2_500).contains(&bonus.minor));
            let payers: Vec<_> = (0..contracts).map(|_| OrganisationId::at(Timestamp::UNIX_EPOCH)).collect();
            let shares = shares(&payers, bonus);
            prop_assert_eq!(shares.len(), contracts);
            prop_assert_eq!(shares.iter().map(|(_, share)| share.minor).sum::<i64>(), bonus.minor);
        }
    }
}
