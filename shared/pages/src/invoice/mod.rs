//! The invoice as a PDF: what the client reads, files and pays from.
//! It must not compute an amount: every figure is the issued document's own.

mod country;
#[cfg(test)]
mod tests;
mod typesetter;
mod view;
mod words;

use domain::billing::{Draft, Invoice, Problem};

pub use crate::format::date;
pub use typesetter::PdfError;

/// The document as PDF/A-3b. The same invoice gives the same bytes, on any machine and day.
pub fn pdf(invoice: &Invoice) -> Result<Vec<u8>, PdfError> {
    typesetter::pdf(&view::View::of(invoice))
}

/// What is to be paid, in the document's language: `5.712,00 EUR`.
pub fn amount_due(invoice: &Invoice) -> String {
    crate::format::money(
        invoice.totals.due,
        invoice.content.currency,
        invoice.content.language,
    )
}

/// Characters the document's fonts cannot draw. Ask before a number is taken: afterwards it is too late.
///
/// The fonts have Latin, Greek and Cyrillic.
pub fn unprintable(draft: &Draft) -> Result<(), Vec<Problem>> {
    let mut found = Vec::new();
    for (field, text) in view::texts(draft) {
        if let Some(c) = text
            .chars()
            .find(|c| !c.is_whitespace() && !typesetter::draws(*c))
        {
            let what = format!("the invoice's font has no `{c}` (U+{:04X})", u32::from(c));
            found.push(Problem::new(
                field,
                what,
                "write it in Latin, Greek or Cyrillic letters",
            ));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}
