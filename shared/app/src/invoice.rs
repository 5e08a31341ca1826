//! An owed invoice is checked, numbered, rendered, kept and mailed: once, whatever the repeats.
//! Figures, numbers and what an invoice must say are `domain::billing`'s.

use domain::billing::{Invoice, Letter, Stands};
use domain::value::Values;
use serde_json::Value;
use store::{Before, Standing, Store};

use crate::executor::{self, Act, Claimed, Sent};
use crate::invoice_draft::Asked;
use crate::invoice_issue::Issuing;
use crate::invoice_letter::letter;
use crate::invoice_news;
use crate::outcome::{Told, TryAgain};
use crate::papers::Papers;
use crate::post::Post;

/// # Errors
/// Only what may succeed when the same event is delivered again.
pub async fn handle(store: &Store, post: &Post, event: Value) -> Result<Told, TryAgain> {
    executor::handle_and_enter(
        store,
        &event,
        async |claimed| match invoice_news::letter_of(&claimed.effect) {
            Some((number, letter)) => {
                let invoice = store.invoice(number).await?;
                let invoice =
                    invoice.ok_or_else(|| Act::Refused(format!("there is no invoice {number}")))?;
                mail(store, post, claimed, (&invoice, None), letter).await
            }
            None => bill(store, post, claimed).await,
        },
        async |row| invoice_news::was_mailed(store, row).await,
    )
    .await
}

/// The reference of an effect that came to a month of which all was billed or corrected away.
pub(crate) const NOTHING_LEFT: &str = "nothing is left to bill";

async fn bill(store: &Store, post: &Post, claimed: &Claimed<'_>) -> Result<Sent, Act> {
    let owed_by = format!("{}/{}", claimed.row.case, claimed.row.effect);
    let asked = Asked::of(&claimed.effect, &owed_by)
        .ok_or_else(|| Act::Refused("this effect is not an invoice".into()))?;
    let Before {
        billed,
        waited,
        holds,
    } = store
        .before_issue(asked.bills, &owed_by, &asked.named())
        .await?;
    let issued = match billed {
        Some(issued) => Some(issued),
        None => {
            let issuing = Issuing::begin(store, claimed, &asked).await?;
            issuing.issue(waited, &holds).await?
        }
    };
    let Some(issued) = issued else {
        store.forget_draft(&owed_by).await?;
        return Ok(Sent {
            reference: NOTHING_LEFT.to_owned(),
            ..Sent::default()
        });
    };
    let invoice = issued.invoice;
    let sent = Sent {
        reference: invoice.number.to_string(),
        values: values(&invoice),
    };
    // Another case may have billed the same part first; the client has that invoice already.
    if issued.owed_by_us {
        let invoice = (&invoice, issued.standing);
        mail(store, post, claimed, invoice, Letter::First).await?;
    }
    Ok(sent)
}

/// One mail with the document as it was issued, unless it is of no use any more. Beside it where it stands, if it was
/// issued just now.
async fn mail(
    store: &Store,
    post: &Post,
    claimed: &Claimed<'_>,
    (invoice, issued): (&Invoice, Option<Standing>),
    which: Letter,
) -> Result<Sent, Act> {
    let number = &invoice.number;
    let is_new = issued.is_some();
    let standing = match issued {
        Some(standing) => standing,
        None => {
            let missing = || Act::Refused(format!("invoice {number} has no life"));
            store.standing(number.as_str()).await?.ok_or_else(missing)?
        }
    };
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
    let letterhead = &company.team.letterhead;
    let papers = match is_new {
        true => Papers::make(store, invoice, letterhead).await?,
        false => Papers::kept(store, invoice, letterhead).await?,
    };
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
