//! What is missing is said before a number is taken; what is issued stays as it is.

use domain::billing::*;
use jiff::civil::date;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{draft, issued, number};

#[test]
fn a_milestone_becomes_an_immutable_invoice() {
    insta::assert_json_snapshot!(issued());
}

#[test]
fn a_stored_invoice_reads_back_as_it_was_and_holds_no_float() {
    let invoice = issued();
    let text = serde_json::to_string(&invoice).unwrap();
    assert_eq!(serde_json::from_str::<Invoice>(&text).unwrap(), invoice);
    fn no_float(value: &Value) {
        match value {
            Value::Number(number) => {
                assert!(number.is_i64() || number.is_u64(), "{number} is a float")
            }
            Value::Array(items) => items.iter().for_each(no_float),
            Value::Object(fields) => fields.values().for_each(no_float),
            _ => {}
        }
    }
    no_float(&serde_json::from_str(&text).unwrap());
    assert!(invoice.figures_agree().unwrap());
    let tampered = text.replace("\"gross\":571200", "\"gross\":571201");
    assert_ne!(tampered, text);
    assert!(
        !serde_json::from_str::<Invoice>(&tampered)
            .unwrap()
            .figures_agree()
            .unwrap()
    );
}

#[test]
fn what_is_missing_is_said_before_a_number_is_taken() {
    type Change = fn(&mut Draft);
    let table: &[(Change, &[&str])] = &[
        (|_| (), &[]),
        (|d| d.seller.vat_id = None, &["seller.vat_id"]),
        (
            |d| (d.seller.vat_id, d.seller.tax_number) = (None, Some("12/345/67890".into())),
            &[],
        ),
        (|d| d.buyer.name = "  ".into(), &["buyer.name"]),
        (|d| d.buyer.name = "Clinic\u{7}".into(), &["buyer.name"]),
        (
            |d| d.buyer.address.street.clear(),
            &["buyer.address.street"],
        ),
        (
            |d| d.buyer.vat_id = Some("987654324".into()),
            &["buyer.vat_id"],
        ),
        (|d| d.send_to.clear(), &["send_to"]),
        (
            |d| d.send_to = vec!["a@b.example".into(), "nobody".into()],
            &["send_to[1]"],
        ),
        (
            |d| d.send_to = vec!["a@b.example\r\nBcc: x@y.example".into()],
            &["send_to[0]"],
        ),
        (|d| d.bank = None, &["bank"]),
        (
            |d| d.bank.as_mut().unwrap().iban = "DE03120300000000202051".into(),
            &["bank.iban"],
        ),
        (|d| d.lines.clear(), &["lines"]),
        (|d| d.lines[0].text = String::new(), &["lines[0].text"]),
        (
            |d| d.lines[0].price = Decimal::NEGATIVE_ONE,
            &["lines[0].price", "lines"],
        ),
        (|d| d.lines[0].quantity = Decimal::ZERO, &[]),
        (|d| d.lines[0].quantity = Decimal::NEGATIVE_ONE, &["lines"]),
        (
            |d| d.lines[0].base_quantity = Decimal::ZERO,
            &["lines[0].base_quantity"],
        ),
        (
            |d| d.lines[0].price = Decimal::new(1, 7),
            &["lines[0].price"],
        ),
        (
            |d| d.lines[0].quantity = Decimal::MAX,
            &["lines[0].quantity", "lines[0]"],
        ),
        (|d| d.lines.push(d.lines[0].clone()), &["lines[1].id"]),
        (
            |d| d.lines[0].vat.percent = Decimal::ZERO,
            &["lines[0].vat"],
        ),
        (
            |d| d.lines[0].vat.category = VatCategory::Z,
            &["lines[0].vat"],
        ),
        (|d| d.lines[0].vat = VatRate::untaxed(VatCategory::AE), &[]),
        (
            |d| (d.lines[0].vat, d.buyer.vat_id) = (VatRate::untaxed(VatCategory::AE), None),
            &["buyer.vat_id"],
        ),
        (
            |d| d.lines[0].vat = VatRate::untaxed(VatCategory::K),
            &["delivered_to"],
        ),
        (
            |d| d.lines[0].vat = VatRate::untaxed(VatCategory::E),
            &["exemption_reasons"],
        ),
        (
            |d| {
                d.lines.push(Line {
                    id: "2".into(),
                    vat: VatRate::untaxed(VatCategory::O),
                    ..d.lines[0].clone()
                })
            },
            &["lines"],
        ),
        (|d| d.po_required = true, &[]),
        (
            |d| (d.po_required, d.references.purchase_order) = (true, None),
            &["references.purchase_order"],
        ),
        (|d| d.kind = Kind::CreditNote, &["references.preceding"]),
        (
            |d| {
                d.delivered = Delivered::Between {
                    from: date(2026, 11, 30),
                    to: date(2026, 11, 1),
                }
            },
            &["delivered"],
        ),
        (|d| d.prepaid = Minor(-1), &["prepaid"]),
        (|d| d.prepaid = Minor(571_200), &[]),
        (|d| d.prepaid = Minor(571_201), &["lines"]),
    ];
    for (row, (change, expected)) in table.iter().enumerate() {
        let mut draft = draft();
        change(&mut draft);
        let problems = draft.check().err().unwrap_or_default();
        let fields: Vec<_> = problems
            .iter()
            .map(|problem| problem.field.as_str())
            .collect();
        assert_eq!(fields, *expected, "row {row}: {problems:#?}");
        let on = date(2026, 11, 22);
        assert_eq!(
            draft.issue(number(1, on), on).is_err(),
            !expected.is_empty(),
            "row {row}"
        );
    }
}

#[test]
fn problems_read_as_instructions() {
    let mut draft = draft();
    (draft.po_required, draft.references.purchase_order) = (true, None);
    draft.lines[0].vat = VatRate::untaxed(VatCategory::AE);
    draft.buyer.vat_id = None;
    let on = date(2026, 11, 22);
    insta::assert_snapshot!(
        draft
            .issue(number(1, on), on)
            .unwrap_err()
            .to_string()
            .replace(" | ", "\n")
    );
}
