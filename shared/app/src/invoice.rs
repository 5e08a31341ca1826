//! An owed invoice is checked, numbered, rendered, kept and mailed: once, whatever the repeats.
//! Figures, numbers and what an invoice must say are `domain::billing`'s.

use domain::billing::{
    Delivered, Happened, Invoice, Kind, Letter, Life, Minor, NoChange, Stands, Waits,
};
use domain::value::Values;
use jiff::civil::Date;
use serde_json::Value;
use store::{Bills, Company, Issue, IssueError, IssuedInvoice, Standing, Store, draft_id};

use crate::executor::{self, Act, Claimed, Sent};
use crate::invoice_draft::{self, Asked, Prepared};
use crate::invoice_letter::letter;
use crate::invoice_month::{self, MonthPart};
use crate::invoice_news;
use crate::outcome::{Told, TryAgain};
use crate::papers::Papers;
use crate::post::Post;

/// # Errors
/// Only what may succeed when the same event is delivered again.
pub async fn handle(store: &Store, post: &Post, event: Value) -> Result<Told, TryAgain> {
    executor::handle(
        store,
        &event,
        async |claimed| match invoice_news::letter_of(&claimed.effect) {
            Some((number, letter)) => {
                let invoice = store.invoice(number).await?;
                let invoice =
                    invoice.ok_or_else(|| Act::Refused(format!("there is no invoice {number}")))?;
                mail(store, post, claimed, &invoice, letter).await
            }
            None => bill(store, post, claimed).await,
        },
    )
    .await
}

/// The reference of an effect that came to a month of which all was billed or corrected away.
pub(crate) const NOTHING_LEFT: &str = "nothing is left to bill";

async fn bill(store: &Store, post: &Post, claimed: &Claimed<'_>) -> Result<Sent, Act> {
    let owed_by = format!("{}/{}", claimed.row.case, claimed.row.effect);
    let asked = Asked::of(&claimed.effect, &owed_by)
        .ok_or_else(|| Act::Refused("this effect is not an invoice".into()))?;
    let issued = match store.billed(asked.bills, &owed_by).await? {
        Some(issued) => issued,
        None => match issue(store, claimed, &asked).await? {
            Some(issued) => issued,
            None => {
                store.forget_draft(&owed_by).await?;
                return Ok(Sent {
                    reference: NOTHING_LEFT.to_owned(),
                    ..Sent::default()
                });
            }
        },
    };
    let invoice = issued.invoice;
    let sent = Sent {
        reference: invoice.number.to_string(),
        values: values(&invoice),
    };
    // Another case may have billed the same part first; the client has that invoice already.
    if issued.owed_by_us {
        mail(store, post, claimed, &invoice, Letter::First).await?;
    }
    Ok(sent)
}

/// What is asked for as a draft, with what it claims and draws; none: nothing is left of it.
async fn prepared(
    store: &Store,
    claimed: &Claimed<'_>,
    asked: &Asked<'_>,
    company: &Company,
) -> Result<Result<Option<MonthPart>, String>, Act> {
    let Some((period, part)) = asked.month else {
        let delivered_on = delivered_on(store, claimed, asked, company).await?;
        let prepared = invoice_draft::prepare(company, asked, delivered_on);
        return Ok(prepared.map(MonthPart::of_sale).map(Some));
    };
    let owed_by = Some(asked.owed_by);
    let month = invoice_month::month(store, company, asked.client, period, owed_by).await?;
    Ok(month.prepare(company, part))
}

/// `None`: nothing is left to bill.
async fn issue(
    store: &Store,
    claimed: &Claimed<'_>,
    asked: &Asked<'_>,
) -> Result<Option<IssuedInvoice>, Act> {
    let company = store.company().await?;
    let today = invoice_draft::day(store.now(), &company.team);
    let (prepared, claims, draws) = match prepared(store, claimed, asked, &company).await? {
        Ok(None) => return Ok(None),
        Ok(Some(part)) => (Ok(part.prepared), part.claims, part.draws),
        Err(what) => (Err(what), Vec::new(), Vec::new()),
    };
    let waits = invoice_draft::waits(store, &company, asked, &prepared).await?;
    let waited = store.standing(&draft_id(asked.owed_by)).await?;
    may_be_issued(store, claimed, asked, &prepared, waited, waits, today).await?;
    let prepared = prepared.map_err(Act::Refused)?;
    // From here on nobody else bills or corrects what stands on it; a repeat finds its own claims.
    claim(store, &claims, asked).await?;
    let draft = &prepared.draft;
    let series = prepared
        .seller
        .series
        .get(&draft.series)
        .ok_or_else(|| Act::Refused(format!("the seller has no series {}", draft.series)))?;
    let calendar = company
        .team
        .calendar_of_clocks(company.clients.get(asked.client))
        .map_err(Act::Refused)?;
    let issue = Issue {
        draft,
        series,
        client: asked.client,
        sale: &claimed.effect,
        title: asked.line,
        bills: asked.bills,
        draws: &draws,
        reminders: &|due_date| prepared.billing.rules.reminders_after(due_date, calendar),
        owed_by: asked.owed_by,
        correlation_id: &claimed.row.correlation_id,
        today,
    };
    let issued = store.issue(&issue).await.map_err(|error| match error {
        IssueError::NotIssuable(reason) => Act::Refused(reason),
        IssueError::Store(error) => error.into(),
    });
    issued.map(Some)
}

