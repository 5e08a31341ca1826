//! What happens to an invoice is entered where it stands: money, disputes, bounces, approvals, reminders.
//! What it changes is `domain::billing`'s to say; who sent the news does not matter here.

use domain::billing::{
    ATTENTION_EVENT, Change, Currency, Happened, Letter, Money, NoChange, Owes, Payment, Stands,
};
use domain::case::Effect;
use domain::event::{Envelope, Metadata, WORKFLOW_SOURCE};
use domain::value::Values;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::json;
use store::{Company, EffectRow, Entered, Standing, Store, StoreError};

use crate::invoice_letter;
use crate::outcome::{Halt, Told, TryAgain};
use crate::park;

/// How often a change is decided anew because another was first.
const MOST_ATTEMPTS: u32 = 12;

/// The detail-types that concern an invoice, whoever sends them.
const HEARD: [&str; 6] = [
    "payment.received",
    "mail.bounced",
    "invoice.disputed",
    "invoice.settled",
    "invoice.approved",
    "invoice.declined",
];

/// Longer than any number of a series and any draft's id.
const LONGEST_ID_BYTES: usize = 200;

/// Whether this event is about an invoice that stands somewhere.
pub fn concerns(envelope: &Envelope) -> bool {
    HEARD.contains(&envelope.detail_type.as_str())
}

#[derive(Deserialize)]
struct PaymentReceived {
    #[serde(alias = "invoice_number")]
    invoice: String,
    amount_cents: i64,
    currency: Currency,
    paid_on: Date,
    /// The payer's or the bank's own id; without it the event's.
    #[serde(default)]
    payment_id: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(alias = "invoice_number")]
    invoice: String,
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    /// Of a mail that came back.
    #[serde(default)]
    address: Option<String>,
}

pub(crate) async fn report(store: &Store, envelope: &Envelope) -> Result<Told, Halt> {
    let company = store.company().await?;
    let event = company.event_id(envelope);
    let cause = format!("{} from {}", envelope.detail_type, envelope.source);
    let own = envelope.detail.get("metadata").is_some();
    let stated = own.then(|| &envelope.detail["data"]);
    let data = stated.unwrap_or(&envelope.detail).clone();
    let wrong = |error: serde_json::Error| {
        Halt::Never(format!("the detail of {}: {error}", envelope.detail_type))
    };
    if envelope.detail_type == "payment.received" {
        let payment: PaymentReceived = serde_json::from_value(data).map_err(wrong)?;
        may_be_one(&payment.invoice)?;
        let happened = Happened::Paid {
            payment: Payment {
                id: payment.payment_id.unwrap_or(event.0),
                on: payment.paid_on,
                amount: domain::billing::Minor(payment.amount_cents),
            },
            currency: payment.currency,
        };
        return happen(store, &payment.invoice, &happened, &cause).await;
    }
    let said: Said = serde_json::from_value(data).map_err(wrong)?;
    may_be_one(&said.invoice)?;
    let heard = company
        .triggers
        .hears(&envelope.source, &envelope.detail_type);
    if heard && store.standing(&said.invoice).await?.is_none() {
        // The case that the same event starts has an owner, who will see that the number is nobody's.
        return Ok(Told::Done(format!("there is no invoice {}", said.invoice)));
    }
    // A workflow's answer is that of its case; its history says who gave it.
    let cause_of = |metadata: Metadata| metadata.causation_id.split('/').next().map(str::to_owned);
    let sender = || envelope.metadata().and_then(cause_of);
    let somebody = said.by.clone().or_else(sender);
    let somebody = somebody.unwrap_or_else(|| envelope.source.clone());
    let at = envelope.time;
    let happened = match envelope.detail_type.as_str() {
        "invoice.disputed" => Happened::Disputed {
            id: event.0,
            at,
            by: said.by,
            reason: said.reason.unwrap_or_else(|| "no reason was given".into()),
        },
        "mail.bounced" => Happened::Bounced {
            id: event.0,
            at,
            address: said.address.unwrap_or_else(|| "its address".into()),
            reason: said.reason.unwrap_or_else(|| "no reason was given".into()),
        },
        "invoice.settled" => Happened::Settled {
            id: event.0,
            at,
            by: somebody,
        },
        "invoice.approved" => Happened::Approved { by: somebody },
        _ => Happened::Declined { by: somebody },
    };
    happen(store, &said.invoice, &happened, &cause).await
}

