//! Steps that bill: every value that an invoice is made from.
//! It must not know how a client is billed.

use domain::definition::{Action, InvoiceRule};

use super::{line, value};
use crate::fields::{Fields, short};
use crate::names::Shape;
use crate::problem::suggest;
use crate::steps::{Reads, Scope};

pub(crate) fn invoice<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let sink = fields.sink;
    let client = client(fields, "V16", scope, reads);
    let line = line(
        fields,
        "line",
        "V16",
        "say what the invoice's line reads",
        scope,
        reads,
    );
    let amount = single(
        fields,
        "amount_cents",
        "name the value that holds the sum in cents",
        scope,
        reads,
    );
    let currency = single(
        fields,
        "currency",
        "name the value that holds the currency",
        scope,
        reads,
    );
    fields.required(
        "bills",
        "V16",
        "name the values that tell what is billed, so that nothing is billed twice",
    );
    let bills = fields.texts("bills", "V16").unwrap_or_default();
    let known = bills
        .iter()
        .filter(|path| value(**path, scope, sink, reads).is_some())
        .count();
    (known == bills.len() && known > 0).then_some(())?;
    Some(Action::Invoice(InvoiceRule {
        client: client?,
        line: line?,
        amount_cents: amount?,
        currency: currency?,
        bills: bills.iter().map(|path| path.text.to_owned()).collect(),
    }))
}

/// The value that is the client a step is about.
pub(super) fn client<'n>(
    fields: &Fields<'n, '_>,
    rule: &'static str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<String> {
    let help = "name the value that is the client: `client: client`";
    let path = fields.required_text("client", rule, help)?;
    match value(path, scope, fields.sink, reads)? {
        Shape::Client | Shape::Unknown => Some(path.text.to_owned()),
        _ => {
            let message = format!("`{}` is not a client", short(path.text));
            let help = "read it in `data`: `client: lookup client detail.client_id`";
            fields.sink.error(rule, path.at, message, help);
            None
        }
    }
}

fn single<'n>(
    fields: &Fields<'n, '_>,
    key: &'static str,
    help: &str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<String> {
    let path = fields.required_text(key, "V16", help)?;
    let shape = value(path, scope, fields.sink, reads)?;
    if shape.is_whole() {
        let message = format!(
            "`{}` is a group of values, not a single one",
            short(path.text)
        );
        fields.sink.error(
            "V16",
            path.at,
            message,
            suggest("", shape.keys().iter().copied()),
        );
        return None;
    }
    Some(path.text.to_owned())
}
