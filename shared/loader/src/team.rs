//! Reads team.yaml: people, roles, calendars, sources and the seller.
//! It must not know workflows; what they ask of the team is checked where they are read.

use std::collections::{BTreeMap, BTreeSet};

use domain::billing::Seller;
use domain::company::{Letterhead, Person, Role, Source, Team};
use domain::id::{PersonId, RoleId};
use serde_json::Value;

use crate::calendars;
use crate::fields::{Fields, Text, entries_of, short, text_of, texts_of};
use crate::outside;
use crate::problem::{At, Sink, suggest};
use crate::webhooks::{self, WebhookRead};
use crate::yaml::{Key, Node, NodeKind};

/// A team as far as it could be read.
pub(crate) struct TeamRead {
    pub team: Team,
    /// Names whose entry could not be read; nothing more is said about them.
    pub broken: BTreeSet<String>,
    pub seller: Option<Seller>,
    /// The seller's lines, at which a client's invoice may find something wrong.
    pub seller_node: Option<Node>,
    pub seller_at: At,
    /// Sources whose requests are signed; what these become is in files of their own.
    pub webhooks: Vec<WebhookRead>,
}

const OWN_SOURCES: &str = "baton.";

pub(crate) fn read(node: &Node, sink: Sink<'_>) -> Option<TeamRead> {
    let fields = Fields::of(node, At::START, sink, "V25", "team.yaml")?;
    let mut broken = BTreeSet::new();
    let name = fields
        .required_text("name", "V25", "say what the company is called")
        .map_or("", |text| text.text)
        .to_owned();
    let calendars = calendars::read(&fields, &mut broken);
    let calendar = fields.required_text(
        "calendar",
        "V13",
        "name one of `calendars`; it is used wherever no other is named",
    );
    if let Some(text) = calendar {
        known_calendar(text, &calendars, &broken, sink);
    }
    let people = people(&fields, &calendars, &mut broken);
    let roles = roles(&fields, &people, &mut broken);
    let (sources, webhooks) = sources(&fields);
    let (targets, chat) = (outside::targets(&fields), outside::chat(&fields));
    let seller_node = fields.get("seller");
    let team = Team {
        name,
        calendar: calendar.map_or("", |text| text.text).to_owned(),
        max_load_percent: fields.percent("max_load", "V25").unwrap_or(100),
        calendars,
        people,
        roles,
        sources,
        targets,
        chat,
        seller: seller_node.map_or(Value::Null, crate::billing::stored),
        letterhead: Letterhead::default(),
    };
    let (seller_at, seller) = (
        fields.key_at("seller"),
        seller_node.and_then(|node| crate::billing::seller(node, sink)),
    );
    if team.ops_lead().is_none() && !broken.contains("ops_lead") {
        let message = "no role `ops_lead` is held by one person";
        let help = "add `ops_lead: { held_by: … }` to `roles`: this person answers for whatever nobody else owns";
        sink.error("V1", fields.key_at("roles"), message, help);
    }
    fields.finish("team.yaml");
    Some(TeamRead {
        team,
        broken,
        seller,
        seller_node: seller_node.cloned(),
        seller_at,
        webhooks,
    })
}

pub(crate) fn known_calendar(
    text: Text<'_>,
    calendars: &BTreeMap<String, domain::calendar::Calendar>,
    broken: &BTreeSet<String>,
    sink: Sink<'_>,
) {
    if !calendars.contains_key(text.text) && !broken.contains(text.text) {
        let message = format!("there is no calendar `{}`", short(text.text));
        sink.error(
            "V13",
            text.at,
            message,
            suggest(text.text, calendars.keys().map(String::as_str)),
        );
    }
}

fn people(
    fields: &Fields<'_, '_>,
    calendars: &BTreeMap<String, domain::calendar::Calendar>,
    broken: &mut BTreeSet<String>,
) -> BTreeMap<PersonId, Person> {
    let sink = fields.sink;
    fields.required("people", "V1", "name at least one person");
    let entries = fields.entries("people", "V1");
    let mut people = BTreeMap::new();
    for (key, node) in entries {
        let person = is_id(key, "a person", sink)
            .then(|| person(key, node, calendars, broken, sink))
            .flatten();
        match person {
            Some(person) => _ = people.insert(PersonId(key.text.clone()), person),
            None => _ = broken.insert(key.text.clone()),
        }
    }
    for (key, node) in entries {
        let Some(backup) = node
            .get("backup")
            .and_then(|node| text_of(node, "backup", "V3", sink))
        else {
            continue;
        };
        if backup.text == key.text {
            sink.error(
                "V3",
                backup.at,
                format!("{} is their own backup", key.text),
                "name somebody else",
            );
        } else if !people.contains_key(&PersonId::from(backup.text))
            && !broken.contains(backup.text)
        {
            let message = format!("the backup `{}` is nobody in team.yaml", short(backup.text));
            sink.error(
                "V1",
                backup.at,
                message,
                suggest(backup.text, people.keys().map(PersonId::as_str)),
            );
        }
    }
    people
}

