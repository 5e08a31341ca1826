//! The invoice as a PDF: what the client reads, files and pays from.
//! It must not compute an amount: every figure is the issued document's own.

mod compiler;
mod country;
mod hybrid;
mod printable;
#[cfg(test)]
mod tests;
mod typesetter;
mod view;
mod words;

use domain::billing::{Invoice, Minor};
use domain::company::Letterhead;

pub use crate::format::date;
pub use printable::unprintable;
pub use typesetter::{PdfError, TEMPLATE};

/// The document as PDF/A-3b. The same invoice gives the same bytes, on any machine and day.
pub fn pdf(invoice: &Invoice) -> Result<Vec<u8>, PdfError> {
    set(invoice, None, &Letterhead::default())
}

/// The document on a team's own letterhead, carrying `cii` where there is one.
///
/// # Errors
/// What is wrong with the team's template, with its line.
pub fn set(
    invoice: &Invoice,
    cii: Option<&str>,
    letterhead: &Letterhead,
) -> Result<Vec<u8>, PdfError> {
    let pdf = typesetter::pdf(&view::View::of(invoice), cii, letterhead)?;
    match cii {
        Some(_) => hybrid::marked(&pdf).map_err(PdfError::Mark),
        None => Ok(pdf),
    }
}

/// The document as a Factur-X (ZUGFeRD) file: the PDF carries `cii`, the same invoice in CII under the profile EN 16931.
pub fn hybrid_pdf(invoice: &Invoice, cii: &str) -> Result<Vec<u8>, PdfError> {
    set(invoice, Some(cii), &Letterhead::default())
}

/// What is to be paid, in the document's language: `5.712,00 EUR`.
pub fn amount_due(invoice: &Invoice) -> String {
    crate::format::money(
        invoice.totals.due,
        invoice.content.currency,
        invoice.content.language,
    )
}

/// An amount as the invoice's reader writes it.
pub fn money(invoice: &Invoice, amount: Minor) -> String {
    crate::format::money(amount, invoice.content.currency, invoice.content.language)
}
