//! EN 16931 arithmetic: from lines to what is due, each figure rounded exactly once.
//! It must not know parties, texts or numbers; nobody else adds amounts of a document up.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::adjustment::{Direction, DocumentAdjustment};
use super::decimal;
use super::line::Line;
use super::money::{Currency, Minor, MoneyError, Rounding};
use super::vat::VatRate;

/// What the arithmetic needs of a document.
#[derive(Debug, Clone, Copy)]
pub struct Sums<'a> {
    pub currency: Currency,
    pub rounding: Rounding,
    pub lines: &'a [Line],
    pub adjustments: &'a [DocumentAdjustment],
    pub prepaid: Minor,
    /// Cash is paid in steps of this many minor units (5 for CHF); 0 and 1 change nothing.
    pub cash_increment: Minor,
    pub accounting: Option<&'a AccountingVat>,
}

/// VAT owed in a currency other than the invoice's (BT-6), with the rate from one to the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountingVat {
    pub currency: Currency,
    /// Units of `currency` for one unit of the invoice's.
    #[serde(with = "decimal")]
    pub exchange_rate: Decimal,
}

/// The figures of a document. Every page, mail and file shows these; none computes its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// In the order of the document's lines.
    pub lines: Vec<LineTotal>,
    /// Amounts of the document's allowances and charges, in their order.
    pub adjustments: Vec<Minor>,
    /// BT-106.
    pub sum_of_lines: Minor,
    /// BT-107.
    pub allowances: Minor,
    /// BT-108.
    pub charges: Minor,
    /// BT-109: without VAT.
    pub net: Minor,
    /// By category code, then by rate.
    pub vat_groups: Vec<VatGroup>,
    /// BT-110.
    pub vat: Minor,
    /// BT-111, in minor units of the accounting currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_in_accounting_currency: Option<Minor>,
    /// BT-112: with VAT.
    pub gross: Minor,
    /// BT-113.
    pub prepaid: Minor,
    /// BT-114: what cash rounding adds, or takes when below zero.
    pub payable_rounding: Minor,
    /// BT-115.
    pub due: Minor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTotal {
    pub allowances: Minor,
    pub charges: Minor,
    /// BT-131.
    pub net: Minor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatGroup {
    #[serde(flatten)]
    pub vat: VatRate,
    /// BT-116.
    pub taxable: Minor,
    /// BT-117.
    pub tax: Minor,
}

impl Totals {
    pub fn of(sums: Sums) -> Result<Totals, TotalsError> {
        let lines = (sums.lines.iter().enumerate())
            .map(|(at, line)| line_total(line, sums).map_err(|error| error.in_line(at)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut taxable: BTreeMap<VatRate, Minor> = BTreeMap::new();
        for (line, total) in sums.lines.iter().zip(&lines) {
            add(&mut taxable, line.vat, total.net)?;
        }
        let lines_of_group = taxable.clone();
        let (mut adjustments, mut allowances, mut charges) = (Vec::new(), Minor::ZERO, Minor::ZERO);
        for DocumentAdjustment { adjustment, vat } in sums.adjustments {
            let stands_on = lines_of_group
                .get(&group_of(*vat))
                .copied()
                .unwrap_or_default();
            let stands_on = sums.currency.decimal(stands_on);
            let amount = adjustment
                .value
                .amount(stands_on, sums.currency, sums.rounding)?;
            match adjustment.direction {
                Direction::Allowance => {
                    allowances = allowances.plus(amount)?;
                    add(&mut taxable, *vat, Minor::ZERO.minus(amount)?)?;
                }
                Direction::Charge => {
                    charges = charges.plus(amount)?;
                    add(&mut taxable, *vat, amount)?;
                }
            }
            adjustments.push(amount);
        }
        let vat_groups = (taxable.into_iter())
            .map(|(vat, taxable)| {
                Ok(VatGroup {
                    vat,
                    taxable,
                    tax: percent_of(taxable, vat.percent, sums)?,
                })
            })
            .collect::<Result<Vec<_>, MoneyError>>()?;
        let sum_of_lines = Minor::total(lines.iter().map(|line| line.net))?;
        let net = sum_of_lines.minus(allowances)?.plus(charges)?;
        let vat = Minor::total(vat_groups.iter().map(|group| group.tax))?;
        let gross = net.plus(vat)?;
        let unrounded_due = gross.minus(sums.prepaid)?;
        let due = to_cash(unrounded_due, sums.cash_increment, sums.rounding)?;
        Ok(Totals {
            lines,
            adjustments,
            sum_of_lines,
            allowances,
            charges,
            net,
            vat_groups,
            vat,
            vat_in_accounting_currency: sums
                .accounting
                .map(|to| converted(vat, to, sums))
                .transpose()?,
            gross,
            prepaid: sums.prepaid,
            payable_rounding: due.minus(unrounded_due)?,
            due,
        })
    }
}

/// Rates that are the same number are one group, however many zeros they were written with.
fn group_of(vat: VatRate) -> VatRate {
    VatRate {
        percent: vat.percent.normalize(),
        ..vat
    }
}

fn add(
    groups: &mut BTreeMap<VatRate, Minor>,
    vat: VatRate,
    amount: Minor,
) -> Result<(), MoneyError> {
    let sum = groups.entry(group_of(vat)).or_default();
    *sum = sum.plus(amount)?;
    Ok(())
}

/// Neither price nor quantity is rounded first; a percentage is of the unrounded product.
fn line_total(line: &Line, sums: Sums) -> Result<LineTotal, TotalsError> {
    let product = line
        .quantity
        .checked_mul(line.price)
        .ok_or(MoneyError::TooLarge)?;
    let gross = product
        .checked_div(line.base_quantity)
        .ok_or(TotalsError::BaseQuantityZero { line: 0 })?;
    let (mut allowances, mut charges) = (Minor::ZERO, Minor::ZERO);
    for adjustment in &line.adjustments {
        let amount = adjustment
            .value
            .amount(gross, sums.currency, sums.rounding)?;
        match adjustment.direction {
            Direction::Allowance => allowances = allowances.plus(amount)?,
            Direction::Charge => charges = charges.plus(amount)?,
        }
    }
    let adjusted = sums.currency.decimal(charges.minus(allowances)?);
    let net = gross.checked_add(adjusted).ok_or(MoneyError::TooLarge)?;
    Ok(LineTotal {
        allowances,
        charges,
        net: sums.currency.round(net, sums.rounding)?,
    })
}

fn percent_of(amount: Minor, percent: Decimal, sums: Sums) -> Result<Minor, MoneyError> {
    let product = sums
        .currency
        .decimal(amount)
        .checked_mul(percent)
        .ok_or(MoneyError::TooLarge)?;
    sums.currency
        .round(product / Decimal::ONE_HUNDRED, sums.rounding)
}

fn converted(vat: Minor, to: &AccountingVat, sums: Sums) -> Result<Minor, MoneyError> {
    let product = sums
        .currency
        .decimal(vat)
        .checked_mul(to.exchange_rate)
        .ok_or(MoneyError::TooLarge)?;
    to.currency.round(product, sums.rounding)
}

fn to_cash(amount: Minor, increment: Minor, rounding: Rounding) -> Result<Minor, MoneyError> {
    if increment.0 <= 1 {
        return Ok(amount);
    }
    let steps = rounding.whole(Decimal::from(amount.0) / Decimal::from(increment.0));
    let cash = steps
        .checked_mul(Decimal::from(increment.0))
        .ok_or(MoneyError::TooLarge)?;
    i64::try_from(cash)
        .map(Minor)
        .map_err(|_| MoneyError::TooLarge)
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TotalsError {
    /// `line` counts from 0.
    #[error("line {}: the price is for 0 units; state how many units it is for", line + 1)]
    BaseQuantityZero { line: usize },
    /// `line` counts from 0.
    #[error("line {}: {source}", line + 1)]
    Line { line: usize, source: MoneyError },
    #[error(transparent)]
    Document(#[from] MoneyError),
}

impl TotalsError {
    fn in_line(self, line: usize) -> TotalsError {
        match self {
            TotalsError::BaseQuantityZero { .. } => TotalsError::BaseQuantityZero { line },
            TotalsError::Document(source) => TotalsError::Line { line, source },
            TotalsError::Line { source, .. } => TotalsError::Line { line, source },
        }
    }
}
