//! Money: whole minor units, a currency, and the one place where a decimal becomes an amount.
//! It must not know of taxes or documents.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// Whole minor units (cents, rappen, yen) of a currency that the surrounding document states once.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Minor(pub i64);

impl Minor {
    pub const ZERO: Minor = Minor(0);

    pub(crate) fn plus(self, other: Minor) -> Result<Minor, MoneyError> {
        self.0
            .checked_add(other.0)
            .map(Minor)
            .ok_or(MoneyError::TooLarge)
    }

    pub(crate) fn minus(self, other: Minor) -> Result<Minor, MoneyError> {
        self.0
            .checked_sub(other.0)
            .map(Minor)
            .ok_or(MoneyError::TooLarge)
    }

    pub(crate) fn total(amounts: impl IntoIterator<Item = Minor>) -> Result<Minor, MoneyError> {
        amounts.into_iter().try_fold(Minor::ZERO, Minor::plus)
    }
}

/// An ISO 4217 currency that has minor units: codes for gold, testing and the like are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Three capital letters, such as `EUR`.
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// How many decimals an amount has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(&self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// The amount as a decimal of whole units: 1234 minor units of EUR are 12.34.
    pub fn decimal(&self, amount: Minor) -> Decimal {
        Decimal::new(amount.0, self.exponent())
    }

    /// Rounds once to this currency's minor units.
    pub fn round(&self, value: Decimal, rounding: Rounding) -> Result<Minor, MoneyError> {
        let rounded = value.round_dp_with_strategy(self.exponent(), rounding.strategy());
        let minor = Decimal::from(10_u64.pow(self.exponent()))
            .checked_mul(rounded)
            .ok_or(MoneyError::TooLarge)?;
        i64::try_from(minor)
            .map(Minor)
            .map_err(|_| MoneyError::TooLarge)
    }

    /// Reads an amount such as `"850.00"`; more decimals than the currency has are refused, never cut.
    pub fn parse(&self, text: &str) -> Result<Minor, MoneyError> {
        let value =
            Decimal::from_str_exact(text).map_err(|_| MoneyError::NotAnAmount(text.to_owned()))?;
        if value.normalize().scale() > self.exponent() {
            return Err(MoneyError::TooManyDecimals {
                amount: text.to_owned(),
                currency: *self,
            });
        }
        self.round(value, Rounding::HalfUp)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Currency)
            .ok_or_else(|| MoneyError::UnknownCurrency(code.to_owned()))
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(self.code())
    }
}

/// How a tie is rounded. Away from zero is what invoices use; half-even only where a contract says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    #[default]
    HalfUp,
    HalfEven,
}

impl Rounding {
    fn strategy(self) -> RoundingStrategy {
        match self {
            Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
        }
    }

    /// The nearest whole number.
    pub(crate) fn whole(self, value: Decimal) -> Decimal {
        value.round_dp_with_strategy(0, self.strategy())
    }
}

/// An amount with its currency, for where no document states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: Minor,
    pub currency: Currency,
}

impl fmt::Display for Money {
    /// `1011.50 EUR`: exact and without grouping; pages format for a reader's language.
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(
            out,
            "{} {}",
            self.currency.decimal(self.minor),
            self.currency
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("`{0}` is not an ISO 4217 currency with minor units; write a code such as EUR")]
    UnknownCurrency(String),
    #[error("`{0}` is not an amount; write digits with a point, such as 850.00")]
    NotAnAmount(String),
    #[error("`{amount}` has more decimals than {currency}, which has {}", currency.exponent())]
    TooManyDecimals { amount: String, currency: Currency },
    #[error("an amount is too large to be kept exactly; split the document")]
    TooLarge,
}
