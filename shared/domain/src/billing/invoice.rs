//! The issued document: numbered, dated, added up, and never changed again.
//! It must not offer a way to alter anything; a mistake is mended by a credit note.

use std::ops::Deref;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use super::draft::{Draft, Kind};
use super::field::{Problem, listed};
use super::rules::Language;
use super::series::InvoiceNumber;
use super::totals::{Totals, TotalsError};

/// An issued document. Its fields are read through [`Issued`]; nothing writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Invoice(Issued);

/// What an issued document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    pub number: InvoiceNumber,
    pub issue_date: Date,
    pub due_date: Date,
    /// The sentence about payment.
    pub terms: String,
    pub totals: Totals,
    /// What it said as a draft, word for word.
    pub content: Draft,
}

impl Deref for Invoice {
    type Target = Issued;

    fn deref(&self) -> &Issued {
        &self.0
    }
}

impl Draft {
    /// The immutable document. Check first: a number taken for a draft that is refused here would be a gap.
    pub fn issue(self, number: InvoiceNumber, issue_date: Date) -> Result<Invoice, NotIssuable> {
        self.check().map_err(|problems| NotIssuable { problems })?;
        let refused = |problem| NotIssuable {
            problems: vec![problem],
        };
        let totals = self
            .totals()
            .map_err(|error| refused(Problem::of_totals(&error)))?;
        let due_date = issue_date.checked_add(days(self.terms_days)).map_err(|_| {
            refused(Problem::new(
                "terms_days",
                "the due date is past the year 9999",
                "state fewer days",
            ))
        })?;
        let terms = self
            .terms
            .clone()
            .unwrap_or_else(|| standard_terms(self.kind, self.language, self.terms_days));
        Ok(Invoice(Issued {
            number,
            issue_date,
            due_date,
            terms,
            totals,
            content: self,
        }))
    }
}

impl Invoice {
    /// Whether the stored figures are those of the stored lines, for an audit of what was saved.
    pub fn figures_agree(&self) -> Result<bool, TotalsError> {
        Ok(self.content.totals()? == self.totals)
    }

    /// Keys of what it bills, at most one uncredited invoice each.
    pub fn billed_keys(&self) -> Vec<String> {
        self.content
            .bills
            .iter()
            .map(|part| part.billed_key())
            .collect()
    }

    /// The name its document is attached under, such as `invoice-2026-0001.pdf`.
    pub fn file_name(&self) -> String {
        let what = match (self.content.kind, self.content.language) {
            (Kind::Invoice, Language::De) => "rechnung",
            (Kind::Invoice, Language::En) => "invoice",
            (Kind::CreditNote, Language::De) => "rechnungskorrektur",
            (Kind::CreditNote, Language::En) => "credit-note",
        };
        format!("{what}-{}.pdf", self.number)
    }
}

fn days(count: u16) -> Span {
    i64::from(count).days()
}

fn standard_terms(kind: Kind, language: Language, days: u16) -> String {
    match (kind, language, days) {
        (Kind::CreditNote, Language::De, _) => {
            "Der Betrag wird mit offenen Rechnungen verrechnet oder erstattet.".to_owned()
        }
        (Kind::CreditNote, Language::En, _) => {
            "The amount is set off against open invoices or refunded.".to_owned()
        }
        (Kind::Invoice, Language::De, 0) => "Zahlbar sofort nach Erhalt ohne Abzug.".to_owned(),
        (Kind::Invoice, Language::En, 0) => "Payable on receipt, without deduction.".to_owned(),
        (Kind::Invoice, Language::De, days) => {
            format!("Zahlbar innerhalb von {days} Tagen ab Rechnungsdatum ohne Abzug.")
        }
        (Kind::Invoice, Language::En, days) => {
            format!("Payable within {days} days of the invoice date, without deduction.")
        }
    }
}

/// A draft that may not become an invoice, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not issued: {}", listed(problems))]
pub struct NotIssuable {
    pub problems: Vec<Problem>,
}
