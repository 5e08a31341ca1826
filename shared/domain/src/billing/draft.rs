//! An invoice before it has a number: everything it will say, open to change.
//! It must not know the number or the issue date; `check` says what is missing before one is taken.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::adjustment::{Adjustment, AdjustmentValue, Direction, DocumentAdjustment};
use super::field::Problem;
use super::line::Line;
use super::money::{Currency, Minor, Rounding};
use super::party::{BankAccount, CountryCode, Party};
use super::rules::{ClientBilling, Format, Language, Seller};
use super::series::InvoiceNumber;
use super::totals::{AccountingVat, Sums, Totals, TotalsError};
use super::vat::VatCategory;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub kind: Kind,
    /// Name of the seller's series that numbers it.
    pub series: String,
    pub language: Language,
    pub seller: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankAccount>,
    pub buyer: Party,
    /// Mail addresses that get it.
    pub send_to: Vec<String>,
    pub currency: Currency,
    pub lines: Vec<Line>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<DocumentAdjustment>,
    /// Already paid on account (BT-113).
    #[serde(default)]
    pub prepaid: Minor,
    /// Why no tax is charged, for each category where the client's rules say more than the category does.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exemption_reasons: BTreeMap<VatCategory, String>,
    #[serde(default)]
    pub cash_increment_minor: Minor,
    #[serde(default)]
    pub rounding: Rounding,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounting_vat: Option<AccountingVat>,
    pub delivered: Delivered,
    /// Where to, which a supply inside the EU must state (BT-80).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_to: Option<CountryCode>,
    pub terms_days: u16,
    /// Replaces the standard sentence about payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    pub references: References,
    /// Further sentences for the reader (BT-22).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(default)]
    pub format: Format,
    pub po_required: bool,
    /// What is billed, each at most once while uncredited.
    pub bills: Vec<BilledPart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Invoice,
    CreditNote,
}

impl Kind {
    /// UNTDID 1001 (BT-3).
    pub fn type_code(self) -> &'static str {
        match self {
            Kind::Invoice => "380",
            Kind::CreditNote => "381",
        }
    }
}

/// When the work was delivered (BT-72) or over which period (BG-14), both days included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivered {
    On(Date),
    Between { from: Date, to: Date },
}

/// What connects the document with other papers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct References {
    /// BT-12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    /// BT-13.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_order: Option<String>,
    /// BT-10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer_reference: Option<String>,
    /// The invoice that a credit note takes back (BG-3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preceding: Option<Preceding>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preceding {
    pub number: InvoiceNumber,
    pub issue_date: Date,
}

/// Names of what is billed, such as a contract and its milestone, or an agreement and a month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BilledPart(pub Vec<String>);

impl BilledPart {
    pub fn of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> BilledPart {
        BilledPart(names.into_iter().map(Into::into).collect())
    }

    /// One text per part and one part per text, whatever the names hold; hashed before it enters a key.
    pub fn billed_key(&self) -> String {
        self.0
            .iter()
            .map(|name| format!("{}:{name};", name.len()))
            .collect()
    }
}

/// Delivered work at an agreed net price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// The line's text.
    pub text: String,
    /// Net, in minor units of `currency`.
    pub amount_cents: i64,
    pub currency: Currency,
    pub delivered_on: Date,
    pub references: References,
    pub bills: Vec<BilledPart>,
}

impl Draft {
    /// One line for delivered work, under the client's billing rules.
    pub fn for_milestone(
        client: &ClientBilling,
        seller: &Seller,
        sale: Sale,
    ) -> Result<Draft, Problem> {
        let rules = &client.rules;
        if sale.currency != rules.currency {
            let what = format!(
                "the work is priced in {}, the client is billed in {}",
                sale.currency, rules.currency
            );
            return Err(Problem::new(
                "currency",
                what,
                "agree on one currency and state it in the contract and in the client's billing rules",
            ));
        }
        let amount = Minor(sale.amount_cents);
        let line = Line::fixed("1", sale.text, amount, sale.currency, rules.tax.vat);
        let delivered = Delivered::On(sale.delivered_on);
        let draft = Draft::under(client, seller, vec![line], delivered, sale.references)?;
        Ok(Draft {
            bills: sale.bills,
            ..draft
        })
    }

    /// These lines under the client's billing rules. What they bill is added by the caller.
    pub(crate) fn under(
        client: &ClientBilling,
        seller: &Seller,
        lines: Vec<Line>,
        delivered: Delivered,
        mut references: References,
    ) -> Result<Draft, Problem> {
        let ClientBilling { buyer, rules } = client;
        if !seller.series.contains_key(&rules.series) {
            let known = seller
                .series
                .keys()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            let what = format!("there is no series `{}`", rules.series);
            return Err(Problem::new(
                "series",
                what,
                format!("name one of the seller's series: {known}"),
            ));
        }
        references.purchase_order = references.purchase_order.or_else(|| rules.po.clone());
        references.buyer_reference = references
            .buyer_reference
            .or_else(|| rules.buyer_reference.clone());
        let vat = rules.tax.vat;
        Ok(Draft {
            kind: Kind::Invoice,
            series: rules.series.clone(),
            language: rules.language,
            seller: seller.party.clone(),
            bank: seller.bank.clone(),
            buyer: buyer.clone(),
            send_to: rules.send_to.clone(),
            currency: rules.currency,
            lines,
            adjustments: Vec::new(),
            prepaid: Minor::ZERO,
            exemption_reasons: rules
                .tax
                .because
                .iter()
                .map(|reason| (vat.category, reason.clone()))
                .collect(),
            cash_increment_minor: rules.cash_increment_minor,
            rounding: rules.rounding,
            accounting_vat: rules.accounting_vat.clone(),
            delivered,
            delivered_to: (vat.category == VatCategory::K).then(|| buyer.address.country.clone()),
            terms_days: rules.terms_days,
            terms: rules.terms.clone(),
            references,
            notes: Vec::new(),
            format: rules.format,
            po_required: rules.po_required,
            bills: Vec::new(),
        })
    }

    /// The figures of the document; deterministic, so a draft and its invoice have the same.
    pub fn totals(&self) -> Result<Totals, TotalsError> {
        Totals::of(Sums {
            currency: self.currency,
            rounding: self.rounding,
            lines: &self.lines,
            adjustments: &self.adjustments,
            prepaid: self.prepaid,
            cash_increment: self.cash_increment_minor,
            accounting: self.accounting_vat.as_ref(),
        })
    }

    /// Takes `percent` off the whole document, stated once per VAT group so that each group's tax is right.
    pub fn discount_percent(
        &mut self,
        percent: rust_decimal::Decimal,
        reason: &str,
    ) -> Result<(), TotalsError> {
        for group in self.totals()?.vat_groups {
            let value = AdjustmentValue::percent_of(percent, group.taxable);
            let adjustment = Adjustment {
                direction: Direction::Allowance,
                value,
                reason: reason.to_owned(),
            };
            self.adjustments.push(DocumentAdjustment {
                adjustment,
                vat: group.vat,
            });
        }
        Ok(())
    }

    /// Why `category` carries no tax, in the document's language; none where a reason is not needed or not known.
    pub fn exemption_reason(&self, category: VatCategory) -> Option<&str> {
        let own = self.exemption_reasons.get(&category).map(String::as_str);
        own.or_else(|| category.reason_text(self.language))
    }
}
