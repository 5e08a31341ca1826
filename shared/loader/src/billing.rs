//! Reads the seller and the clients' billing rules, and tries a sample invoice on each client.
//! It must not know what an invoice has to say; that is `domain::billing`'s.

use domain::billing::{BilledPart, ClientBilling, Draft, References, RulesError, Sale, Seller};
use domain::company::Team;
use jiff::civil::date;
use serde_json::{Value, json};

use crate::problem::{Sink, suggest};
use crate::yaml::{Node, NodeKind};

const PARTY: [&str; 9] = [
    "name",
    "address",
    "vat_id",
    "tax_number",
    "registration",
    "contact_name",
    "phone",
    "mail",
    "electronic_address",
];
const SELLER: [&str; 2] = ["bank", "series"];
const RULES: [&str; 21] = [
    "terms_days",
    "terms",
    "currency",
    "tax",
    "series",
    "send_to",
    "language",
    "format",
    "po_required",
    "po",
    "buyer_reference",
    "cash_increment_minor",
    "rounding",
    "accounting_vat",
    "hold",
    "approval_above_cents",
    "reminders",
    "credit_series",
    "time",
    "agreements",
    "split",
];
/// Keys whose values are texts even where they look like numbers.
const TEXTS: [&str; 7] = [
    "postcode",
    "phone",
    "po",
    "tax_number",
    "registration",
    "buyer_reference",
    "street",
];

pub(crate) fn seller(node: &Node, sink: Sink<'_>) -> Option<Seller> {
    let json = block(
        node,
        "`seller`",
        &[&PARTY, &SELLER],
        &["name", "address", "series"],
        sink,
    )?;
    Seller::read(&json)
        .map_err(|error| tell(&error, node, &json, |json| Seller::read(json).err(), sink))
        .ok()
}

/// The block as it is stored with the team, in which texts stay texts.
pub(crate) fn stored(node: &Node) -> Value {
    let mut json = node.to_json();
    keep_texts(node, &mut json);
    json
}

/// The billing rules as the invoice reads them. `name` is the client's, which the rules may replace by a legal name.
pub(crate) fn client(node: &Node, name: &str, sink: Sink<'_>) -> Option<ClientBilling> {
    let required = [
        "address",
        "terms_days",
        "currency",
        "tax",
        "series",
        "send_to",
    ];
    let json = block(node, "`billing`", &[&PARTY, &RULES], &required, sink)?;
    ClientBilling::read(name, &json)
        .map_err(|error| {
            tell(
                &error,
                node,
                &json,
                |json| ClientBilling::read(name, json).err(),
                sink,
            )
        })
        .ok()
}

/// The block as JSON, once it has no unknown key and lacks none.
fn block(
    node: &Node,
    what: &str,
    known: &[&[&str]],
    required: &[&str],
    sink: Sink<'_>,
) -> Option<Value> {
    let NodeKind::Map(entries) = &node.kind else {
        if !node.is_broken() {
            sink.error(
                "V16",
                node.at,
                format!("{what} is {}, not a group of keys", node.what()),
                "write keys and values",
            );
        }
        return None;
    };
    if node.has_broken() {
        return None;
    }
    let mut sound = true;
    for (key, _) in entries
        .iter()
        .filter(|(key, _)| !known.iter().any(|keys| keys.contains(&key.text.as_str())))
    {
        let names = known.iter().flat_map(|keys| keys.iter().copied());
        sink.error(
            "V25",
            key.at,
            format!("{what} has no key `{}`", key.text),
            suggest(&key.text, names),
        );
        sound = false;
    }
    sound &= has_all(node, required, what, sink);
    sound.then(|| stored(node))
}

fn keep_texts(node: &Node, json: &mut Value) {
    let (NodeKind::Map(entries), Value::Object(object)) = (&node.kind, json) else {
        return;
    };
    for (key, node) in entries {
        let Some(value) = object.get_mut(&key.text) else {
            continue;
        };
        match node.text() {
            Some(text) if TEXTS.contains(&key.text.as_str()) => *value = text.into(),
            _ => keep_texts(node, value),
        }
    }
    object.retain(|_, value| !value.is_null());
}

fn has_all(node: &Node, required: &[&str], what: &str, sink: Sink<'_>) -> bool {
    let NodeKind::Map(entries) = &node.kind else {
        return false;
    };
    let mut complete = true;
    for key in required {
        let stated = entries.iter().find(|(name, _)| name.text == *key);
        if stated.is_some_and(|(_, node)| !node.is_null()) {
            continue;
        }
        complete = false;
        let at = stated
            .map(|(name, _)| name)
            .or(entries.first().map(|(name, _)| name))
            .map_or(node.at, |name| name.at);
        sink.error(
            "V16",
            at,
            format!("{what} does not say `{key}`"),
            format!("add `{key}`; the README shows how"),
        );
    }
    complete
}

/// Tells an error of the whole block at the key that causes it: the one whose replacement changes the error.
fn tell(
    error: &RulesError,
    node: &Node,
    json: &Value,
    again: impl Fn(&Value) -> Option<RulesError>,
    sink: Sink<'_>,
) {
    let told = error.to_string();
    let is_faulty = |key: &str| {
        let mut other = json.clone();
        if let Some(keys) = other.as_object_mut() {
            match sound(key, &keys[key]) {
                Some(value) => _ = keys.insert(key.to_owned(), value),
                None => _ = keys.remove(key),
            }
        }
        again(&other).is_none_or(|other| other.to_string() != told)
    };
    let keys = json.as_object().into_iter().flat_map(|json| json.keys());
    let faulty = keys.map(String::as_str).find(|key| is_faulty(key));
    let deeper = faulty.map(|key| within(key, json, &told, &again));
    let (message, help) = told
        .split_once("; ")
        .unwrap_or((&told, "the README shows how it is written"));
    sink.error(
        "V16",
        deeper.map_or(node, |path| node.nearest(&path)).at,
        message,
        help,
    );
}

