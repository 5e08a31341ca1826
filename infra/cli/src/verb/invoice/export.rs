//! `baton invoice export`: every issued document for the bookkeeping, a line for each tax on it.
//! Amounts are positive on credit notes too; `type` 381 tells them.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use domain::billing::{Invoice, Kind, VatGroup};
use serde_json::json;
use store::Standing;

use crate::failure::Failure;
use crate::show::{GOOD, Out, paint};
use crate::target::Where;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to; `-` writes to standard output
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    #[command(flatten)]
    place: Where,
}

const HEAD: [&str; 20] = [
    "number",
    "type",
    "issue_date",
    "due_date",
    "client",
    "buyer",
    "buyer_vat_id",
    "title",
    "currency",
    "vat_category",
    "vat_percent",
    "taxable",
    "tax",
    "net",
    "tax_total",
    "gross",
    "due",
    "open",
    "state",
    "credits",
];

pub async fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let target = arguments.place.find().await?;
    let store = target.store()?;
    let mut csv = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Failure::outside(error.to_string());
    csv.write_record(HEAD).map_err(failed)?;
    let mut documents = 0;
    for standing in store.standings().await? {
        let Some(invoice) = store.invoice(&standing.id).await? else {
            continue;
        };
        documents += 1;
        for group in &invoice.totals.vat_groups {
            csv.write_record(record(&standing, &invoice, group))
                .map_err(failed)?;
        }
    }
    let bytes = csv
        .into_inner()
        .map_err(|error| Failure::outside(error.to_string()))?;
    let file = &arguments.csv;
    if file.as_os_str() == "-" {
        let _ = std::io::stdout().lock().write_all(&bytes);
        return Ok(());
    }
    std::fs::write(file, &bytes)
        .map_err(|error| Failure::refused(format!("{}: {error}", file.display())))?;
    out.json(&json!({ "documents": documents, "file": file }));
    out.say(&format!(
        "{} {documents} documents to {}",
        paint(GOOD, "wrote"),
        file.display()
    ));
    Ok(())
}

fn record(standing: &Standing, invoice: &Invoice, group: &VatGroup) -> Vec<String> {
    let content = &invoice.content;
    let totals = &invoice.totals;
    let amount = |minor| content.currency.decimal(minor).to_string();
    let preceding = content.references.preceding.as_ref();
    let due_date = match content.kind {
        Kind::Invoice => invoice.due_date.to_string(),
        Kind::CreditNote => String::new(),
    };
    let open = match content.kind {
        Kind::Invoice => standing.life.open().map(amount).unwrap_or_default(),
        Kind::CreditNote => String::new(),
    };
    vec![
        invoice.number.to_string(),
        content.kind.type_code().to_owned(),
        invoice.issue_date.to_string(),
        due_date,
        plain(standing.client.as_str()),
        plain(&content.buyer.name),
        plain(content.buyer.vat_id.as_deref().unwrap_or_default()),
        plain(&standing.title),
        content.currency.to_string(),
        group.vat.category.to_string(),
        group.vat.percent.normalize().to_string(),
        amount(group.taxable),
        amount(group.tax),
        amount(totals.net),
        amount(totals.vat),
        amount(totals.gross),
        amount(totals.due),
        open,
        standing.life.stands.word().to_owned(),
        preceding.map_or_else(String::new, |invoice| invoice.number.to_string()),
    ]
}

/// A text that a spreadsheet can not take for a formula.
fn plain(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
