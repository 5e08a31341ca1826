//! What the company's files say about billing: the seller, its series, and each client's rules.
//! It must not hold anything that a single invoice decides.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::agreement::{Agreement, Split};
use super::money::{Currency, Minor, Rounding};
use super::party::{BankAccount, Party};
use super::series::Series;
use super::totals::AccountingVat;
use super::vat::VatRate;
use super::work::TimeRules;
use crate::calendar::Calendar;

/// Who invoices, where the money goes, and how documents are numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    pub party: Party,
    pub bank: Option<BankAccount>,
    pub series: BTreeMap<String, Series>,
}

/// A client as an invoice needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientBilling {
    pub buyer: Party,
    pub rules: BillingRules,
}

/// How one client is billed: "special billing" is a line here and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// What the client's own books read.
    #[serde(default)]
    pub format: Format,
    /// No invoice leaves without the client's order number.
    #[serde(default)]
    pub po_required: bool,
    /// A standing order number, used where the work itself names none (BT-13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub po: Option<String>,
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
    /// Why nothing is billed to this client at present; as long as it stands, no number is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// Above this much to be paid, in minor units of `currency`, somebody approves before a number is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_above_cents: Option<Minor>,
    /// Days after the due date on which the client is reminded, or the next business day after them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<u16>,
    /// The series that numbers credit notes; without it, the one of the invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_series: Option<String>,
    /// How time is billed; without it, it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeRules>,
    /// What is billed again and again or in advance, by an id of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agreements: BTreeMap<String, Agreement>,
    /// How a month's work is divided into invoices.
    #[serde(default)]
    pub split: Split,
}

impl BillingRules {
    /// When to remind of an invoice that is payable until `due_date`: each at an opening of `calendar`.
    pub fn reminders_after(&self, due_date: Date, calendar: &Calendar) -> Vec<Timestamp> {
        let mut days = self.reminders.clone();
        days.sort_unstable();
        days.dedup();
        let opening = |days: u16| {
            let date = due_date.checked_add(i64::from(days).days()).ok()?;
            let midnight = date.to_zoned(calendar.time_zone().clone()).ok()?;
            calendar.next_open(midnight.timestamp()).ok()
        };
        let mut times: Vec<_> = days.into_iter().filter_map(opening).collect();
        times.dedup();
        times
    }
}

/// The VAT a client's lines fall under, and why if none is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTreatment {
    #[serde(flatten)]
    pub vat: VatRate,
    /// Needed for an exemption (E), which must name its law; the other categories bring their own sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// The language a document is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    De,
    #[default]
    En,
}

/// Which electronic invoice a client gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A PDF that carries its own XML (Factur-X, ZUGFeRD), wherever EN 16931 can say the invoice.
    #[default]
    FacturX,
    /// Beside it, UBL for German authorities; nothing is issued that their rules refuse.
    Xrechnung,
    /// Beside it, UBL for the Peppol network; nothing is issued that its rules refuse.
    #[serde(alias = "ubl")]
    Peppol,
}

const PARTY_FIELDS: [&str; 9] = [
    "name",
    "address",
    "vat_id",
    "tax_number",
    "registration",
    "contact_name",
    "phone",
    "mail",
    "electronic_address",
];

impl ClientBilling {
    /// Reads a client's `billing` block; the client's `name` stands unless the block has a legal one.
    pub fn read(name: &str, billing: &Value) -> Result<ClientBilling, RulesError> {
        let (mut party, rules) = split("billing", billing)?;
        party.entry("name").or_insert_with(|| name.into());
        Ok(ClientBilling {
            buyer: part("billing", party)?,
            rules: part("billing", rules)?,
        })
    }
}

impl Seller {
    /// Reads the `seller` block of the team's file.
    pub fn read(seller: &Value) -> Result<Seller, RulesError> {
        let (party, rest) = split("seller", seller)?;
        let SellerFile { bank, series } = part("seller", rest)?;
        Ok(Seller {
            party: part("seller", party)?,
            bank,
            series,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SellerFile {
    #[serde(default)]
    bank: Option<BankAccount>,
    series: BTreeMap<String, Series>,
}

type Fields = Map<String, Value>;

/// Parts the fields of the party from the rest, so that both can refuse a field they do not know.
fn split(block: &'static str, value: &Value) -> Result<(Fields, Fields), RulesError> {
    let fields = value
        .as_object()
        .ok_or(RulesError::NotABlock { block })?
        .clone();
    Ok(fields
        .into_iter()
        .partition(|(name, _)| PARTY_FIELDS.contains(&name.as_str())))
}

fn part<T: DeserializeOwned>(block: &'static str, fields: Fields) -> Result<T, RulesError> {
    serde_json::from_value(Value::Object(fields))
        .map_err(|source| RulesError::Field { block, source })
}

#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error("`{block}` is missing or not a block of fields; write its fields indented below it")]
    NotABlock { block: &'static str },
    #[error("`{block}`: {source}")]
    Field {
        block: &'static str,
        source: serde_json::Error,
    },
}
