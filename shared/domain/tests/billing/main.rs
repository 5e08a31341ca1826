//! Billing rules as tables and laws: what may be issued, how it is numbered, and that sums hold.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its own samples has failed"
)]

mod credit;
mod files;
mod issue;
mod numbers;
mod sums;

use domain::billing::*;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

pub(crate) fn seller() -> Seller {
    Seller::read(&json!({
        "name": "Sample Studio GmbH",
        "address": { "street": "Musterstrasse 1", "postcode": "10115", "city": "Berlin", "country": "DE" },
        "vat_id": "DE123456788",
        "mail": "billing@studio.example",
        "bank": { "iban": "DE02120300000000202051", "bic": "BYLADEM1001", "name": "Sample Bank" },
        "series": { "main": { "number": "SST-{year}-{count:4}" } },
    }))
    .unwrap()
}

pub(crate) fn client_with(change: impl FnOnce(&mut Value)) -> ClientBilling {
    let mut billing = json!({
        "address": { "street": "Hafenallee 12", "postcode": "20457", "city": "Hamburg", "country": "DE" },
        "vat_id": "DE987654324",
        "currency": "EUR",
        "terms_days": 14,
        "tax": { "category": "S", "percent": 19 },
        "series": "main",
        "send_to": ["accounts@harbour-clinic.example"],
        "po": "PO-4711",
    });
    change(&mut billing);
    ClientBilling::read("Harbour Clinic", &billing).unwrap()
}

pub(crate) fn client() -> ClientBilling {
    client_with(|_| ())
}

pub(crate) fn sale() -> Sale {
    Sale {
        text: "Shop goes live".into(),
        amount_cents: 480_000,
        currency: "EUR".parse().unwrap(),
        delivered_on: date(2026, 11, 20),
        references: References {
            contract: Some("C-7".into()),
            milestone: Some("live".into()),
            ..References::default()
        },
        bills: vec![BilledPart::of(["C-7", "live"])],
    }
}

pub(crate) fn draft() -> Draft {
    Draft::for_milestone(&client(), &seller(), sale()).unwrap()
}

pub(crate) fn number(count: u64, on: Date) -> InvoiceNumber {
    let counter = (count > 1).then(|| Counter {
        last: count - 1,
        last_issue_date: on,
    });
    seller().series["main"].next(counter, on).unwrap().number
}

pub(crate) fn issued() -> Invoice {
    let on = date(2026, 11, 22);
    draft().issue(number(1, on), on).unwrap()
}