fn person(
    key: &Key,
    node: &Node,
    calendars: &BTreeMap<String, domain::calendar::Calendar>,
    broken: &BTreeSet<String>,
    sink: Sink<'_>,
) -> Option<Person> {
    let what = format!("the person {}", key.text);
    let fields = Fields::of(node, key.at, sink, "V25", &what)?;
    let name = fields.required_text("name", "V25", "say how the person is addressed");
    let mail = mail_address(&fields, "mail");
    fields.required(
        "hours",
        "V25",
        "say how many hours a full week of theirs has",
    );
    let minutes_per_week = fields
        .text("hours", "V25")
        .and_then(|text| hours(text, sink));
    let calendar = fields.text("calendar", "V13");
    if let Some(text) = calendar {
        known_calendar(text, calendars, broken, sink);
    }
    let skills = fields.texts("skills", "V25").unwrap_or_default();
    let backup = fields.text("backup", "V3");
    fields.finish(&what);
    Some(Person {
        name: name?.text.to_owned(),
        mail: mail?,
        minutes_per_week: minutes_per_week?,
        calendar: calendar.map(|text| text.text.to_owned()),
        skills: skills.iter().map(|text| text.text.to_owned()).collect(),
        backup: backup.map(|text| PersonId::from(text.text)),
    })
}

/// Hours a week, such as `32` or `37.5`, as minutes.
fn hours(text: Text<'_>, sink: Sink<'_>) -> Option<u32> {
    let minutes = text.text.parse::<f64>().ok().map(|hours| hours * 60.0);
    let minutes =
        minutes.filter(|minutes| (0.0..=100.0 * 60.0).contains(minutes) && minutes.fract() == 0.0);
    if minutes.is_none() {
        sink.error(
            "V25",
            text.at,
            format!("`hours` is `{}`", short(text.text)),
            "write hours per week from 0 to 100, such as `32`",
        );
    }
    minutes.map(|minutes| minutes as u32)
}

pub(crate) fn mail_address(fields: &Fields<'_, '_>, key: &'static str) -> Option<String> {
    let text = fields.required_text(key, "V17", "write the mail address: `name@host`")?;
    let plain = |part: &str| {
        !part.is_empty()
            && !part
                .contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"@()".contains(c))
    };
    if text
        .text
        .split_once('@')
        .is_some_and(|(name, host)| plain(name) && plain(host))
    {
        return Some(text.text.to_owned());
    }
    fields.sink.error(
        "V17",
        text.at,
        format!("`{}` is not a mail address", short(text.text)),
        "write it as `name@host`",
    );
    None
}

fn roles(
    fields: &Fields<'_, '_>,
    people: &BTreeMap<PersonId, Person>,
    broken: &mut BTreeSet<String>,
) -> BTreeMap<RoleId, Role> {
    let sink = fields.sink;
    let mut roles = BTreeMap::new();
    for (key, node) in fields.entries("roles", "V2") {
        if people.contains_key(&PersonId(key.text.clone())) {
            sink.error(
                "V1",
                key.at,
                format!("`{}` names a role and a person", key.text),
                "rename one of the two",
            );
            continue;
        }
        let role = is_id(key, "a role", sink)
            .then(|| role(key, node, people, broken, sink))
            .flatten();
        match role {
            Some(role) => _ = roles.insert(RoleId(key.text.clone()), role),
            None => _ = broken.insert(key.text.clone()),
        }
    }
    roles
}

