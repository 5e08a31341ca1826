//! What the company's files say about billing: the seller, its series, and each client's rules.
//! It must not hold anything that a single invoice decides.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::money::{Currency, Minor, Rounding};
use super::party::{BankAccount, Party};
use super::series::Series;
use super::totals::AccountingVat;
use super::vat::VatRate;

/// Who invoices, where the money goes, and how documents are numbered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    #[serde(flatten)]
    pub party: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankAccount>,
    pub series: BTreeMap<String, Series>,
}

/// A client as an invoice needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientBilling {
    #[serde(flatten)]
    pub buyer: Party,
    #[serde(flatten)]
    pub rules: BillingRules,
}

/// How one client is billed: "special billing" is a line here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingRules {
    /// Payable this many calendar days after the issue date.
    pub terms_days: u16,
    /// Replaces the standard sentence about payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    pub currency: Currency,
    pub tax: TaxTreatment,
    /// Name of one of the seller's series.
    pub series: String,
    /// Mail addresses that get the invoice.
    pub send_to: Vec<String>,
    #[serde(default)]
    pub language: Language,
    /// No invoice leaves without the client's order number.
    #[serde(default)]
    pub purchase_order_required: bool,
    /// A standing order number, used where the work itself names none (BT-13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase_order: Option<String>,
    /// What the client wants to find its way by (BT-10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer_reference: Option<String>,
    /// Cash steps in minor units, such as 5 for CHF.
    #[serde(default)]
    pub cash_increment_minor: Minor,
    #[serde(default)]
    pub rounding: Rounding,
    /// States the VAT in another currency too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting_vat: Option<AccountingVat>,
}

/// The VAT a client's lines fall under, and why if none is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTreatment {
    #[serde(flatten)]
    pub vat: VatRate,
    /// Needed for an exemption (E), which must name its law; the other categories bring their own sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The language a document is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    De,
    #[default]
    En,
}
