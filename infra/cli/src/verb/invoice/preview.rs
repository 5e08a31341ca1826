//! `baton invoice preview`: an invoice's PDF, XML and totals from a file of its data; nothing is numbered, kept or mailed.
//! It must not let through what could not be issued.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::billing::{Draft, Invoice, InvoiceNumber, Problem};
use domain::company::Letterhead;
use einvoice::{NotWritten, UblRules};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::show::Out;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The invoice's data: what a draft says, with `number` and `issue_date`; or one that was issued
    #[arg(value_name = "FILE.json")]
    file: PathBuf,
    /// Where the files are written
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// A company's folder, for its own template and logo
    #[arg(long, value_name = "DIR")]
    company: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    let file = &arguments.file;
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::refused(format!("{}: {error}", file.display())))?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::refused(format!("{}: {error}", file.display())))?;
    let invoice = read(value, jiff::Zoned::now().date())
        .map_err(|error| Failure::refused(format!("{}: {error}", file.display())))?;
    let letterhead = match &arguments.company {
        None => Letterhead::default(),
        Some(folder) => {
            let files = loader::read_folder(folder).map_err(|error| {
                Failure::refused(format!("the folder can not be read: {error}"))
            })?;
            loader::letterhead(&files)
        }
    };
    let written = write(&invoice, &letterhead, &arguments.out)?;
    out.json(&json!({ "files": written.files, "totals": invoice.totals, "not_electronic": written.why_no_xml }));
    if !out.is_json {
        let mut said = written.files.join("\n");
        if let Some(why) = &written.why_no_xml {
            said = format!("{said}\n{why}");
        }
        out.say(&said);
    }
    Ok(())
}

/// An issued invoice as it is, or a draft with what is the same in most of them filled in.
fn read(value: Value, today: Date) -> Result<Invoice, String> {
    let Value::Object(mut fields) = value else {
        return Err("it is not an object; write the invoice's fields in { }".into());
    };
    if fields.contains_key("content") && fields.contains_key("totals") {
        return serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string());
    }
    let number = fields.remove("number").unwrap_or_else(|| "PREVIEW".into());
    let number: InvoiceNumber =
        serde_json::from_value(number).map_err(|error| format!("number: {error}"))?;
    let issue_date = match fields.remove("issue_date") {
        None => today,
        Some(date) => {
            serde_json::from_value(date).map_err(|error| format!("issue_date: {error}"))?
        }
    };
    for (name, usual) in usual(issue_date) {
        fields.entry(name).or_insert(usual);
    }
    let draft: Draft =
        serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
    let problems = [
        pages::invoice::unprintable(&draft),
        einvoice::check(&draft),
        draft.check(),
    ];
    let problems: Vec<Problem> = problems
        .into_iter()
        .filter_map(Result::err)
        .flatten()
        .collect();
    if !problems.is_empty() {
        let listed: Vec<String> = problems.iter().map(Problem::to_string).collect();
        return Err(format!("it could not be issued\n  {}", listed.join("\n  ")));
    }
    draft
        .issue(number, issue_date)
        .map_err(|error| error.to_string())
}

fn usual(issue_date: Date) -> Map<String, Value> {
    let usual = json!({
        "kind": "invoice",
        "series": "preview",
        "language": "en",
        "send_to": ["preview@client.example"],
        "terms_days": 14,
        "delivered": { "on": issue_date },
        "references": {},
        "po_required": false,
        "bills": [],
    });
    usual.as_object().cloned().unwrap_or_default()
}

struct Written {
    files: Vec<String>,
    why_no_xml: Option<String>,
}

