//! `baton invoice show`: one document as it was issued, and everything that happened to it.

use clap::Args;
use domain::billing::{Happened, Invoice, Kind};
use serde::Serialize;
use serde_json::json;
use store::{Entered, KnownEntry, Standing, Store};

use super::list::{as_json, note};
use super::{money, no_such_invoice};
use crate::failure::Failure;
use crate::names::Names;
use crate::show::{BOLD, Cell, DIM, Out, columns, paint};
use crate::target::Where;
use crate::timeline;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Its number, or a draft's id
    #[arg(value_name = "NUMBER")]
    number: String,
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
    let invoice = store.invoice(number).await?;
    let history = store.entered(number).await?;
    let names = match store.company().await {
        Ok(company) => Names::new(&company.team, company.clients.values()),
        Err(_) => Names::unknown(),
    };
    let time = entries(&store, invoice.as_ref()).await?;
    out.json(&json!({
        "stands": as_json(&standing),
        "document": invoice,
        "time": time,
        "history": history,
    }));
    if !out.is_json {
        out.say(&told(&standing, invoice.as_ref(), &history, &names));
        if !time.is_empty() {
            let head = paint(BOLD, "Time on it, line by line");
            out.say(&format!("\n{head}"));
        }
        for of_line in &time {
            let known = timeline::entries(&of_line.entries, &names);
            out.say(&format!(
                "{}\n{known}",
                paint(DIM, &format!("line {}", of_line.line))
            ));
        }
    }
    Ok(())
}

/// The entries of time that one line bills.
#[derive(Debug, Serialize)]
struct OfLine {
    line: String,
    entries: Vec<KnownEntry>,
}

async fn entries(store: &Store, invoice: Option<&Invoice>) -> Result<Vec<OfLine>, Failure> {
    let mut time = Vec::new();
    let lines = invoice
        .into_iter()
        .flat_map(|invoice| &invoice.content.lines);
    for line in lines.filter(|line| !line.entries.is_empty()) {
        let mut entries = Vec::new();
        for id in &line.entries {
            entries.extend(store.time_entry(id).await?);
        }
        time.push(OfLine {
            line: line.id.clone(),
            entries,
        });
    }
    Ok(time)
}

fn told(
    standing: &Standing,
    invoice: Option<&Invoice>,
    history: &[Entered],
    names: &Names,
) -> String {
    let life = &standing.life;
    let what = match life.kind {
        Kind::Invoice => "Invoice",
        Kind::CreditNote => "Credit note",
    };
    let mut parts = vec![
        paint(
            BOLD,
            &format!(
                "{what} {} to {}",
                standing.id,
                names.client(&standing.client)
            ),
        ),
        format!("  {}, {}", life.stands.word(), note(standing)),
    ];
    if let Some(invoice) = invoice {
        parts.push(String::new());
        parts.push(document(invoice));
    }
    parts.push(String::new());
    let rows: Vec<Vec<Cell>> = history
        .iter()
        .map(|entered| {
            vec![
                Cell::new(DIM, names.moment(entered.at)),
                happened(&entered.happened).into(),
                Cell::new(DIM, entered.cause.as_str()),
            ]
        })
        .collect();
    parts.push(columns(2, &rows));
    parts.join("\n")
}

fn document(invoice: &Invoice) -> String {
    let currency = invoice.content.currency;
    let amount = |minor| money(minor, currency);
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (line, total) in invoice.content.lines.iter().zip(&invoice.totals.lines) {
        rows.push(vec![
            Cell::new(DIM, line.id.as_str()),
            line.text.as_str().into(),
            format!("{} {}", line.quantity.normalize(), line.unit).into(),
            amount(total.net).into(),
        ]);
    }
    for group in &invoice.totals.vat_groups {
        let vat = group.vat;
        rows.push(vec![
            "".into(),
            Cell::new(
                DIM,
                format!(
                    "{} {} % on {}",
                    vat.category,
                    vat.percent.normalize(),
                    amount(group.taxable)
                ),
            ),
            "".into(),
            amount(group.tax).into(),
        ]);
    }
    let due = amount(invoice.totals.due);
    rows.push(vec![
        "".into(),
        Cell::new(BOLD, "to be paid"),
        "".into(),
        Cell::new(BOLD, due),
    ]);
    columns(2, &rows)
}

fn happened(happened: &Happened) -> String {
    match happened {
        Happened::Waits(_) => "waits".into(),
        Happened::Approved { by } => format!("approved by {by}"),
        Happened::Declined { by } => format!("declined by {by}"),
        Happened::Issued => "issued".into(),
        Happened::Mailed { .. } => "mailed".into(),
        Happened::Bounced {
            address, reason, ..
        } => format!("bounced from {address}: {reason}"),
        Happened::Paid { payment, currency } => {
            let amount = money(payment.amount, *currency);
            format!("{amount} paid on {} ({})", payment.on, payment.id)
        }
        Happened::Disputed { reason, .. } => format!("disputed: {reason}"),
        Happened::Settled { by, .. } => format!("settled by {by}"),
        Happened::Credited(credit) => format!("credited by {}", credit.note),
        Happened::ReminderDue { .. } => "reminder due".into(),
        Happened::ResendAsked { by, .. } => format!("to be mailed again, says {by}"),
    }
}