fn role(
    key: &Key,
    node: &Node,
    people: &BTreeMap<PersonId, Person>,
    broken: &BTreeSet<String>,
    sink: Sink<'_>,
) -> Option<Role> {
    let what = format!("the role {}", key.text);
    let fields = Fields::of(node, key.at, sink, "V2", &what)?;
    let (held, picked) = (fields.get("held_by"), fields.get("picked_from"));
    fields.finish(&what);
    let person = |text: Text<'_>| {
        let known = people.contains_key(&PersonId::from(text.text)) || broken.contains(text.text);
        if !known {
            let message = format!("`{}` is nobody in `people`", short(text.text));
            sink.error(
                "V1",
                text.at,
                message,
                suggest(text.text, people.keys().map(PersonId::as_str)),
            );
        }
        known.then(|| PersonId::from(text.text))
    };
    match (held, picked) {
        (Some(node), None) if matches!(node.kind, NodeKind::List(_)) => {
            let help = "name the one person who holds it, or write `picked_from: […]` and let an `assign` step pick";
            sink.error("V2", node.at, format!("{what} is held by several"), help);
            None
        }
        (Some(node), None) => person(text_of(node, "held_by", "V2", sink)?).map(Role::HeldBy),
        (None, Some(node)) => {
            let named = texts_of(node, "picked_from", "V2", sink);
            let picked: Vec<_> = named.iter().filter_map(|text| person(*text)).collect();
            if named.is_empty() {
                sink.error(
                    "V2",
                    node.at,
                    format!("{what} may be taken by nobody"),
                    "name at least one person",
                );
            }
            (!picked.is_empty() && picked.len() == named.len()).then_some(Role::PickedFrom(picked))
        }
        (Some(_), Some(_)) => {
            sink.error(
                "V2",
                key.at,
                format!("{what} is held by one person and picked from several"),
                "keep `held_by` or `picked_from`",
            );
            None
        }
        (None, None) => {
            sink.error(
                "V2",
                key.at,
                format!("{what} is held by nobody"),
                "write `held_by: …`, or `picked_from: […]`",
            );
            None
        }
    }
}

fn sources(fields: &Fields<'_, '_>) -> (BTreeMap<String, Source>, Vec<WebhookRead>) {
    let sink = fields.sink;
    let (mut sources, mut signed) = (BTreeMap::new(), Vec::new());
    for (key, node) in fields.entries("sources", "V5") {
        if key.text.starts_with(OWN_SOURCES) {
            sink.error(
                "V5",
                key.at,
                format!("`{}` would be one of Baton's own sources", key.text),
                "give the tool another name",
            );
            continue;
        }
        let what = format!("the source {}", key.text);
        let Some(fields) = Fields::of(node, key.at, sink, "V5", &what) else {
            continue;
        };
        let (id, order) = (fields.text("id", "V5"), fields.text("order", "V5"));
        for (what, path) in [("event id's", id), ("order's", order)] {
            if let Some(text) = path.filter(|text| !text.text.starts_with("detail.")) {
                let message = format!("the {what} path is `{}`", short(text.text));
                let help = "write a path that begins with `detail.`, such as `detail.event_id`";
                sink.error("V5", text.at, message, help);
            }
        }
        fields.required(
            "events",
            "V5",
            "name the events this tool sends, with the fields that workflows may use",
        );
        let mut events = BTreeMap::new();
        for (event, node) in fields.entries("events", "V5") {
            let known = texts_of(node, &event.text, "V5", sink)
                .iter()
                .map(|text| text.text.to_owned())
                .collect();
            events.insert(event.text.clone(), known);
        }
        signed.extend(webhooks::signing(&key.text, &fields));
        fields.finish(&what);
        sources.insert(
            key.text.clone(),
            Source {
                id: id.map(|text| text.text.to_owned()),
                order: order.map(|text| text.text.to_owned()),
                events,
                webhook: None,
            },
        );
    }
    (sources, signed)
}

/// Names are used in paths and texts, so they are kept to letters, digits and `_`.
pub(crate) fn is_id(key: &Key, what: &str, sink: Sink<'_>) -> bool {
    let well_formed = well_formed(&key.text);
    if !well_formed {
        let message = format!("`{}` can not name {what}", short(&key.text));
        sink.error(
            "V7",
            key.at,
            message,
            "use small letters, digits and `_`, beginning with a letter",
        );
    }
    well_formed
}

pub(crate) fn well_formed(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The entries of a file whose top has one key, such as `clients`.
pub(crate) fn only_key<'n>(node: &'n Node, key: &'static str, sink: Sink<'_>) -> &'n [(Key, Node)] {
    let Some(fields) = Fields::of(node, At::START, sink, "V25", "the file") else {
        return &[];
    };
    let help = format!("begin the file with `{key}:`");
    let found = fields.required(key, "V25", &help);
    fields.finish("the file");
    found.map_or(&[], |node| entries_of(node, key, "V25", sink))
}