/// What is no number at all is said so in a few words, and nobody looks for it.
fn may_be_one(id: &str) -> Result<(), Halt> {
    if (1..=LONGEST_ID_BYTES).contains(&id.len()) {
        return Ok(());
    }
    let bytes = id.len();
    Err(Halt::Never(format!(
        "no invoice has a number of {bytes} bytes; `baton invoice list` shows those that there are"
    )))
}

/// Enters what happened to an invoice, once, and owes what follows.
///
/// # Errors
/// `Never` where it can not happen, with the reason.
pub(crate) async fn happen(
    store: &Store,
    id: &str,
    happened: &Happened,
    cause: &str,
) -> Result<Told, Halt> {
    happen_where(store, id, happened, cause, |_| true).await
}

/// Enters it only where the invoice stands so that it is news.
async fn happen_where(
    store: &Store,
    id: &str,
    happened: &Happened,
    cause: &str,
    is_news: impl Fn(&Standing) -> bool,
) -> Result<Told, Halt> {
    for attempt in 1..=MOST_ATTEMPTS {
        let Some(standing) = store.standing(id).await? else {
            return Err(Halt::Never(format!(
                "there is no invoice {id}; `baton invoice list` shows those that there are"
            )));
        };
        if !is_news(&standing) {
            return Ok(Told::Repeat(format!("{id}: it went on from there")));
        }
        let change = match standing.life.after(happened) {
            Ok(change) => change,
            Err(NoChange::Repeat(text)) => return Ok(Told::Repeat(format!("{id}: {text}"))),
            Err(NoChange::Never(text)) => return Err(Halt::Never(format!("{id}: {text}"))),
        };
        match enter(store, &standing, &change, happened, cause).await {
            Ok(()) => return Ok(Told::Done(format!("{id} is {}", change.life.stands.word()))),
            Err(StoreError::Conflict { .. }) => store.pause(attempt.min(4)).await,
            Err(error) => return Err(error.into()),
        }
    }
    let text = format!("{id}: others were first {MOST_ATTEMPTS} times");
    Err(Halt::Later(TryAgain(text)))
}

/// For whoever tells an invoice something without an event: a command, a sweep.
///
/// # Errors
/// The reason why it can not happen, or why it can not be said now.
pub async fn enter_for_person(
    store: &Store,
    id: &str,
    happened: &Happened,
    cause: &str,
) -> Result<Result<Told, String>, TryAgain> {
    match happen(store, id, happened, cause).await {
        Ok(told) => Ok(Ok(told)),
        Err(Halt::Never(reason)) => Ok(Err(reason)),
        Err(Halt::Later(again)) => Err(again),
    }
}

/// Saves a decided change with its effects. What nobody listens for is parked with an owner instead of lost.
pub(crate) async fn enter(
    store: &Store,
    standing: &Standing,
    change: &Change,
    happened: &Happened,
    cause: &str,
) -> Result<(), StoreError> {
    let entered = Entered {
        at: store.now(),
        cause: cause.to_owned(),
        happened: happened.clone(),
    };
    let company = store.company().await?;
    let owes = effects(standing, change);
    // Parked first: should this end in between, the repeat parks the same once and saves the change.
    for news in unheard(&company, &owes) {
        park::keep_news(store, &company, standing, news).await?;
    }
    store.save_standing(standing, change, &entered, &owes).await
}

