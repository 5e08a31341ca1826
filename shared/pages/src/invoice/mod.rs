//! The invoice as a PDF: what the client reads, files and pays from.
//! It must not compute an amount: every figure is the issued document's own.

mod country;
mod hybrid;
mod printable;
#[cfg(test)]
mod tests;
mod typesetter;
mod view;
mod words;

use domain::billing::Invoice;

pub use crate::format::date;
pub use printable::unprintable;
pub use typesetter::PdfError;

/// The document as PDF/A-3b. The same invoice gives the same bytes, on any machine and day.
pub fn pdf(invoice: &Invoice) -> Result<Vec<u8>, PdfError> {
    typesetter::pdf(&view::View::of(invoice), None)
}

/// The document as a Factur-X (ZUGFeRD) file: the PDF carries `cii`, the same invoice in CII under the profile EN 16931.
pub fn hybrid_pdf(invoice: &Invoice, cii: &str) -> Result<Vec<u8>, PdfError> {
    let carrying = typesetter::pdf(&view::View::of(invoice), Some(cii))?;
    hybrid::marked(&carrying).map_err(PdfError::Mark)
}

/// What is to be paid, in the document's language: `5.712,00 EUR`.
pub fn amount_due(invoice: &Invoice) -> String {
    crate::format::money(
        invoice.totals.due,
        invoice.content.currency,
        invoice.content.language,
    )
}
