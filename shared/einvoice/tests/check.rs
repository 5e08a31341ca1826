//! What is told before a number is taken, and what EN 16931 has no way to say.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own samples has failed"
)]

use domain::billing::{Draft, Invoice};
use einvoice::{NotWritten, UblRules, carries, check, cii, ubl};
use jiff::civil::date;
use serde_json::{Value, json};

/// A draft with these fields changed; a path is written with `/`.
fn draft(changes: &[(&str, Value)]) -> Draft {
    let mut value = json!({
        "kind": "invoice", "series": "main", "language": "en",
        "seller": {
            "name": "Sample Studio GmbH", "vat_id": "DE123456788", "registration": "HRB 12345",
            "address": { "street": "Musterstraße 1", "postcode": "10115", "city": "Berlin", "country": "DE" },
            "phone": "+49 30 901820", "mail": "billing@studio.example",
        },
        "bank": { "iban": "DE02 1203 0000 0000 2020 51", "bic": "BYLADEM1001" },
        "buyer": {
            "name": "Grün & Söhne <Bau>", "vat_id": "DE987654324",
            "address": { "street": ["Hof 1", "Haus 2", "Tor 3"], "postcode": "20457", "city": "Hamburg", "country": "DE" },
        },
        "send_to": ["accounts@client.example"], "currency": "EUR",
        "lines": [{ "id": "1", "text": "Work", "quantity": "2.5", "unit": "HUR", "price": "1.01",
                    "vat": { "category": "S", "percent": "19" } }],
        "delivered": { "on": "2026-11-20" }, "terms_days": 14,
        "references": { "buyer_reference": "R-1", "purchase_order": "PO-1", "project": "Shop" },
        "notes": ["Thank you."], "po_required": false, "bills": [],
    });
    for (path, change) in changes {
        let (parent, name) = path.rsplit_once('/').unwrap();
        value.pointer_mut(parent).unwrap()[name] = change.clone();
    }
    serde_json::from_value(value).unwrap()
}

fn issued(changes: &[(&str, Value)]) -> Invoice {
    let number = serde_json::from_value(json!("SST-2026-0001")).unwrap();
    let draft = draft(changes);
    assert_eq!(check(&draft), Ok(()), "{changes:?}");
    draft.issue(number, date(2026, 11, 22)).unwrap()
}

#[test]
fn what_a_receiver_would_refuse_is_told_with_its_field() {
    let outside = ("/lines/0/vat", json!({ "category": "O" }));
    for (expected, changes) in [
        (vec![], vec![]),
        (
            vec!["buyer.address.country"],
            vec![("/buyer/address/country", json!("XY"))],
        ),
        (
            vec!["buyer.vat_id"],
            vec![("/buyer/vat_id", json!("XQ1234567"))],
        ),
        (vec![], vec![("/buyer/vat_id", json!("EL123456789"))]),
        (vec!["lines[0].unit"], vec![("/lines/0/unit", json!("ZZ9"))]),
        (
            vec!["buyer.electronic_address"],
            vec![("/buyer/electronic_address", json!("nobody"))],
        ),
        (
            vec![],
            vec![("/buyer/electronic_address", json!("0208:0123456789"))],
        ),
        (vec![], vec![outside.clone()]),
        (
            vec!["seller.registration"],
            vec![outside.clone(), ("/seller/registration", Value::Null)],
        ),
        // The norm cannot say it, so the client gets paper, unless it was promised more.
        (vec![], vec![("/currency", json!("KWD"))]),
        (
            vec!["format"],
            vec![("/currency", json!("KWD")), ("/format", json!("peppol"))],
        ),
        (
            vec!["buyer_reference"],
            vec![("/references", json!({})), ("/format", json!("ubl"))],
        ),
        (
            vec!["seller.mail"],
            vec![("/seller/mail", Value::Null), ("/format", json!("peppol"))],
        ),
        (
            vec![
                "buyer_reference",
                "seller.phone",
                "seller.address.postcode",
                "address.postcode",
                "terms",
            ],
            vec![
                ("/format", json!("xrechnung")),
                ("/references", json!({})),
                ("/seller/phone", json!("12")),
                ("/seller/address/postcode", json!("")),
                ("/buyer/address/postcode", json!("")),
                ("/terms", json!("Soon.\n#SKONTO# perhaps")),
            ],
        ),
    ] {
        let told = check(&draft(&changes)).err().unwrap_or_default();
        let fields: Vec<_> = told.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, expected, "{changes:?}: {told:?}");
    }
}

#[test]
fn what_the_norm_has_no_decimals_for_is_not_written() {
    let invoice = {
        let number = serde_json::from_value(json!("SST-2026-0001")).unwrap();
        let dinar = draft(&[("/currency", json!("KWD"))]);
        assert!(carries(&dinar).is_err());
        dinar.issue(number, date(2026, 11, 22)).unwrap()
    };
    for refused in [cii(&invoice), ubl(&invoice, UblRules::Peppol)] {
        assert!(
            matches!(refused, Err(NotWritten::NotCarried(_))),
            "{refused:?}"
        );
    }
}

#[test]
fn both_syntaxes_as_they_are_read() {
    let mut discounted = issued(&[]).credit_note();
    discounted.discount_percent(10.into(), "Loyalty").unwrap();
    let number = serde_json::from_value(json!("SST-2026-0002")).unwrap();
    let credit = discounted.issue(number, date(2026, 11, 23)).unwrap();
    insta::assert_snapshot!("invoice_as_cii", cii(&issued(&[])).unwrap());
    insta::assert_snapshot!(
        "credit_note_as_ubl",
        ubl(&credit, UblRules::Xrechnung).unwrap()
    );
}

#[test]
fn a_price_is_stated_such_that_it_multiplies_to_the_line() {
    let yen = issued(&[
        ("/currency", json!("JPY")),
        ("/lines/0/price", json!("333")),
        ("/lines/0/vat", json!({ "category": "S", "percent": "10" })),
    ]);
    let xml = ubl(&yen, UblRules::Peppol).unwrap();
    assert!(
        xml.contains("<cbc:PriceAmount currencyID=\"JPY\">833</cbc:PriceAmount>"),
        "{xml}"
    );
    assert!(
        xml.contains("<cbc:BaseQuantity unitCode=\"HUR\">2.5</cbc:BaseQuantity>"),
        "{xml}"
    );
    let euro = ubl(&issued(&[]), UblRules::Peppol).unwrap();
    assert!(
        euro.contains("<cbc:PriceAmount currencyID=\"EUR\">1.01</cbc:PriceAmount>"),
        "{euro}"
    );
}
