//! Reads invoice vectors on standard input, prints their totals as one JSON object, and writes each as CII, UBL and PDF.
//!
//! `cargo run -p einvoice --example invoices -- --out DIR [--ubl xrechnung|peppol] < tests/vectors/invoice.json`
//!
//! Parties and dates, which vectors leave open, are samples that keep the law of the vector's VAT categories. Where
//! EN 16931 has no way to say a document there is a plain PDF and a word why on standard error.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line"
)]

mod sample;
mod vector;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use einvoice::UblRules;
use serde_json::{Map, Value, json};

use vector::Vector;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every vector could be written.
fn run() -> Result<bool, String> {
    let (out, rules) = arguments()?;
    if let Some(out) = &out {
        std::fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
    }
    let mut input = String::new();
    std::io::stdin()
        .read_to_string(&mut input)
        .map_err(|error| format!("standard input: {error}"))?;
    let file: Value =
        serde_json::from_str(&input).map_err(|error| format!("standard input: {error}"))?;
    let mut totals = Map::new();
    let mut all = true;
    for (at, vector) in vector::vectors(&file)?.into_iter().enumerate() {
        let id = vector["id"]
            .as_str()
            .map_or_else(|| at.to_string(), str::to_owned);
        let shown = one(&id, vector, out.as_deref(), rules).unwrap_or_else(|error| {
            eprintln!("{id}: {error}");
            all = false;
            json!({ "error": error })
        });
        totals.insert(id, shown);
    }
    println!("{:#}", Value::Object(totals));
    Ok(all)
}

fn arguments() -> Result<(Option<PathBuf>, UblRules), String> {
    const USAGE: &str = "invoices [--out DIR] [--ubl xrechnung|peppol] < FILE.json";
    let (mut out, mut rules) = (None, UblRules::Xrechnung);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next().as_deref()) {
            ("--out", Some(folder)) => out = Some(PathBuf::from(folder)),
            ("--ubl", Some("xrechnung")) => rules = UblRules::Xrechnung,
            ("--ubl", Some("peppol")) => rules = UblRules::Peppol,
            _ => return Err(USAGE.into()),
        }
    }
    Ok((out, rules))
}

fn one(id: &str, value: &Value, out: Option<&Path>, rules: UblRules) -> Result<Value, String> {
    let vector = Vector::read(value)?;
    let draft = sample::draft(&vector).map_err(|error| error.to_string())?;
    let shown = vector.shaped(&draft.totals().map_err(|error| error.to_string())?);
    let Some(out) = out else {
        return Ok(shown);
    };
    let (invoice, refused) = sample::invoice(&vector.id, draft)?;
    if let Some(refused) = refused {
        eprintln!("{id}: {refused}");
    }
    let name = file_name(id);
    let write = |ending: &str, bytes: &[u8]| {
        let path = out.join(format!("{name}.{ending}"));
        std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))
    };
    let pdf = match einvoice::cii(&invoice) {
        Ok(cii) => {
            let ubl = einvoice::ubl(&invoice, rules).map_err(|error| error.to_string())?;
            write("cii.xml", cii.as_bytes())?;
            write("ubl.xml", ubl.as_bytes())?;
            pages::invoice::hybrid_pdf(&invoice, &cii)
        }
        Err(why) => {
            eprintln!("{id}: {why}");
            pages::invoice::pdf(&invoice)
        }
    };
    write("pdf", &pdf.map_err(|error| error.to_string())?)?;
    Ok(shown)
}

/// An id names files beside each other and never a place elsewhere.
fn file_name(id: &str) -> String {
    id.replace(['/', '\\', ':'], "_")
}
