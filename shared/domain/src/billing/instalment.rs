//! Splits a contract sum into instalments that add up to it to the cent.
//! It must not know what a milestone is.

use rust_decimal::Decimal;

use super::money::{Currency, Minor, Money, MoneyError, Rounding};

/// The instalment at `index` (from 0) of `total`, split by `shares` in percent.
///
/// Each is rounded on its own and the last takes the remainder, so that together they are `total`.
/// None ever takes more than what is left, however small the sum is against the number of shares.
pub fn instalment(
    total: Money,
    shares: &[Decimal],
    index: usize,
) -> Result<Minor, InstalmentError> {
    if shares.iter().any(|share| *share <= Decimal::ZERO) {
        return Err(InstalmentError::NotPositive);
    }
    let sum = shares
        .iter()
        .try_fold(Decimal::ZERO, |sum, share| sum.checked_add(*share));
    if sum != Some(Decimal::ONE_HUNDRED) {
        return Err(InstalmentError::NotHundred(sum.unwrap_or(Decimal::MAX)));
    }
    if index >= shares.len() {
        return Err(InstalmentError::NoSuchShare {
            index,
            count: shares.len(),
        });
    }
    let mut rest = total.minor;
    for share in &shares[..index] {
        rest = rest.minus(part(total, *share, rest)?)?;
    }
    if index + 1 == shares.len() {
        Ok(rest)
    } else {
        Ok(part(total, shares[index], rest)?)
    }
}

fn part(total: Money, share: Decimal, rest: Minor) -> Result<Minor, MoneyError> {
    let Money { minor, currency } = total;
    let exact = share_of(currency, minor, share).ok_or(MoneyError::TooLarge)?;
    let rounded = currency.round(exact, Rounding::HalfUp)?;
    Ok(if minor.0 < 0 {
        rounded.max(rest)
    } else {
        rounded.min(rest)
    })
}

fn share_of(currency: Currency, total: Minor, share: Decimal) -> Option<Decimal> {
    currency
        .decimal(total)
        .checked_mul(share)?
        .checked_div(Decimal::ONE_HUNDRED)
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstalmentError {
    #[error("the shares add up to {0} percent; they must be 100 together")]
    NotHundred(Decimal),
    #[error("every share must be above 0 percent")]
    NotPositive,
    #[error("instalment {} of {count} was asked for; there is none", index + 1)]
    NoSuchShare { index: usize, count: usize },
    #[error(transparent)]
    Money(#[from] MoneyError),
}
