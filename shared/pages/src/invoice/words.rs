//! The document's fixed words in each language.
//! It must not hold anything that depends on one invoice.

use domain::billing::{Kind, Language};
use serde::Serialize;

/// Labels the template and the view print.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Words {
    #[serde(skip)]
    pub number: &'static str,
    #[serde(skip)]
    pub issue_date: &'static str,
    #[serde(skip)]
    pub delivered: &'static str,
    #[serde(skip)]
    pub period: &'static str,
    #[serde(skip)]
    pub due_date: &'static str,
    #[serde(skip)]
    pub your_vat_id: &'static str,
    #[serde(skip)]
    pub your_order: &'static str,
    #[serde(skip)]
    pub your_reference: &'static str,
    #[serde(skip)]
    pub contract: &'static str,
    #[serde(skip)]
    pub project: &'static str,
    #[serde(skip)]
    pub milestone: &'static str,
    #[serde(skip)]
    pub credited_invoice: &'static str,
    pub position: &'static str,
    pub description: &'static str,
    pub quantity: &'static str,
    pub unit_price: &'static str,
    pub vat: &'static str,
    pub amount: &'static str,
    #[serde(skip)]
    pub sum_of_lines: &'static str,
    #[serde(skip)]
    pub net: &'static str,
    #[serde(skip)]
    pub on: &'static str,
    #[serde(skip)]
    pub gross: &'static str,
    #[serde(skip)]
    pub prepaid: &'static str,
    #[serde(skip)]
    pub cash_rounding: &'static str,
    #[serde(skip)]
    pub vat_in: &'static str,
    pub payment: &'static str,
    #[serde(skip)]
    pub account_holder: &'static str,
    #[serde(skip)]
    pub bank: &'static str,
    #[serde(skip)]
    pub payment_reference: &'static str,
    #[serde(skip)]
    pub tax_number: &'static str,
    #[serde(skip)]
    pub vat_id: &'static str,
    pub page: &'static str,
    pub of_pages: &'static str,
}

const GERMAN: Words = Words {
    number: "Rechnungsnummer",
    issue_date: "Rechnungsdatum",
    delivered: "Leistungsdatum",
    period: "Leistungszeitraum",
    due_date: "Zahlbar bis",
    your_vat_id: "Ihre USt-IdNr.",
    your_order: "Ihre Bestellung",
    your_reference: "Ihre Referenz",
    contract: "Vertrag",
    project: "Projekt",
    milestone: "Meilenstein",
    credited_invoice: "Zu Rechnung",
    position: "Pos.",
    description: "Leistung",
    quantity: "Menge",
    unit_price: "Einzelpreis",
    vat: "USt",
    amount: "Betrag",
    sum_of_lines: "Summe der Positionen",
    net: "Nettobetrag",
    on: "auf",
    gross: "Gesamtbetrag",
    prepaid: "Bereits bezahlt",
    cash_rounding: "Rundung",
    vat_in: "Umsatzsteuer in",
    payment: "Zahlung",
    account_holder: "Kontoinhaber",
    bank: "Bank",
    payment_reference: "Verwendungszweck",
    tax_number: "Steuernummer",
    vat_id: "USt-IdNr.",
    page: "Seite",
    of_pages: "von",
};

const ENGLISH: Words = Words {
    number: "Invoice number",
    issue_date: "Invoice date",
    delivered: "Delivered on",
    period: "Period",
    due_date: "Due date",
    your_vat_id: "Your VAT ID",
    your_order: "Your order",
    your_reference: "Your reference",
    contract: "Contract",
    project: "Project",
    milestone: "Milestone",
    credited_invoice: "For invoice",
    position: "No.",
    description: "Description",
    quantity: "Quantity",
    unit_price: "Unit price",
    vat: "VAT",
    amount: "Amount",
    sum_of_lines: "Sum of lines",
    net: "Net amount",
    on: "on",
    gross: "Total",
    prepaid: "Already paid",
    cash_rounding: "Rounding",
    vat_in: "VAT in",
    payment: "Payment",
    account_holder: "Account holder",
    bank: "Bank",
    payment_reference: "Reference",
    tax_number: "Tax number",
    vat_id: "VAT ID",
    page: "Page",
    of_pages: "of",
};

pub(super) fn words(kind: Kind, language: Language) -> Words {
    match (kind, language) {
        (Kind::Invoice, Language::De) => GERMAN,
        (Kind::Invoice, Language::En) => ENGLISH,
        (Kind::CreditNote, Language::De) => Words {
            number: "Nummer",
            issue_date: "Datum",
            ..GERMAN
        },
        (Kind::CreditNote, Language::En) => Words {
            number: "Credit note number",
            issue_date: "Date",
            ..ENGLISH
        },
    }
}

pub(super) fn title(kind: Kind, language: Language) -> &'static str {
    match (kind, language) {
        (Kind::Invoice, Language::De) => "Rechnung",
        (Kind::Invoice, Language::En) => "Invoice",
        // "Gutschrift" would be a bill that the buyer writes (§ 14 UStG).
        (Kind::CreditNote, Language::De) => "Rechnungskorrektur",
        (Kind::CreditNote, Language::En) => "Credit note",
    }
}

/// What stands before the last figure.
pub(super) fn due(kind: Kind, language: Language, due_date: &str) -> String {
    match (kind, language) {
        (Kind::Invoice, Language::De) => format!("Zu zahlen bis {due_date}"),
        (Kind::Invoice, Language::En) => format!("Due by {due_date}"),
        (Kind::CreditNote, Language::De) => "Gutgeschrieben".to_owned(),
        (Kind::CreditNote, Language::En) => "Amount credited".to_owned(),
    }
}

/// What stands after a quantity; nothing for plain pieces.
pub(super) fn unit(code: &str, is_one: bool, language: Language) -> &str {
    let (de, en) = match (code, is_one) {
        ("C62", _) => return "",
        ("HUR", _) => ("Std.", "h"),
        ("MIN", _) => ("Min.", "min"),
        ("DAY", true) => ("Tag", "day"),
        ("DAY", false) => ("Tage", "days"),
        ("MON", true) => ("Monat", "month"),
        ("MON", false) => ("Monate", "months"),
        ("LS", _) => ("pauschal", "flat"),
        (other, _) => return other,
    };
    match language {
        Language::De => de,
        Language::En => en,
    }
}