/// What a change owes, as rows of the invoice's outbox.
pub(crate) fn effects(standing: &Standing, change: &Change) -> Vec<Effect> {
    let event = |event: &str, about: &str, text: String| Effect::Emit {
        event: event.to_owned(),
        values: values(standing, about, text),
    };
    let owed = change.owes.iter().map(|owes| match owes {
        Owes::Mail(letter) => Effect::InvoiceMail {
            number: standing.id.clone(),
            letter: *letter,
        },
        Owes::News(news) => event(news.event(), news.event(), words(&change.life)),
        Owes::Attention { about, text } => event(ATTENTION_EVENT, about, text.clone()),
    });
    owed.collect()
}

fn values(standing: &Standing, about: &str, text: String) -> Values {
    let total = Money {
        minor: standing.life.due,
        currency: standing.life.currency,
    };
    let values = json!({
        "attention": format!("{}/{}/{about}", standing.id, standing.version + 1),
        "about": about,
        "text": text,
        "invoice": standing.id,
        "title": standing.title,
        "total": total.to_string(),
        "client_id": standing.client,
        "owed_by": standing.owed_by,
    });
    values.as_object().cloned().unwrap_or_default()
}

/// Why it stands as it stands, in a sentence.
fn words(life: &domain::billing::Life) -> String {
    match &life.stands {
        Stands::Draft { waits } => waits.words(life.currency),
        Stands::Approved { by } => format!("{by} approved it"),
        Stands::Disputed { reason, .. } => format!("disputed: {reason}"),
        Stands::Paid { on } => format!("paid on {on}"),
        Stands::Credited { note } => format!("taken back by {note}"),
        Stands::Bounced { reason, .. } => reason.clone(),
        Stands::Issued | Stands::Mailed { .. } => life.stands.word().to_owned(),
    }
}

/// What somebody must hear and no workflow listens for.
fn unheard<'o>(company: &Company, owes: &'o [Effect]) -> Vec<(&'o str, &'o Values)> {
    let missed = owes.iter().filter_map(|effect| match effect {
        Effect::Emit { event, values } => {
            let must = event == ATTENTION_EVENT || event == "invoice.approval_needed";
            let heard = company.triggers.hears(WORKFLOW_SOURCE, event);
            (must && !heard).then_some((event.as_str(), values))
        }
        _ => None,
    });
    missed.collect()
}

/// The mails that an invoice owes say which of them they are.
pub(crate) fn letter_of(effect: &Effect) -> Option<(&str, Letter)> {
    match effect {
        Effect::InvoiceMail { number, letter } => Some((number, *letter)),
        _ => None,
    }
}

/// How the reference of a letter begins that was of no use any more.
pub(crate) const NOT_SENT: &str = "not sent";

/// Enters that a letter went out, once its row says so: nothing else may lie between the mailer's answer and that row.
pub(crate) async fn was_mailed(store: &Store, row: &EffectRow) -> Result<(), TryAgain> {
    let effect = row.effect()?;
    let values = row.values()?;
    let is_bill = effect.bills().is_some();
    let billed = || Some((values.get("number")?.as_str()?, Letter::First));
    let Some((number, which)) = letter_of(&effect).or_else(|| billed().filter(|_| is_bill)) else {
        return Ok(());
    };
    let reference = row.reference.as_deref().unwrap_or_default();
    if reference.starts_with(NOT_SENT) {
        return Ok(());
    }
    let owed_by = format!("{}/{}", row.case, row.effect);
    let is_news = |standing: &Standing| {
        // The same part may have been billed by another case, whose letter it is then.
        let is_ours = !is_bill || standing.owed_by == owed_by;
        is_ours && (which != Letter::First || standing.life.stands == Stands::Issued)
    };
    let mailed = Happened::Mailed { at: store.now() };
    let cause = invoice_letter::name(which);
    match happen_where(store, number, &mailed, cause, is_news).await {
        Ok(_) | Err(Halt::Never(_)) => Ok(()),
        Err(Halt::Later(again)) => Err(again),
    }
}