/// The path of the innermost value without which the error is another, from the faulty key on.
fn within(
    key: &str,
    json: &Value,
    told: &str,
    again: &impl Fn(&Value) -> Option<RulesError>,
) -> String {
    let mut pointer = format!("/{key}");
    loop {
        let inner: Vec<String> = match json.pointer(&pointer) {
            Some(Value::Object(fields)) => fields.keys().cloned().collect(),
            Some(Value::Array(items)) => (0..items.len()).map(|place| place.to_string()).collect(),
            _ => Vec::new(),
        };
        let is_cause = |name: &String| {
            let mut other = json.clone();
            match other.pointer_mut(&pointer) {
                Some(Value::Object(fields)) => _ = fields.remove(name),
                Some(Value::Array(items)) => _ = items.remove(name.parse().unwrap_or(0)),
                _ => {}
            }
            again(&other).is_none_or(|other| other.to_string() != told)
        };
        match inner.into_iter().find(is_cause) {
            Some(name) => pointer = format!("{pointer}/{name}"),
            None => return pointer.trim_start_matches('/').replace('/', "."),
        }
    }
}

/// A value of which nothing is wrong, for the keys that can not be left out.
fn sound(key: &str, stated: &Value) -> Option<Value> {
    Some(match key {
        // A client names one of the seller's series.
        "series" if stated.is_string() => json!("main"),
        "name" => json!("A"),
        "address" => json!({ "street": "A 1", "city": "B", "country": "DE" }),
        "series" => json!({ "main": { "number": "{count}" } }),
        "terms_days" => json!(14),
        "currency" => json!("EUR"),
        "tax" => json!({ "category": "S", "percent": 19 }),
        "send_to" => json!(["a@b.example"]),
        _ => return None,
    })
}

/// What can not be meant of a client's agreements, and series that are not the seller's.
pub(crate) fn agreements(
    client: &ClientBilling,
    seller: Option<&Seller>,
    node: &Node,
    sink: Sink<'_>,
) {
    for (id, agreement) in &client.rules.agreements {
        let field = format!("agreements.{id}");
        for problem in agreement.check(&field) {
            let at = node.nearest(&problem.field).at;
            sink.error("V16", at, problem.what, problem.fix);
        }
        let unknown = |series: &&String| {
            seller.is_some_and(|seller| !seller.series.contains_key(series.as_str()))
        };
        if let Some(series) = agreement.series.as_ref().filter(unknown) {
            let at = node.nearest(&format!("{field}.series")).at;
            let known = seller.into_iter().flat_map(|seller| seller.series.keys());
            let known: Vec<&str> = known.map(String::as_str).collect();
            let message = format!("there is no series `{series}`");
            sink.error("V16", at, message, suggest(series, known.iter().copied()));
        }
    }
}

/// What the rules for time say of roles, and what can not be meant.
pub(crate) fn time_rules(client: &ClientBilling, team: Option<&Team>, node: &Node, sink: Sink<'_>) {
    let Some(time) = &client.rules.time else {
        return;
    };
    for problem in time.check() {
        sink.error(
            "V16",
            node.nearest(&problem.field).at,
            problem.what,
            problem.fix,
        );
    }
    let Some(team) = team else { return };
    for (place, rate) in time.rates.iter().enumerate() {
        if let Some(role) = &rate.role
            && !team.roles.contains_key(role)
        {
            let at = node.nearest(&format!("time.rates[{place}].role")).at;
            let known = team.roles.keys().map(|role| role.as_str());
            let message = format!("the role `{role}` is not in team.yaml");
            sink.error("V16", at, message, suggest(role.as_str(), known));
        }
    }
}

/// Everything that would keep an invoice to this client from being issued, told where it can be mended.
pub(crate) fn try_invoice(
    seller: (&Seller, &Node, Sink<'_>),
    client: (&ClientBilling, &Node, Sink<'_>),
) {
    let ((seller, seller_node, team), (client, billing, sink)) = (seller, client);
    let sale = Sale {
        text: "Sample".into(),
        amount_cents: 10_000,
        currency: client.rules.currency,
        delivered_on: date(2026, 1, 1),
        references: References {
            purchase_order: Some("sample".into()),
            ..References::default()
        },
        bills: vec![BilledPart::of(["sample"])],
    };
    if let Some(named) = &client.rules.credit_series
        && !seller.series.contains_key(named)
    {
        let known = seller.series.keys().map(String::as_str);
        let message = format!("there is no series `{named}` for credit notes");
        let at = billing.nearest("credit_series").at;
        sink.error("V16", at, message, suggest(named, known));
    }
    let problems = match Draft::for_milestone(client, seller, sale) {
        Ok(draft) => {
            let of_any = draft.check().err().unwrap_or_default();
            let of_xml = einvoice::check(&draft).err().unwrap_or_default();
            [of_any, of_xml].concat()
        }
        Err(problem) => vec![problem],
    };
    for problem in problems {
        let field = problem.field.as_str();
        let (sink, at) = match field.split(['.', '[']).next().unwrap_or_default() {
            "seller" => (
                team,
                seller_node.nearest(field.trim_start_matches("seller.")).at,
            ),
            "bank" => (team, seller_node.nearest(field).at),
            "buyer" => (sink, billing.nearest(field.trim_start_matches("buyer.")).at),
            "lines" | "exemption_reasons" => (sink, billing.nearest("tax").at),
            _ => (sink, billing.nearest(field).at),
        };
        sink.error(
            "V16",
            at,
            format!("no invoice could be issued: {}", problem.what),
            problem.fix,
        );
    }
}
