//! An issued document as the XML that EN 16931 defines, in both of its syntaxes.
//! It must not compute an amount nor judge its own output: the official rules do, in `tests/einvoice`.

mod check;
mod cii;
mod codes;
mod content;
mod ubl;
mod xml;

use domain::billing::{Currency, Draft, Format, Invoice, Minor, MoneyError};

pub use check::{NotCarried, carries, check};

/// BT-23, which Peppol and XRechnung want: an invoice that answers an order, or none.
const PROCESS: &str = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0";

/// Whose rules a UBL document follows beyond the norm's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UblRules {
    /// XRechnung 3.0, of German authorities.
    Xrechnung,
    /// Peppol BIS Billing 3.0.
    Peppol,
}

impl UblRules {
    /// None where the client gets no UBL.
    pub fn of(format: Format) -> Option<UblRules> {
        match format {
            Format::FacturX => None,
            Format::Xrechnung => Some(UblRules::Xrechnung),
            Format::Peppol => Some(UblRules::Peppol),
        }
    }

    /// BT-24.
    fn customization(self) -> &'static str {
        match self {
            UblRules::Xrechnung => {
                "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
            }
            UblRules::Peppol => {
                "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
            }
        }
    }
}

/// UN/CEFACT CII under the norm's own profile, as Factur-X and ZUGFeRD embed it.
pub fn cii(invoice: &Invoice) -> Result<String, NotWritten> {
    carries(&invoice.content)?;
    Ok(cii::write(invoice)?)
}

/// OASIS UBL 2.1 by the rules of one network.
pub fn ubl(invoice: &Invoice, rules: UblRules) -> Result<String, NotWritten> {
    carries(&invoice.content)?;
    Ok(ubl::write(invoice, rules)?)
}

/// Why there is no XML of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotWritten {
    #[error(transparent)]
    NotCarried(#[from] NotCarried),
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The VAT in the accounting currency (BT-6, BT-111), where that is another one.
fn accounting_vat(invoice: &Invoice) -> Option<(Currency, Minor)> {
    let to = invoice.content.accounting_vat.as_ref()?.currency;
    let vat = invoice.totals.vat_in_accounting_currency?;
    (to != invoice.content.currency).then_some((to, vat))
}

/// BT-10. XRechnung always wants one; an order number tells the buyer the same.
fn buyer_reference(draft: &Draft, rules: UblRules) -> Option<&str> {
    let references = &draft.references;
    let own = references.buyer_reference.as_deref();
    match rules {
        UblRules::Xrechnung => own.or(references.purchase_order.as_deref()),
        UblRules::Peppol => own,
    }
}
