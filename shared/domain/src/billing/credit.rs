//! Credit notes: taking an invoice back, wholly or in part, and never more than it said.
//! It must not know whether the invoice was paid.

use super::draft::{Draft, Kind, Preceding};
use super::invoice::Invoice;
use super::line::Line;
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

    /// A credit note over whole lines, by their ids. Document-wide discounts stay with the invoice.
    pub fn credit_lines(&self, ids: &[String]) -> Result<Draft, CreditError> {
        let known = |id: &&String| self.content.lines.iter().any(|line| line.id == **id);
        if let Some(id) = ids.iter().find(|id| !known(id)) {
            let there: Vec<_> = self.content.lines.iter().map(|line| &*line.id).collect();
            return Err(CreditError::NoSuchLine {
                id: id.clone(),
                known: there.join(", "),
            });
        }
        let mut lines = self.content.lines.clone();
        lines.retain(|line| ids.contains(&line.id));
        Ok(self.partial(lines))
    }

    /// A credit note over a net amount, where one tax alone stands on the invoice.
    pub fn credit_net(&self, net: Minor, text: &str) -> Result<Draft, CreditError> {
        let [group] = self.totals.vat_groups.as_slice() else {
            return Err(CreditError::SeveralTaxes);
        };
        if net <= Minor::ZERO {
            return Err(CreditError::Nothing);
        }
        let line = Line::fixed("1", text, net, self.content.currency, group.vat);
        Ok(self.partial(vec![line]))
    }

    /// A credit note over what those issued before have left, one line for each tax.
    pub fn credit_rest(&self, already: &[&Totals], text: &str) -> Result<Draft, CreditError> {
        let mut lines = Vec::new();
        for group in &self.totals.vat_groups {
            let credited = already.iter().map(|totals| in_group(totals, group.vat).0);
            let left = group.taxable.minus(Minor::total(credited)?)?;
            if left > Minor::ZERO {
                let id = (lines.len() + 1).to_string();
                lines.push(Line::fixed(
                    id,
                    text,
                    left,
                    self.content.currency,
                    group.vat,
                ));
            }
        }
        if lines.is_empty() {
            return Err(CreditError::Nothing);
        }
        Ok(self.partial(lines))
    }

    fn partial(&self, lines: Vec<Line>) -> Draft {
        Draft {
            lines,
            adjustments: Vec::new(),
            prepaid: Minor::ZERO,
            ..self.credit_note()
        }
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
    #[error("there is no line `{id}` on the invoice; its lines are {known}")]
    NoSuchLine { id: String, known: String },
    #[error("several taxes stand on the invoice; name the lines that are credited")]
    SeveralTaxes,
    #[error("nothing is left to be credited")]
    Nothing,
    #[error(transparent)]
    Totals(#[from] TotalsError),
    #[error(transparent)]
    Money(#[from] MoneyError),
}