async fn claim(store: &Store, claims: &[Bills], asked: &Asked<'_>) -> Result<(), Act> {
    match store.claim_things(claims, asked.owed_by, asked.bills).await {
        Ok(()) => Ok(()),
        Err(store::StoreError::Conflict { .. }) => {
            let text = format!("what {} bills was changed meanwhile", asked.owed_by);
            Err(Act::Later(TryAgain(text)))
        }
        Err(error) => Err(error.into()),
    }
}

/// A milestone's end begins the case that bills it, and its approval may take days. What is billed anew was
/// delivered when it was billed first.
async fn delivered_on(
    store: &Store,
    claimed: &Claimed<'_>,
    asked: &Asked<'_>,
    company: &Company,
) -> Result<Date, Act> {
    let today = invoice_draft::day(store.now(), &company.team);
    if let Some(credited) = claimed.row.case.invoice() {
        let credited = store.invoice(credited).await?;
        return Ok(match credited.map(|invoice| invoice.content.delivered) {
            Some(Delivered::On(date) | Delivered::Between { to: date, .. }) => date,
            None => today,
        });
    }
    let is_milestone = asked.bills.iter().any(|(name, _)| name == "milestone");
    Ok(match is_milestone {
        true => invoice_draft::day(claimed.case()?.started_at, &company.team).min(today),
        false => today,
    })
}

/// Whether a number may be taken now; if not, the draft is entered with what it waits for, and its owner told once.
async fn may_be_issued(
    store: &Store,
    claimed: &Claimed<'_>,
    asked: &Asked<'_>,
    prepared: &Result<Prepared, String>,
    waited: Option<Standing>,
    waits: Option<Waits>,
    today: Date,
) -> Result<(), Act> {
    let (standing, change, happened) = match (waited, waits) {
        (None, None) => return Ok(()),
        (Some(waited), None) => {
            return match waited.life.after(&Happened::Issued) {
                Ok(_) | Err(NoChange::Repeat(_)) => Ok(()),
                Err(NoChange::Never(reason)) => Err(Act::Waits(reason)),
            };
        }
        (Some(waited), Some(waits)) => {
            let is_approved = matches!(waited.life.stands, Stands::Approved { .. });
            let happened = Happened::Waits(waits);
            match waited.life.after(&happened) {
                Ok(change) => (waited, change, happened),
                Err(_) if is_approved && prepared.is_ok() => {
                    return match happened {
                        Happened::Waits(Waits::Approval { .. }) => Ok(()),
                        _ => Err(Act::Waits("it is approved, and held".into())),
                    };
                }
                Err(same) => return Err(Act::Waits(same.to_string())),
            }
        }
        (None, Some(waits)) => {
            let draft = prepared.as_ref().ok();
            let due = draft.map_or(Minor(asked.amount_cents), |prepared| {
                invoice_draft::due(prepared, asked)
            });
            let currency = asked.currency.parse();
            let currency = currency
                .map_err(|error: domain::billing::MoneyError| Act::Refused(error.to_string()))?;
            let change = Life::begins_to_wait(Kind::Invoice, currency, due, waits.clone());
            let standing = Standing {
                id: draft_id(asked.owed_by),
                client: asked.client.clone(),
                title: asked.line.to_owned(),
                dated: today,
                payable_until: None,
                owed_by: asked.owed_by.to_owned(),
                sale: Some(claimed.effect.clone()),
                correlation_id: claimed.row.correlation_id.clone(),
                life: change.life.clone(),
                version: 0,
            };
            (standing, change, Happened::Waits(waits))
        }
    };
    let words = match &change.life.stands {
        Stands::Draft { waits } => waits.words(change.life.currency),
        other => other.word().to_owned(),
    };
    let cause = format!("{} was asked for", asked.owed_by);
    match invoice_news::enter(store, &standing, &change, &happened, &cause).await {
        Ok(()) => Err(Act::Waits(words)),
        Err(store::StoreError::Conflict { .. }) => Err(Act::Later(TryAgain(format!(
            "{} changed meanwhile",
            standing.id
        )))),
        Err(error) => Err(error.into()),
    }
}

/// One mail with the document as it was issued, unless it is of no use any more.
async fn mail(
    store: &Store,
    post: &Post,
    claimed: &Claimed<'_>,
    invoice: &Invoice,
    which: Letter,
) -> Result<Sent, Act> {
    let number = &invoice.number;
    let missing = || Act::Refused(format!("invoice {number} has no life"));
    let standing = store.standing(number.as_str()).await?.ok_or_else(missing)?;
    let is_wanted = match which {
        Letter::First => standing.life.stands == Stands::Issued,
        Letter::Again => true,
        Letter::Reminder { .. } => matches!(standing.life.stands, Stands::Mailed { .. }),
    };
    if !is_wanted {
        return Ok(Sent {
            reference: format!(
                "{}: {number} is {}",
                invoice_news::NOT_SENT,
                standing.life.stands.word()
            ),
            ..Sent::default()
        });
    }
    let company = store.company().await?;
    let papers = Papers::kept(store, invoice, &company.team.letterhead).await?;
    let reference = post
        .send(claimed, letter(invoice, &standing, which, papers)?)
        .await?;
    Ok(Sent {
        reference,
        ..Sent::default()
    })
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
