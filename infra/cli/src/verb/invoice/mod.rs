//! `baton invoice`: what was billed, where it stands, and what a person may say of it.
//! It must not decide what follows; it enters what happened and shows what came of it.

mod change;
mod credit;
mod export;
mod list;
mod preview;
mod run;
mod show;

use clap::{Args, Subcommand};
use domain::billing::{Currency, Minor, Money};

use crate::failure::Failure;
use crate::show::Out;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List invoices, credit notes and drafts with what is open
    List(list::Arguments),
    /// Show one: its lines, totals and everything that happened to it
    Show(show::Arguments),
    /// Enter a payment
    Pay(change::Pay),
    /// Take it back by a credit note, wholly or in part
    Credit(credit::Arguments),
    /// Hold back whatever bills a contract, a case or a client, or let it go again
    Hold(change::Hold),
    /// Bill a month: fees of agreements and time, each once however often it is run
    Run(run::Arguments),
    /// Let a draft above the client's limit be issued
    Approve(change::Approve),
    /// Enter that the client disputes it; reminders stop
    Dispute(change::Dispute),
    /// Enter that the dispute is over
    Settle(change::Settle),
    /// Mail the document once more, as it was issued
    Resend(change::Resend),
    /// Write an invoice's PDF, its XML and its totals from a file, without issuing anything
    Preview(preview::Arguments),
    /// Print the shipped template, to begin an own one: `baton invoice template > my-company/invoice/invoice.typ`
    Template,
    /// Write every issued document to a file, a line for each tax on it
    Export(export::Arguments),
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    match &arguments.what {
        What::List(arguments) => list::run(arguments, out).await,
        What::Show(arguments) => show::run(arguments, out).await,
        What::Pay(arguments) => change::pay(arguments, out).await,
        What::Credit(arguments) => credit::run(arguments, out).await,
        What::Hold(arguments) => change::hold(arguments, out).await,
        What::Run(arguments) => run::run(arguments, out).await,
        What::Approve(arguments) => change::approve(arguments, out).await,
        What::Dispute(arguments) => change::dispute(arguments, out).await,
        What::Settle(arguments) => change::settle(arguments, out).await,
        What::Resend(arguments) => change::resend(arguments, out).await,
        What::Preview(arguments) => preview::run(arguments, out),
        What::Template => {
            out.say(pages::invoice::TEMPLATE.trim_end());
            Ok(())
        }
        What::Export(arguments) => export::run(arguments, out).await,
    }
}

fn money(minor: Minor, currency: Currency) -> String {
    Money { minor, currency }.to_string()
}

fn no_such_invoice(number: &str, target: &str) -> Failure {
    Failure::refused(format!("there is no invoice {number} in {target}"))
        .help("`baton invoice list` shows those that there are")
}

/// Whoever says it, where nobody is named: the user of this machine.
fn somebody(by: Option<&str>) -> String {
    let user = || std::env::var("USER").ok();
    by.map(str::to_owned)
        .or_else(user)
        .unwrap_or_else(|| "somebody".to_owned())
}
