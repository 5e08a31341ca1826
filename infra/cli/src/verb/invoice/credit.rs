//! `baton invoice credit`: a credit note over all of an invoice, some of its lines, or an amount.

use app::credit::{Part, Request};
use clap::Args;
use serde_json::json;

use super::{money, no_such_invoice};
use crate::failure::Failure;
use crate::show::{GOOD, Out, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The invoice's number
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Only these lines, as `baton invoice show` numbers them
    #[arg(
        long,
        value_name = "IDS",
        value_delimiter = ',',
        conflicts_with = "amount"
    )]
    lines: Vec<String>,
    /// Only this net amount, such as 200.00
    #[arg(long, value_name = "AMOUNT")]
    amount: Option<String>,
    /// Why; the client reads it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Bill the same once more, under the client's rules as they stand now
    #[arg(long, conflicts_with_all = ["lines", "amount"])]
    bill_again: bool,
    #[command(flatten)]
    place: Where,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let number = &arguments.number;
    let Some(standing) = store.standing(number).await? else {
        return Err(no_such_invoice(number, &target.name));
    };
    let currency = standing.life.currency;
    let part = match &arguments.amount {
        Some(text) => {
            let net = currency.parse(text);
            Part::Net(net.map_err(|error| Failure::refused(error.to_string()))?)
        }
        None if arguments.lines.is_empty() => Part::Rest,
        None => Part::Lines(arguments.lines.clone()),
    };
    let request = Request {
        number,
        part,
        reason: &arguments.reason,
        bill_again: arguments.bill_again,
    };
    let credited = app::credit::credit(&store, &request).await;
    let credited = credited.map_err(|error| {
        Failure::outside(error.to_string()).help("`baton invoice show` says whether it is done")
    })?;
    let note = credited.map_err(|reason| {
        Failure::refused(format!("{number} is not credited: {reason}")).help(format!(
            "`baton invoice show {number}` lists its lines and credits"
        ))
    })?;
    out.json(&json!({ "note": note.number, "invoice": number, "total_cents": note.totals.due }));
    out.say(&format!(
        "{} {} takes back {} of {number}; its mail is on the way",
        paint(GOOD, "credited"),
        note.number,
        money(note.totals.due, currency)
    ));
    Ok(())
}
