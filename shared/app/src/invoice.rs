//! An owed invoice is checked, numbered, rendered, kept and mailed: once, whatever the repeats.
//! Figures, numbers and what an invoice must say are `domain::billing`'s.

use domain::billing::{
    BilledPart, ClientBilling, Currency, Draft, Invoice, References, Sale, Seller,
};
use domain::case::Effect;
use domain::company::Team;
use domain::id::ClientId;
use domain::value::Values;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use store::{Issue, IssueError, IssuedInvoice, Store};

use crate::executor::{self, Act, Claimed, Sent};
use crate::outcome::{Told, TryAgain};
use crate::papers::Papers;
use crate::post::{Post, invoice_letter};

/// # Errors
/// Only what may succeed when the same event is delivered again.
pub async fn handle(store: &Store, post: &Post, event: Value) -> Result<Told, TryAgain> {
    executor::handle(store, &event, async |claimed| {
        bill(store, post, claimed).await
    })
    .await
}

async fn bill(store: &Store, post: &Post, claimed: &Claimed<'_>) -> Result<Sent, Act> {
    let Effect::Invoice {
        client,
        bills,
        line,
        ..
    } = &claimed.effect
    else {
        return Err(Act::Refused("this effect is not an invoice".into()));
    };
    let company = store.company().await?;
    let seller =
        Seller::read(&company.team.seller).map_err(|error| Act::Refused(error.to_string()))?;
    let today = day(store.now(), &company.team);
    let draft = draft(claimed, &company, &seller, today)?;
    pages::invoice::unprintable(&draft).map_err(|problems| Act::Refused(listed(&problems)))?;
    einvoice::check(&draft).map_err(|problems| Act::Refused(listed(&problems)))?;
    let series = seller
        .series
        .get(&draft.series)
        .ok_or_else(|| Act::Refused(format!("the seller has no series {}", draft.series)))?;
    let owed_by = format!("{}/{}", claimed.row.case, claimed.row.effect);
    let issue = Issue {
        draft: &draft,
        series,
        bills,
        owed_by: &owed_by,
        today,
    };
    let IssuedInvoice {
        invoice,
        owed_by_us,
    } = store
        .issue(&issue, client)
        .await
        .map_err(|error| match error {
            IssueError::NotIssuable(reason) => Act::Refused(reason),
            IssueError::Store(error) => error.into(),
        })?;
    let sent = Sent {
        reference: invoice.number.to_string(),
        values: values(&invoice),
    };
    if !owed_by_us {
        // Another case billed the same part first; the client has that invoice already.
        return Ok(sent);
    }
    let papers = Papers::of(&invoice, &company.team.letterhead)?;
    papers.keep(store, &invoice).await?;
    post.send(claimed, invoice_letter(line, &invoice, papers)?)
        .await?;
    Ok(sent)
}

fn draft(
    claimed: &Claimed<'_>,
    company: &store::Company,
    seller: &Seller,
    today: Date,
) -> Result<Draft, Act> {
    let Effect::Invoice {
        client,
        line,
        amount_cents,
        currency,
        bills,
    } = &claimed.effect
    else {
        return Err(Act::Refused("this effect is not an invoice".into()));
    };
    let billing = client_billing(company, client)?;
    let currency: Currency = serde_json::from_value(json!(currency))
        .map_err(|error| Act::Refused(format!("currency: {error}")))?;
    let named = |name: &str| {
        bills
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    // A milestone's end begins the case that bills it; its approval may take days.
    let delivered_on = match named("milestone") {
        Some(_) => day(claimed.case.started_at, &company.team).min(today),
        None => today,
    };
    let references = References {
        contract: named("contract"),
        milestone: named("milestone"),
        ..References::default()
    };
    let sale = Sale {
        text: line.clone(),
        amount_cents: *amount_cents,
        currency,
        delivered_on,
        references,
        bills: vec![BilledPart::of(bills.iter().map(|(_, value)| value.clone()))],
    };
    Draft::for_milestone(&billing, seller, sale).map_err(|problem| Act::Refused(listed(&[problem])))
}

fn client_billing(company: &store::Company, id: &ClientId) -> Result<ClientBilling, Act> {
    let client = company
        .clients
        .get(id)
        .ok_or_else(|| Act::Refused(format!("\"{id}\" is no client in clients.yaml")))?;
    ClientBilling::read(&client.name, &client.billing)
        .map_err(|error| Act::Refused(format!("client {id} in clients.yaml: {error}")))
}

fn listed(problems: &[domain::billing::Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Dates on a document are the seller's: the team's calendar says in which zone.
fn day(at: Timestamp, team: &Team) -> Date {
    let zone = team
        .calendars
        .get(&team.calendar)
        .map(|calendar| calendar.time_zone().clone())
        .unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_zoned(zone).date()
}

/// What the case keeps under the step's name, so that later mails can say it.
fn values(invoice: &Invoice) -> Values {
    let mut values = Values::new();
    values.insert("number".into(), invoice.number.to_string().into());
    values.insert("total".into(), pages::invoice::amount_due(invoice).into());
    values.insert("issue_date".into(), invoice.issue_date.to_string().into());
    values.insert("due_date".into(), invoice.due_date.to_string().into());
    values
}
