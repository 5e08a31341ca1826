//! A credit note takes an invoice back, wholly or in part: numbered, marked on the invoice and mailed, as one.
//! How much may be credited is `domain::billing`'s to say.

use domain::billing::{Credit, Draft, Happened, Invoice, Minor, Seller, Stands, Totals};
use domain::case::Effect;
use store::{CreditIssue, IssueError, Standing, Store};

use crate::invoice_draft::{client_billing, day, issuable, listed};
use crate::invoice_news::effects;
use crate::outcome::{Halt, TryAgain};

/// What is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All that no credit note has taken back yet.
    Rest,
    /// Lines by their ids.
    Lines(Vec<String>),
    /// A net amount in the invoice's currency, under its one tax.
    Net(Minor),
}

pub struct Request<'a> {
    pub number: &'a str,
    pub part: Part,
    pub reason: &'a str,
    /// Bill the same once more, under the rules as they stand now.
    pub bill_again: bool,
}

/// How often the credit is decided anew because the invoice changed meanwhile.
const MOST_ATTEMPTS: u32 = 12;

/// # Errors
/// The inner one says why it can not be credited, and what to do; the outer one may be gone the next time.
pub async fn credit(
    store: &Store,
    request: &Request<'_>,
) -> Result<Result<Invoice, String>, TryAgain> {
    for attempt in 1..=MOST_ATTEMPTS {
        match once(store, request).await {
            Ok(Some(note)) => return Ok(Ok(note)),
            Ok(None) => store.pause(attempt.min(4)).await,
            Err(Halt::Never(reason)) => return Ok(Err(reason)),
            Err(Halt::Later(again)) => return Err(again),
        }
    }
    let text = format!("{} is changed all the time", request.number);
    Err(TryAgain(text))
}

/// `None`: the invoice changed meanwhile.
async fn once(store: &Store, request: &Request<'_>) -> Result<Option<Invoice>, Halt> {
    let number = request.number;
    let never = |text: String| Halt::Never(text);
    let missing = || never(format!("there is no invoice {number}"));
    let standing = store.standing(number).await?.ok_or_else(missing)?;
    let invoice = store.invoice(number).await?.ok_or_else(missing)?;
    let company = store.company().await?;
    let already = credited(store, &standing).await?;
    let already: Vec<&Totals> = already.iter().map(|note| &note.totals).collect();
    let draft = draft(&invoice, &already, request).map_err(never)?;
    let draft = match client_billing(&company, &standing.client) {
        Ok(billing) => Draft {
            series: billing.rules.credit_series.unwrap_or(draft.series),
            ..draft
        },
        Err(_) => draft,
    };
    issuable(&draft).map_err(|problems| never(listed(&problems)))?;
    invoice
        .may_credit(&already, &draft)
        .map_err(|error| never(error.to_string()))?;
    let seller = Seller::read(&company.team.seller).map_err(|error| never(error.to_string()))?;
    let series = seller
        .series
        .get(&draft.series)
        .ok_or_else(|| never(format!("the seller has no series {}", draft.series)))?;
    let change = |note: &Invoice| {
        let credited = Happened::Credited(Credit {
            note: note.number.clone(),
            amount: note.totals.due,
        });
        let change = standing.life.after(&credited);
        let change = change.map_err(|refused| refused.to_string())?;
        let mut owes = effects(&standing, &change);
        if request.bill_again {
            match (&change.life.stands, &standing.sale) {
                (Stands::Credited { .. }, Some(sale)) => owes.push(sale.clone()),
                _ => return Err("only what is taken back wholly can be billed again".into()),
            }
        }
        Ok((change, owes))
    };
    let bills = standing.sale.as_ref().and_then(Effect::bills);
    let issue = CreditIssue {
        draft: &draft,
        series,
        invoice: &standing,
        reason: request.reason,
        change: &change,
        bills,
        today: day(store.now(), &company.team),
    };
    match store.issue_credit(&issue).await {
        Ok(note) => Ok(Some(note)),
        Err(IssueError::NotIssuable(reason)) => Err(never(reason)),
        Err(IssueError::Store(store::StoreError::Conflict { .. })) => Ok(None),
        Err(IssueError::Store(error)) => Err(error.into()),
    }
}

/// The credit notes on this invoice so far.
async fn credited(store: &Store, standing: &Standing) -> Result<Vec<Invoice>, Halt> {
    let mut notes = Vec::new();
    for credit in &standing.life.credits {
        notes.extend(store.invoice(credit.note.as_str()).await?);
    }
    Ok(notes)
}

fn draft(invoice: &Invoice, already: &[&Totals], request: &Request<'_>) -> Result<Draft, String> {
    let refused = |error: domain::billing::CreditError| error.to_string();
    match &request.part {
        Part::Rest if already.is_empty() => Ok(invoice.credit_note()),
        Part::Rest => invoice
            .credit_rest(already, request.reason)
            .map_err(refused),
        Part::Lines(ids) => invoice.credit_lines(ids).map_err(refused),
        Part::Net(net) => invoice.credit_net(*net, request.reason).map_err(refused),
    }
}
