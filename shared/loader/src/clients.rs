//! Reads clients.yaml: whom the company works for, who looks after them, and how each is billed.
//! It must not know workflows.

use domain::company::{Client, Contact};
use domain::id::{ClientId, PersonId};
use serde_json::Value;

use crate::billing;
use crate::fields::{Fields, short};
use crate::problem::{Sink, suggest};
use crate::targets::{self, Promised};
use crate::team::{TeamRead, known_calendar, mail_address, only_key};
use crate::yaml::{Key, Node};

/// `invoices`: whether any workflow bills, so that a client without billing rules is an error.
pub(crate) fn read(
    node: &Node,
    team: Option<&TeamRead>,
    invoices: bool,
    promised: &Promised<'_>,
    sink: Sink<'_>,
    team_sink: Sink<'_>,
) -> Vec<Client> {
    let mut clients = Vec::new();
    for (key, node) in only_key(node, "clients", sink) {
        if key.text.is_empty() || key.text.len() > 64 || key.text.contains(char::is_whitespace) {
            let message = format!("`{}` can not name a client", short(&key.text));
            sink.error(
                "V7",
                key.at,
                message,
                "use the id that your tools send, at most 64 characters without blanks",
            );
            continue;
        }
        clients.extend(client(key, node, team, invoices, promised, sink, team_sink));
    }
    clients
}

fn client(
    key: &Key,
    node: &Node,
    team: Option<&TeamRead>,
    invoices: bool,
    promised: &Promised<'_>,
    sink: Sink<'_>,
    team_sink: Sink<'_>,
) -> Option<Client> {
    let what = format!("the client {}", key.text);
    let fields = Fields::of(node, key.at, sink, "V25", &what)?;
    let name = fields.required_text("name", "V25", "say what the client is called");
    let contact = fields.required(
        "contact",
        "V17",
        "name who is written to: `contact: { name: …, mail: … }`",
    );
    let contact = contact.and_then(|node| contact_of(node, key, sink));
    let manager = fields.required_text(
        "account_manager",
        "V1",
        "name the person who looks after this client",
    );
    let calendar = fields.text("calendar", "V13");
    if let (Some(team), Some(text)) = (team, manager)
        && !team.team.people.contains_key(&PersonId::from(text.text))
        && !team.broken.contains(text.text)
    {
        let message = format!(
            "the account manager `{}` is nobody in team.yaml",
            short(text.text)
        );
        let people = team.team.people.keys().map(PersonId::as_str);
        sink.error("V1", text.at, message, suggest(text.text, people));
    }
    if let (Some(team), Some(text)) = (team, calendar) {
        known_calendar(text, &team.team.calendars, &team.broken, sink);
    }
    let targets = targets::of_client(&fields, promised);
    let billing = match fields.get("billing") {
        Some(node) => rules(
            node,
            name.map_or("", |name| name.text),
            team,
            sink,
            team_sink,
        ),
        None => {
            if invoices {
                let help = "add `billing`: address, currency, terms_days, tax, series, send_to";
                sink.error(
                    "V16",
                    key.at,
                    format!("{what} has no billing rules, and a workflow invoices"),
                    help,
                );
            }
            Some(Value::Null)
        }
    };
    fields.finish(&what);
    Some(Client {
        id: ClientId(key.text.clone()),
        name: name?.text.to_owned(),
        contact: contact?,
        account_manager: PersonId::from(manager?.text),
        calendar: calendar.map(|text| text.text.to_owned()),
        targets: targets?,
        billing: billing?,
    })
}

fn contact_of(node: &Node, key: &Key, sink: Sink<'_>) -> Option<Contact> {
    let fields = Fields::of(node, key.at, sink, "V17", "`contact`")?;
    let name = fields.required_text("name", "V17", "say how the person is addressed");
    let mail = mail_address(&fields, "mail");
    fields.finish("`contact`");
    Some(Contact {
        name: name?.text.to_owned(),
        mail: mail?,
    })
}

fn rules(
    node: &Node,
    name: &str,
    team: Option<&TeamRead>,
    sink: Sink<'_>,
    team_sink: Sink<'_>,
) -> Option<Value> {
    let client = billing::client(node, name, sink)?;
    let seller = team.and_then(|read| read.seller.as_ref());
    billing::agreements(&client, seller, node, sink);
    billing::time_rules(&client, team.map(|read| &read.team), node, sink);
    if let Some(team) = team
        && let (Some(seller), Some(seller_node)) = (&team.seller, &team.seller_node)
    {
        billing::try_invoice((seller, seller_node, team_sink), (&client, node, sink));
    }
    Some(billing::stored(node))
}
