//! Allowances (take away) and charges (add), on a line or on the whole document.
//! It must not decide their tax: a document's carry their own VAT rate, a line's follow the line.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::decimal;
use super::money::{Currency, Minor, MoneyError, Rounding};
use super::vat::VatRate;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Allowance,
    Charge,
}

/// An allowance or charge of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    pub direction: Direction,
    #[serde(flatten)]
    pub value: AdjustmentValue,
    /// What the reader sees, such as "Loyalty discount".
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentValue {
    Amount(Minor),
    Percent(Percent),
}

/// A share of `base`; without one, of what it stands on: the line, or its VAT group's lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percent {
    #[serde(with = "decimal")]
    pub percent: Decimal,
    #[serde(default)]
    pub base: Option<Minor>,
}

/// An allowance or charge of the document. One that spans several VAT rates is stated once per rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentAdjustment {
    #[serde(flatten)]
    pub adjustment: Adjustment,
    pub vat: VatRate,
}

impl AdjustmentValue {
    pub fn percent(percent: impl Into<Decimal>) -> AdjustmentValue {
        AdjustmentValue::Percent(Percent {
            percent: percent.into(),
            base: None,
        })
    }

    pub fn percent_of(percent: impl Into<Decimal>, base: Minor) -> AdjustmentValue {
        AdjustmentValue::Percent(Percent {
            percent: percent.into(),
            base: Some(base),
        })
    }

    /// The amount as the document states it: rounded once.
    pub(crate) fn amount(
        &self,
        stands_on: Decimal,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Minor, MoneyError> {
        match self {
            AdjustmentValue::Amount(amount) => Ok(*amount),
            AdjustmentValue::Percent(Percent { percent, base }) => {
                let base = base.map_or(stands_on, |base| currency.decimal(base));
                let share = base.checked_mul(*percent).ok_or(MoneyError::TooLarge)?;
                currency.round(share / Decimal::ONE_HUNDRED, rounding)
            }
        }
    }
}
