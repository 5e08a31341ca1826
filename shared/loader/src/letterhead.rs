//! The team's own look of its invoices: `invoice/invoice.typ` and `invoice/logo.svg`, tried on a sample before they are in force.
//! It must not know how a page is set; that is `pages`'.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::billing::{
    BilledPart, ClientBilling, Draft, Invoice, Language, References, Sale, Seller,
};
use domain::company::Letterhead;
use jiff::civil::date;

use crate::Workspace;
use crate::problem::{At, Problem, Sink};
use crate::yaml::MAX_FILE_BYTES;

const TEMPLATE: &str = "invoice/invoice.typ";
const LOGO: &str = "invoice/logo.svg";

/// The letterhead in a company's files; without any, the one that is shipped.
pub fn read(files: &BTreeMap<String, String>) -> Letterhead {
    Letterhead {
        template: files.get(TEMPLATE).cloned(),
        logo: files.get(LOGO).cloned(),
    }
}

/// Sets a sample invoice in each language, so that a mistake is told with its line and not with the first real invoice.
pub(crate) fn check(workspace: &Workspace, problems: &RefCell<Vec<Problem>>) {
    let letterhead = &workspace.team.letterhead;
    let mut sound = !letterhead.is_plain();
    for (path, text) in [(TEMPLATE, &letterhead.template), (LOGO, &letterhead.logo)] {
        if text
            .as_ref()
            .is_some_and(|text| text.len() > MAX_FILE_BYTES)
        {
            let message = format!("the file is larger than {} KB", MAX_FILE_BYTES / 1024);
            Sink::new(path, problems).error("V16", At::START, message, "make it smaller");
            sound = false;
        }
    }
    let samples = [Language::De, Language::En].map(|language| sample(workspace, language));
    for invoice in samples.iter().flatten().filter(|_| sound) {
        let Err(error) = pages::invoice::set(invoice, Some("<sample/>"), letterhead) else {
            continue;
        };
        let of_template = letterhead.template.is_some();
        let path = if of_template { TEMPLATE } else { LOGO };
        let line = error.line().filter(|_| of_template);
        let at = At {
            line: line.unwrap_or(1),
            ..At::START
        };
        let help = "mend it, or start again from `baton invoice template`";
        Sink::new(path, problems).error("V16", at, error.to_string(), help);
        return;
    }
}

/// An invoice to any of the clients; none where no client can be billed, which is told elsewhere.
fn sample(workspace: &Workspace, language: Language) -> Option<Invoice> {
    let seller = Seller::read(&workspace.team.seller).ok()?;
    let on = date(2026, 1, 1);
    workspace.clients.iter().find_map(|client| {
        let client = ClientBilling::read(&client.name, &client.billing).ok()?;
        let sale = Sale {
            text: "Sample".into(),
            amount_cents: 10_000,
            currency: client.rules.currency,
            delivered_on: on,
            references: References {
                purchase_order: Some("sample".into()),
                ..References::default()
            },
            bills: vec![BilledPart::of(["sample"])],
        };
        let draft = Draft::for_milestone(&client, &seller, sale).ok()?;
        let next = seller.series.get(&draft.series)?.next(None, on).ok()?;
        Draft { language, ..draft }.issue(next.number, on).ok()
    })
}
