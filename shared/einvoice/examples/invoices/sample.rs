//! A seller, a buyer and dates for a vector, such that the law of its VAT categories is kept.
//! It must not touch the vector's figures.

use std::collections::BTreeSet;

use domain::billing::{
    AccountingVat, Delivered, Draft, Format, Invoice, Kind, Language, Preceding, References,
    VatCategory,
};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

use crate::vector::Vector;

pub const ISSUED: Date = date(2026, 11, 22);

fn seller() -> Value {
    json!({
        "name": "Sample Studio GmbH",
        "address": { "street": "Musterstraße 1", "postcode": "10115", "city": "Berlin", "country": "DE" },
        "vat_id": "DE123456788",
        "registration": "HRB 12345",
        "contact_name": "Felix Beispiel",
        "phone": "+49 30 901820",
        "mail": "billing@studio.example",
    })
}

/// Goods or services over a border have a buyer there; what is outside the scope of VAT, one outside the EU.
fn buyer(categories: &BTreeSet<VatCategory>) -> Value {
    let abroad = [VatCategory::AE, VatCategory::K];
    if abroad.iter().any(|category| categories.contains(category)) {
        return json!({
            "name": "Orchard Foods B.V.",
            "address": { "street": "Boomgaard 3", "postcode": "3511 AB", "city": "Utrecht", "country": "NL" },
            "vat_id": "NL123456782B12",
            "mail": "invoices@orchard-foods.example",
        });
    }
    if categories.contains(&VatCategory::G) || categories.contains(&VatCategory::O) {
        return json!({
            "name": "Summit Tours AG",
            "address": { "street": "Bergweg 8", "postcode": "8001", "city": "Zürich", "country": "CH" },
            "mail": "office@summit-tours.example",
        });
    }
    json!({
        "name": "Harbour Clinic GmbH",
        "address": { "street": "Hafenallee 12", "postcode": "20457", "city": "Hamburg", "country": "DE" },
        "vat_id": "DE987654324",
        "mail": "accounts@harbour-clinic.example",
    })
}

/// The vector as a draft with everything a valid document states.
pub fn draft(vector: &Vector) -> Result<Draft, serde_json::Error> {
    let lines = vector.lines.iter().map(|line| line.vat.category);
    let adjustments = vector.adjustments.iter().map(|stated| stated.vat.category);
    let categories: BTreeSet<VatCategory> = lines.chain(adjustments).collect();
    let is_credit = vector.kind == Kind::CreditNote;
    let number = |text: &str| serde_json::from_value(json!(text));
    let supply = categories.contains(&VatCategory::K);
    let law = (
        VatCategory::E,
        "Exempt under Article 132 of Directive 2006/112/EC",
    );
    let parts = |value| serde_json::from_value(value);
    Ok(Draft {
        kind: vector.kind,
        series: "main".into(),
        language: Language::En,
        seller: parts(seller())?,
        bank: Some(serde_json::from_value(json!({
            "iban": "DE02120300000000202051", "bic": "BYLADEM1001", "name": "Sample Bank",
        }))?),
        buyer: parts(buyer(&categories))?,
        send_to: vec!["accounts@client.example".into()],
        currency: vector.currency,
        lines: vector.lines.clone(),
        adjustments: vector.adjustments.clone(),
        prepaid: vector.prepaid,
        exemption_reasons: categories
            .contains(&VatCategory::E)
            .then(|| (law.0, law.1.to_owned()))
            .into_iter()
            .collect(),
        cash_increment_minor: vector.cash_increment,
        rounding: vector.rounding,
        accounting_vat: vector.accounting.as_ref().map(|to| AccountingVat {
            currency: to.currency,
            exchange_rate: to.exchange_rate,
        }),
        delivered: Delivered::On(date(2026, 11, 20)),
        delivered_to: supply
            .then(|| serde_json::from_value(json!("NL")))
            .transpose()?,
        terms_days: 14,
        terms: None,
        references: References {
            contract: Some("C-2026-17".into()),
            purchase_order: Some("PO-4711".into()),
            buyer_reference: Some("04011000-12345-67".into()),
            preceding: is_credit
                .then(|| {
                    number("SST-2026-0001").map(|number| Preceding {
                        number,
                        issue_date: date(2026, 10, 30),
                    })
                })
                .transpose()?,
            ..References::default()
        },
        notes: Vec::new(),
        format: Format::Xrechnung,
        po_required: false,
        bills: Vec::new(),
    })
}

/// The draft as an issued document numbered by its vector, and what stood against issuing it.
///
/// What no draft may be, such as money owed to the client, is read as if it had been stored: its figures and its XML
/// must be right all the same.
pub fn invoice(id: &str, draft: Draft) -> Result<(Invoice, Option<String>), String> {
    let number = || serde_json::from_value(json!(id)).map_err(|error| error.to_string());
    match draft.clone().issue(number()?, ISSUED) {
        Ok(invoice) => Ok((invoice, None)),
        Err(refused) => {
            let totals = draft.totals().map_err(|error| error.to_string())?;
            let stored = json!({
                "number": id,
                "issue_date": ISSUED,
                "due_date": date(2026, 12, 6),
                "terms": "Payable within 14 days of the invoice date, without deduction.",
                "totals": totals,
                "content": draft,
            });
            let invoice = serde_json::from_value(stored).map_err(|error| error.to_string())?;
            Ok((invoice, Some(refused.to_string())))
        }
    }
}
