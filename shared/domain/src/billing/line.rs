//! One line of an invoice: what, how much of it, at which price, under which tax.
//! It must not know the document it stands on; its net is computed by `totals`.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::adjustment::Adjustment;
use super::decimal;
use super::money::{Currency, Minor, MoneyError, Rounding};
use super::vat::VatRate;
use crate::id::EntryId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Unique on the document (BT-126).
    pub id: String,
    /// The item's name (BT-153): the first thing the client reads.
    pub text: String,
    /// More about it (BT-154), such as dates or people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Below zero takes something back, such as hours from a prepaid block.
    #[serde(with = "decimal")]
    pub quantity: Decimal,
    pub unit: UnitCode,
    /// Net price in whole units of the currency, unrounded, per `base_quantity` units; never below zero.
    #[serde(with = "decimal")]
    pub price: Decimal,
    /// How many units the price is for, such as 1000 calls.
    #[serde(with = "decimal", default = "one")]
    pub base_quantity: Decimal,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    pub vat: VatRate,
    /// The entries of time that it bills; the document's reader does not see their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<EntryId>,
}

fn one() -> Decimal {
    Decimal::ONE
}

impl Line {
    /// One thing at a price, such as a milestone.
    pub fn fixed(
        id: impl Into<String>,
        text: impl Into<String>,
        price: Minor,
        currency: Currency,
        vat: VatRate,
    ) -> Line {
        Line {
            id: id.into(),
            text: text.into(),
            description: None,
            quantity: Decimal::ONE,
            unit: UnitCode::ONE,
            price: currency.decimal(price),
            base_quantity: Decimal::ONE,
            adjustments: Vec::new(),
            vat,
            entries: Vec::new(),
        }
    }
}

impl Line {
    /// Quantity by price, rounded by nothing; none where a price is for 0 units or the product is past what is exact.
    fn gross(&self) -> Option<Decimal> {
        self.quantity
            .checked_mul(self.price)?
            .checked_div(self.base_quantity)
    }

    /// What each of its allowances and charges comes to, in their order, as the line's total has them.
    pub fn adjustment_amounts(
        &self,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Vec<Minor>, MoneyError> {
        let gross = self.gross().ok_or(MoneyError::TooLarge)?;
        self.adjustments
            .iter()
            .map(|adjustment| adjustment.value.amount(gross, currency, rounding))
            .collect()
    }
}

/// A unit of measure by its UN/ECE Recommendation 20 code, such as `HUR` for hours.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitCode(std::borrow::Cow<'static, str>);

impl UnitCode {
    pub const ONE: UnitCode = UnitCode(std::borrow::Cow::Borrowed("C62"));
    pub const HOUR: UnitCode = UnitCode(std::borrow::Cow::Borrowed("HUR"));
    pub const MINUTE: UnitCode = UnitCode(std::borrow::Cow::Borrowed("MIN"));
    pub const DAY: UnitCode = UnitCode(std::borrow::Cow::Borrowed("DAY"));
    pub const MONTH: UnitCode = UnitCode(std::borrow::Cow::Borrowed("MON"));

    pub fn code(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UnitCode {
    type Error = UnitCodeError;

    fn try_from(code: String) -> Result<Self, UnitCodeError> {
        let shaped = (2..=3).contains(&code.len())
            && code
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if shaped {
            Ok(UnitCode(code.into()))
        } else {
            Err(UnitCodeError(code))
        }
    }
}

impl From<UnitCode> for String {
    fn from(unit: UnitCode) -> String {
        unit.0.into_owned()
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a unit code of UN/ECE Recommendation 20; write C62 (one), HUR (hour), DAY or MON"
)]
pub struct UnitCodeError(String);
