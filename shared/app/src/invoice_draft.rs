//! What a case owes becomes a draft under the client's rules, or the reason why it has to wait.
//! It must not take a number.

use domain::billing::{
    BilledPart, ClientBilling, Currency, Draft, Minor, Period, Problem, References, Sale, Seller,
    Waits,
};
use domain::case::Effect;
use domain::company::Team;
use domain::id::ClientId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use store::{Company, Hold};

/// A sale as a case's step asks for it.
pub(crate) struct Asked<'a> {
    pub client: &'a ClientId,
    pub line: &'a str,
    pub amount_cents: i64,
    pub currency: &'a str,
    pub bills: &'a store::Bills,
    /// A month's work instead of one sale: which month, and which part of it.
    pub month: Option<(Period, &'a str)>,
    /// `case/effect`.
    pub owed_by: &'a str,
}

/// Everything an invoice is made of.
pub(crate) struct Prepared {
    pub draft: Draft,
    pub seller: Seller,
    pub billing: ClientBilling,
}

impl<'a> Asked<'a> {
    pub fn of(effect: &'a Effect, owed_by: &'a str) -> Option<Self> {
        match effect {
            Effect::Invoice {
                client,
                line,
                amount_cents,
                currency,
                bills,
            } => Some(Asked {
                client,
                line,
                amount_cents: *amount_cents,
                currency,
                bills,
                month: None,
                owed_by,
            }),
            Effect::MonthInvoice {
                client,
                period,
                part,
                title,
                currency,
                bills,
            } => Some(Asked {
                client,
                line: title,
                // Known once its lines are.
                amount_cents: 0,
                currency,
                bills,
                month: Some((*period, part)),
                owed_by,
            }),
            _ => None,
        }
    }

    /// Whatever a person's hold may name it by.
    pub fn named(&self) -> Vec<&'a str> {
        let billed = self.bills.iter().map(|(_, value)| value.as_str());
        let case = self.owed_by.split('/').next().unwrap_or_default();
        billed.chain([case, self.client.as_str()]).collect()
    }
}

/// The draft, checked to the last field. The error says what to mend, and where.
pub(crate) fn prepare(
    company: &Company,
    asked: &Asked<'_>,
    delivered_on: Date,
) -> Result<Prepared, String> {
    let seller = Seller::read(&company.team.seller)
        .map_err(|error| format!("the seller in team.yaml: {error}"))?;
    let billing = client_billing(company, asked.client)?;
    let of_client = |problems: &[Problem]| {
        let client = asked.client;
        format!("client {client} in clients.yaml: {}", listed(problems))
    };
    let currency: Currency = serde_json::from_value(json!(asked.currency))
        .map_err(|error| format!("currency: {error}"))?;
    let named = |name: &str| {
        let found = asked.bills.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone())
    };
    let references = References {
        contract: named("contract"),
        milestone: named("milestone"),
        ..References::default()
    };
    let parts = asked.bills.iter().map(|(_, value)| value.clone());
    let sale = Sale {
        text: asked.line.to_owned(),
        amount_cents: asked.amount_cents,
        currency,
        delivered_on,
        references,
        bills: vec![BilledPart::of(parts)],
    };
    let draft =
        Draft::for_milestone(&billing, &seller, sale).map_err(|problem| of_client(&[problem]))?;
    billable(&draft).map_err(|problems| of_client(&problems))?;
    Ok(Prepared {
        draft,
        seller,
        billing,
    })
}

/// Whether what is owed may be billed by it: it may take a number, and the table can keep it.
pub(crate) fn billable(draft: &Draft) -> Result<(), Vec<Problem>> {
    issuable(draft)?;
    fits(draft).map_err(|problem| vec![problem])
}

/// Whether a number may be taken: as an invoice, on paper and as an e-invoice.
pub(crate) fn issuable(draft: &Draft) -> Result<(), Vec<Problem>> {
    draft.check()?;
    pages::invoice::unprintable(draft)?;
    einvoice::check(draft)
}

/// An item of the table holds 400 KB, keys and all; a credit over the whole invoice says a little more than it.
const LARGEST_INVOICE_BYTES: usize = 350 * 1024;

/// Whether the table can keep it. What can not be kept must not take a number, nor claim what stands on it.
fn fits(draft: &Draft) -> Result<(), Problem> {
    let bytes = |json: serde_json::Result<Vec<u8>>| json.map_or(usize::MAX, |json| json.len());
    let totals = draft.totals().ok();
    let all = bytes(serde_json::to_vec(draft)).saturating_add(bytes(serde_json::to_vec(&totals)));
    if all <= LARGEST_INVOICE_BYTES {
        return Ok(());
    }
    let what = format!(
        "its {} lines come to {} KB; one invoice may have {} KB",
        draft.lines.len(),
        all.div_ceil(1024),
        LARGEST_INVOICE_BYTES / 1024
    );
    let fix = "divide the month by `split: by_ticket` in the client's billing rules, or shorten the notes of its entries";
    Err(Problem::new("lines", what, fix))
}

pub(crate) fn client_billing(company: &Company, id: &ClientId) -> Result<ClientBilling, String> {
    let client = company
        .clients
        .get(id)
        .ok_or_else(|| format!("\"{id}\" is no client in clients.yaml"))?;
    ClientBilling::read(&client.name, &client.billing)
        .map_err(|error| format!("client {id} in clients.yaml: {error}"))
}

/// What it has to wait for: a person's hold first, then what is missing, then an approval.
pub(crate) fn waits(
    company: &Company,
    asked: &Asked<'_>,
    prepared: &Result<Prepared, String>,
    holds: &[Hold],
) -> Option<Waits> {
    if let Some(hold) = holds.first() {
        let reason = format!("{}: {}", hold.what, hold.reason);
        return Some(Waits::Hold { reason });
    }
    // The client's own hold counts even while the rest of its rules is broken.
    if let Ok(billing) = client_billing(company, asked.client)
        && let Some(reason) = billing.rules.hold
    {
        return Some(Waits::Hold { reason });
    }
    match prepared {
        Err(what) => Some(Waits::Missing { what: what.clone() }),
        Ok(prepared) => {
            let above = prepared.billing.rules.approval_above_cents;
            let due = due(prepared, asked);
            let above = above.filter(|above| due > *above);
            above.map(|above| Waits::Approval { above })
        }
    }
}

/// What is to be paid, tax and all.
pub(crate) fn due(prepared: &Prepared, asked: &Asked<'_>) -> Minor {
    let totals = prepared.draft.totals();
    totals.map_or(Minor(asked.amount_cents), |totals| totals.due)
}

/// Dates on a document are the seller's: the team's calendar says in which zone.
pub(crate) fn day(at: Timestamp, team: &Team) -> Date {
    let zone = team
        .calendars
        .get(&team.calendar)
        .map(|calendar| calendar.time_zone().clone())
        .unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_zoned(zone).date()
}

pub(crate) fn listed(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
