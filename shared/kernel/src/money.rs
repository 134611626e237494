//! Money: integer minor units of an ISO 4217 currency. Never a float.

use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount in the minor unit of its currency (cents of a dollar; yen has none, so whole yen).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// How many minor units, for example 1250 for 12.50 US dollars.
    #[schema(example = 1250)]
    pub minor: i64,
    /// The ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
}

impl Money {
    /// An amount of US cents.
    pub const fn usd(cents: i64) -> Self {
        Self { minor: cents, currency: Currency::USD }
    }

    /// The sum, unless the currencies differ or it would overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| self.minor.checked_add(other.minor))
            .flatten()
            .map(|minor| Self { minor, ..self })
    }

    /// The same amount on the other side of a ledger.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { minor: -self.minor, currency: self.currency }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_of_different_currencies_do_not_add() {
        let yen = Money { minor: 5, currency: Currency::JPY };
        assert_eq!(Money::usd(5).checked_add(yen), None);
    }

    proptest! {
        #[test]
        fn an_amount_and_its_negation_cancel(minor in -1_000_000_000_i64..1_000_000_000) {
            let money = Money::usd(minor);
            prop_assert_eq!(money.checked_add(money.negated()), Some(Money::usd(0)));
        }

        #[test]
        fn addition_never_wraps(a in any::<i64>(), b in any::<i64>()) {
            let sum = Money::usd(a).checked_add(Money::usd(b)).map(|m| i128::from(m.minor));
            let exact = i128::from(a) + i128::from(b);
            prop_assert_eq!(sum, i64::try_from(exact).ok().map(i128::from));
        }
    }
}
