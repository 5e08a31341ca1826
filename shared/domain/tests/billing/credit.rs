//! A credit note takes back what was billed, and never more.

use domain::billing::*;
use jiff::civil::date;
use rust_decimal::Decimal;

use crate::{issued, number};

#[test]
fn a_credit_note_mirrors_its_invoice_and_never_exceeds_it() {
    let invoice = issued();
    let full = invoice.credit_note();
    assert_eq!(full.totals().unwrap(), invoice.totals);
    assert_eq!(invoice.may_credit(&[], &full), Ok(()));
    let on = date(2026, 11, 23);
    let note = full.clone().issue(number(2, on), on).unwrap();
    assert_eq!(
        (note.content.kind.type_code(), note.file_name().as_str()),
        ("381", "credit-note-SST-2026-0002.pdf")
    );
    assert!(note.billed_keys().is_empty());
    assert!(matches!(
        invoice.may_credit(&[&note.totals], &full),
        Err(CreditError::MoreThanGroup { .. })
    ));
    let mut half = invoice.credit_note();
    half.lines[0].price = Decimal::new(240_000, 2);
    let half_totals = half.totals().unwrap();
    assert_eq!(invoice.may_credit(&[&half_totals], &half), Ok(()));
    half.lines[0].price = Decimal::new(240_001, 2);
    assert!(invoice.may_credit(&[&half_totals], &half).is_err());
    let mut other_rate = invoice.credit_note();
    other_rate.lines[0].vat = VatRate::standard(7);
    assert!(matches!(
        invoice.may_credit(&[], &other_rate),
        Err(CreditError::MoreThanGroup { .. })
    ));
}
