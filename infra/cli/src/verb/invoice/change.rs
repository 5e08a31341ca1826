//! What a person says of an invoice: paid, held, approved, disputed, settled, to be mailed again.
//! Said twice, it changes nothing the second time.

use app::Told;
use app::invoice_news::enter_for_person;
use clap::Args;
use domain::billing::{Happened, Payment};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use store::Store;

use super::list::{as_json, note};
use super::{money, no_such_invoice, somebody};
use crate::failure::Failure;
use crate::show::{BOLD, Cell, DIM, GOOD, Out, columns, paint};
use crate::target::{Target, Where};

#[derive(Debug, Args)]
pub struct Pay {
    /// The invoice's number
    #[arg(value_name = "NUMBER")]
    number: String,
    /// The day on which the money came
    #[arg(long, value_name = "DATE")]
    on: Date,
    /// How much came, such as 1190.00; without it, all that is open
    #[arg(long, value_name = "AMOUNT")]
    amount: Option<String>,
    /// The bank's own id of it; without one, number, day and amount tell a repeat
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn pay(arguments: &Pay, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let number = &arguments.number;
    let Some(standing) = store.standing(number).await? else {
        return Err(no_such_invoice(number, &target.name));
    };
    let currency = standing.life.currency;
    let amount = match &arguments.amount {
        Some(text) => currency.parse(text),
        None => standing.life.open(),
    };
    let amount = amount.map_err(|error| Failure::refused(error.to_string()))?;
    if arguments.amount.is_none() && amount.0 <= 0 {
        let text = format!("nothing is open on {number}: {}", note(&standing));
        out.json(&as_json(&standing));
        out.say(&format!("{} {text}", paint(BOLD, "unchanged")));
        return Ok(());
    }
    let on = arguments.on;
    let plain = || format!("{number}/{on}/{}", money(amount, currency));
    let payment = Payment {
        id: arguments.id.clone().unwrap_or_else(plain),
        on,
        amount,
    };
    let paid = Happened::Paid { payment, currency };
    enter(&store, &target, number, &paid, "baton invoice pay", out).await
}

#[derive(Debug, Args)]
pub struct Approve {
    /// The draft's id, as `baton invoice list --state draft` shows it
    #[arg(value_name = "DRAFT")]
    draft: String,
    /// Decline it instead
    #[arg(long)]
    decline: bool,
    /// Who says so; without it, the user of this machine
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn approve(arguments: &Approve, out: &Out) -> Result<(), Failure> {
    let by = somebody(arguments.by.as_deref());
    let said = match arguments.decline {
        true => Happened::Declined { by },
        false => Happened::Approved { by },
    };
    say(&arguments.place, &arguments.draft, "approve", out, |_| said).await
}

#[derive(Debug, Args)]
pub struct Dispute {
    /// The invoice's number
    #[arg(value_name = "NUMBER")]
    number: String,
    /// What the client says is wrong
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn dispute(arguments: &Dispute, out: &Out) -> Result<(), Failure> {
    let (by, reason) = (arguments.by.clone(), arguments.reason.clone());
    say(&arguments.place, &arguments.number, "dispute", out, |at| {
        Happened::Disputed {
            id: format!("said: {reason}"),
            at,
            by,
            reason,
        }
    })
    .await
}

#[derive(Debug, Args)]
pub struct Settle {
    /// The invoice's number
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Who says so; without it, the user of this machine
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn settle(arguments: &Settle, out: &Out) -> Result<(), Failure> {
    let by = somebody(arguments.by.as_deref());
    say(&arguments.place, &arguments.number, "settle", out, |at| {
        Happened::Settled {
            id: format!("said at {at}"),
            at,
            by,
        }
    })
    .await
}

#[derive(Debug, Args)]
pub struct Resend {
    /// The number of the invoice or credit note
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Who asks for it; without it, the user of this machine
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub async fn resend(arguments: &Resend, out: &Out) -> Result<(), Failure> {
    let by = somebody(arguments.by.as_deref());
    say(&arguments.place, &arguments.number, "resend", out, |at| {
        Happened::ResendAsked { at, by }
    })
    .await
}

/// The one way of whatever a person says of a document: find where it is kept, enter it, show what came of it.
async fn say(
    place: &Where,
    id: &str,
    verb: &str,
    out: &Out,
    said: impl FnOnce(Timestamp) -> Happened,
) -> Result<(), Failure> {
    let target = place.find().await?;
    let store = target.store()?;
    let said = said(store.now());
    enter(
        &store,
        &target,
        id,
        &said,
        &format!("baton invoice {verb}"),
        out,
    )
    .await
}

async fn enter(
    store: &Store,
    target: &Target,
    number: &str,
    happened: &Happened,
    cause: &str,
    out: &Out,
) -> Result<(), Failure> {
    if store.standing(number).await?.is_none() {
        return Err(no_such_invoice(number, &target.name));
    }
    let entered = enter_for_person(store, number, happened, cause).await;
    let entered = entered.map_err(|error| Failure::outside(error.to_string()))?;
    let told = entered.map_err(Failure::refused)?;
    let Some(standing) = store.standing(number).await? else {
        return Err(no_such_invoice(number, &target.name));
    };
    out.json(&as_json(&standing));
    let word = match told {
        Told::Repeat(_) => paint(BOLD, "unchanged"),
        _ => paint(GOOD, "entered"),
    };
    let stands = standing.life.stands.word();
    let note = Some(note(&standing)).filter(|note| !note.is_empty());
    let note = note.map_or_else(String::new, |note| format!(", {note}"));
    out.say(&format!("{word} {number} is {stands}{note}"));
    Ok(())
}

#[derive(Debug, Args)]
pub struct Hold {
    /// A contract, milestone, case or client, by the id that the invoice would name; without it, the holds are listed
    #[arg(value_name = "WHAT")]
    what: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", requires = "what")]
    reason: Option<String>,
    /// Let it go again
    #[arg(long, requires = "what", conflicts_with = "reason")]
    release: bool,
    #[command(flatten)]
    place: Where,
}

pub async fn hold(arguments: &Hold, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    if let Some(what) = &arguments.what {
        if arguments.release {
            store.release_hold(what).await?;
        } else {
            let Some(reason) = arguments.reason.clone() else {
                return Err(Failure::refused("a hold without a reason helps nobody")
                    .help("add --reason \"…\", or --release to let it go"));
            };
            let hold = store::Hold {
                what: what.clone(),
                reason,
                at: store.now(),
            };
            store.hold(&hold).await?;
        }
    }
    let holds = store.holds().await?;
    out.json(&json!({ "target": target.name, "holds": holds }));
    if holds.is_empty() {
        out.say("Nothing is held back.");
        return Ok(());
    }
    let rows: Vec<Vec<Cell>> = holds
        .iter()
        .map(|hold| {
            vec![
                Cell::new(BOLD, hold.what.as_str()),
                hold.reason.as_str().into(),
                Cell::new(DIM, hold.at.strftime("since %Y-%m-%d").to_string()),
            ]
        })
        .collect();
    out.say(&format!(
        "{}\n{}",
        paint(BOLD, "Held back"),
        columns(2, &rows)
    ));
    Ok(())
}
