//! `baton invoice`: what was billed and what a bill looks like.
//! It must not decide what follows; it shows what the domain and the pages make of it.

mod preview;

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::show::Out;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write an invoice's PDF, its XML and its totals from a file, without issuing anything
    Preview(preview::Arguments),
    /// Print the shipped template, to begin an own one: `baton invoice template > my-company/invoice/invoice.typ`
    Template,
}

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    match &arguments.what {
        What::Preview(arguments) => preview::run(arguments, out),
        What::Template => {
            out.say(pages::invoice::TEMPLATE.trim_end());
            Ok(())
        }
    }
}
