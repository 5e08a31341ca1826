//! Credit notes: taking an invoice back, wholly or in part, and never more than it said.
//! It must not know whether the invoice was paid.

use super::draft::{Draft, Kind, Preceding};
use super::invoice::Invoice;
use super::money::{Minor, MoneyError};
use super::totals::{Totals, TotalsError};
use super::vat::VatRate;

impl Invoice {
    /// A credit note over the whole invoice: the same positive amounts, type 381, and a reference to it.
    ///
    /// For a part of it, change the lines before it is issued.
    pub fn credit_note(&self) -> Draft {
        let mut draft = self.content.clone();
        draft.kind = Kind::CreditNote;
        draft.terms = None;
        draft.bills = Vec::new();
        draft.references.preceding = Some(Preceding {
            number: self.number.clone(),
            issue_date: self.issue_date,
        });
        draft
    }

    /// Refuses a credit that, with those already issued, takes back more than any VAT group or the invoice holds.
    pub fn may_credit(&self, already: &[&Totals], credit: &Draft) -> Result<(), CreditError> {
        let new = credit.totals()?;
        let credits = || already.iter().copied().chain([&new]);
        for vat in new.vat_groups.iter().map(|group| group.vat) {
            let of_group = |totals: &Totals| in_group(totals, vat);
            let (taxable, tax) = of_group(&self.totals);
            let credited_taxable = Minor::total(credits().map(|totals| of_group(totals).0))?;
            let credited_tax = Minor::total(credits().map(|totals| of_group(totals).1))?;
            if credited_taxable > taxable || credited_tax > tax {
                return Err(CreditError::MoreThanGroup { vat });
            }
        }
        let gross = Minor::total(credits().map(|totals| totals.gross))?;
        if gross > self.totals.gross {
            return Err(CreditError::MoreThanInvoice);
        }
        Ok(())
    }
}

fn in_group(totals: &Totals, vat: VatRate) -> (Minor, Minor) {
    let group = totals.vat_groups.iter().find(|group| group.vat == vat);
    group.map_or((Minor::ZERO, Minor::ZERO), |group| {
        (group.taxable, group.tax)
    })
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    #[error("the credits together take back more than the invoice charged under {} {} %; credit less", vat.category, vat.percent)]
    MoreThanGroup { vat: VatRate },
    #[error("the credits together take back more than the invoice's total; credit less")]
    MoreThanInvoice,
    #[error(transparent)]
    Totals(#[from] TotalsError),
    #[error(transparent)]
    Money(#[from] MoneyError),
}