fn write(invoice: &Invoice, letterhead: &Letterhead, folder: &Path) -> Result<Written, Failure> {
    let refused = |error: &dyn std::error::Error| Failure::refused(error.to_string());
    let set = |cii: Option<&str>| {
        pages::invoice::set(invoice, cii, letterhead).map_err(|error| match error.line() {
            Some(line) => Failure::refused(format!("invoice/invoice.typ, line {line}: {error}")),
            None => refused(&error),
        })
    };
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    let rules = UblRules::of(invoice.content.format).unwrap_or(UblRules::Peppol);
    let why_no_xml = match einvoice::cii(invoice) {
        Ok(cii) => {
            let pdf = set(Some(&cii))?;
            let ubl = einvoice::ubl(invoice, rules).map_err(|error| refused(&error))?;
            files.push(("pdf", pdf));
            files.push(("cii.xml", cii.into_bytes()));
            files.push(("ubl.xml", ubl.into_bytes()));
            None
        }
        Err(NotWritten::NotCarried(why)) => {
            let pdf = set(None)?;
            files.push(("pdf", pdf));
            Some(why.to_string())
        }
        Err(error) => return Err(refused(&error)),
    };
    let totals = format!("{:#}\n", json!(invoice.totals));
    files.push(("totals.json", totals.into_bytes()));
    let outside = |path: &Path, error| {
        Failure::outside(format!("{} cannot be written: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| outside(folder, error))?;
    let name = invoice.number.as_str().replace(['/', '\\'], "_");
    let mut written = Vec::new();
    for (ending, bytes) in files {
        let path = folder.join(format!("{name}.{ending}"));
        std::fs::write(&path, bytes).map_err(|error| outside(&path, error))?;
        written.push(path.display().to_string());
    }
    Ok(Written {
        files: written,
        why_no_xml,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn data() -> Value {
        let party = |name: &str| {
            json!({
                "name": name,
                "address": { "street": "Musterstraße 1", "postcode": "10115", "city": "Berlin", "country": "DE" },
                "vat_id": "DE123456788",
            })
        };
        json!({
            "number": "R/1",
            "issue_date": "2026-11-22",
            "seller": party("Sample Studio GmbH"),
            "buyer": party("Harbour Clinic GmbH"),
            "bank": { "iban": "DE02120300000000202051" },
            "currency": "EUR",
            "lines": [{ "id": "1", "text": "Work", "quantity": "10", "unit": "HUR", "price": "85.00",
                        "vat": { "category": "S", "percent": "19" } }],
        })
    }

    #[test]
    fn a_file_becomes_documents_and_totals() {
        let folder = tempfile::tempdir().unwrap();
        let invoice = read(data(), date(2026, 1, 1)).unwrap();
        let written = write(&invoice, &Letterhead::default(), folder.path()).unwrap();
        assert_eq!(written.why_no_xml, None);
        let mut names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["R_1.cii.xml", "R_1.pdf", "R_1.totals.json", "R_1.ubl.xml"]
        );
        let totals = std::fs::read_to_string(folder.path().join("R_1.totals.json")).unwrap();
        assert!(totals.contains("\"gross\": 101150"), "{totals}");
        // What was issued is shown as it is.
        let again = read(json!(invoice), date(2026, 1, 1)).unwrap();
        assert_eq!(again, invoice);
    }

    #[test]
    fn what_could_not_be_issued_is_refused_with_every_reason() {
        let mut wrong = data();
        wrong["buyer"]["name"] = "東京".into();
        wrong["lines"][0]["unit"] = "ZZ9".into();
        wrong["bank"] = Value::Null;
        let told = read(wrong, date(2026, 1, 1)).unwrap_err();
        for field in ["buyer.name", "lines[0].unit", "bank"] {
            assert!(told.contains(field), "{told}");
        }
        let told = read(json!({ "currency": "EUR" }), date(2026, 1, 1)).unwrap_err();
        assert_eq!(told, "missing field `seller`");
    }

    #[test]
    fn a_currency_that_the_norm_has_no_decimals_for_is_paper_only() {
        let folder = tempfile::tempdir().unwrap();
        let mut dinar = data();
        dinar["currency"] = "KWD".into();
        let invoice = read(dinar, date(2026, 1, 1)).unwrap();
        let written = write(&invoice, &Letterhead::default(), folder.path()).unwrap();
        assert_eq!(written.files.len(), 2);
        let why = written.why_no_xml.unwrap();
        assert!(why.contains("3 decimals"), "{why}");
    }
}
