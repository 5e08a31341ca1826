//! Compares what triggers and values name with the fields that events are known to have.
//! It must not know what a workflow does with them.

use std::collections::BTreeSet;

use domain::billing::{INVOICE_EVENT_FIELDS, INVOICE_EVENTS};
use domain::company::Team;
use domain::event::WORKFLOW_SOURCE;
use domain::schedule::{SCHEDULE_EVENT, SCHEDULE_FIELDS};
use event_pattern::Pattern;
use serde_json::Value;

use crate::chain::{Chained, MILESTONE_EVENT};
use crate::fields::{Text, short};
use crate::problem::{Sink, suggest};
use crate::steps::HeardRead;
use crate::trigger::EventRead;
use crate::workflow::TriggerRead;

/// What a milestone's event carries.
const MILESTONE_FIELDS: [&str; 7] = [
    "client_id",
    "contract_id",
    "milestone",
    "title",
    "amount_cents",
    "currency",
    "project",
];

/// What all files together say, against which one event is read.
pub(crate) struct Around<'a, 'n, 's> {
    pub files: &'a [Chained<'a, 'n, 's>],
    /// Every file was read whole. Otherwise nothing is said about events that nobody seems to send.
    pub complete: bool,
    pub team: Option<&'a Team>,
    /// The sample of an event, kept in the workspace.
    pub sample: &'a dyn Fn(&str) -> Option<Value>,
}

/// The fields that an event is known to have. `None`: it is not known at all, which was told.
fn fields(
    sink: Sink<'_>,
    on: &EventRead<'_>,
    around: &Around<'_, '_, '_>,
) -> Option<BTreeSet<String>> {
    if on.from == WORKFLOW_SOURCE {
        return own_fields(sink, on, around);
    }
    if on.from.starts_with(domain::event::OWN_PREFIX) {
        let message = format!("nothing listens for `{}`", short(&on.from));
        sink.error(
            "V5",
            on.from_at,
            message,
            "name a tool's source, or `baton.workflow` for what workflows emit",
        );
        return None;
    }
    let sources = &around.team?.sources;
    let Some(source) = sources.get(&on.from) else {
        let message = format!("the source `{}` is not in team.yaml", short(&on.from));
        let known = sources.keys().map(String::as_str).chain([WORKFLOW_SOURCE]);
        sink.error("V5", on.from_at, message, suggest(&on.from, known));
        return None;
    };
    let Some(known) = source.events.get(on.event.text) else {
        let message = format!(
            "`{}` is no event of `{}` in team.yaml",
            short(on.event.text),
            on.from
        );
        sink.error(
            "V5",
            on.event.at,
            message,
            suggest(on.event.text, source.events.keys().map(String::as_str)),
        );
        return None;
    };
    Some(known.iter().cloned().collect())
}

fn own_fields(
    sink: Sink<'_>,
    on: &EventRead<'_>,
    around: &Around<'_, '_, '_>,
) -> Option<BTreeSet<String>> {
    let (event, files) = (on.event.text, around.files);
    let mut fields: Option<BTreeSet<String>> = None;
    let mut add = |names: Vec<String>| fields.get_or_insert_default().extend(names);
    if event == MILESTONE_EVENT && files.iter().any(Chained::has_milestones) {
        add(MILESTONE_FIELDS
            .iter()
            .map(|name| format!("data.{name}"))
            .collect());
    }
    if event == SCHEDULE_EVENT {
        add(SCHEDULE_FIELDS.map(|name| format!("data.{name}")).into());
    }
    if INVOICE_EVENTS.contains(&event) {
        let of_data = |name: &&str| format!("data.{name}");
        add(INVOICE_EVENT_FIELDS.iter().map(of_data).collect());
    }
    for other in files {
        for step in other
            .steps
            .iter()
            .filter(|step| step.reads.emits.is_some_and(|emits| emits.text == event))
        {
            let own = other.names.names();
            let with = match &step.action {
                Some(domain::definition::Action::Emit { with, .. }) => {
                    with.keys().cloned().collect()
                }
                _ => Vec::new(),
            };
            add(own
                .map(str::to_owned)
                .chain(with)
                .map(|name| format!("data.{name}"))
                .collect());
        }
    }
    if fields.is_none() && around.complete {
        let emitted = files
            .iter()
            .flat_map(|file| file.steps)
            .filter_map(|step| step.reads.emits.map(|emits| emits.text));
        let known: BTreeSet<_> = emitted
            .chain([MILESTONE_EVENT])
            .chain(INVOICE_EVENTS)
            .filter(|known| *known != event)
            .collect();
        let message = format!("no workflow emits `{}`", short(event));
        sink.error("V5", on.event.at, message, suggest(event, known));
    }
    fields.map(|mut fields| {
        fields.insert("metadata".into());
        fields
    })
}

pub(crate) fn trigger(
    file: &Chained<'_, '_, '_>,
    read: &TriggerRead<'_>,
    around: &Around<'_, '_, '_>,
) {
    let lookups = file.head.data_at.iter().filter_map(|(_, path)| *path);
    let paths = read.once_per.iter().copied().chain(lookups);
    event(file.sink(), &read.on, paths, "V6", around);
}

pub(crate) fn heard(sink: Sink<'_>, read: &HeardRead<'_>, around: &Around<'_, '_, '_>) {
    event(sink, &read.on, read.paths.iter().copied(), "V15", around);
}

fn event<'p>(
    sink: Sink<'_>,
    on: &EventRead<'_>,
    paths: impl Iterator<Item = Text<'p>>,
    rule: &str,
    around: &Around<'_, '_, '_>,
) {
    if let Some(fields) = fields(sink, on, around) {
        for path in paths {
            let inner = path.text.strip_prefix("detail.").unwrap_or(path.text);
            if !has_field(&fields, inner) {
                let message = format!("`{}` has no field `{}`", on.event.text, short(path.text));
                let known: Vec<_> = fields
                    .iter()
                    .map(|field| format!("detail.{field}"))
                    .collect();
                sink.error(
                    rule,
                    path.at,
                    message,
                    suggest(path.text, known.iter().map(String::as_str)),
                );
            }
        }
        unknown_in_pattern(sink, on, &fields);
    }
    never_matches(on, around.sample, sink);
}

fn unknown_in_pattern(sink: Sink<'_>, on: &EventRead<'_>, fields: &BTreeSet<String>) {
    let (Some(node), Some(detail)) = (on.pattern, on.json.get("detail").and_then(Value::as_object))
    else {
        return;
    };
    for (field, _) in detail.iter().filter(|(field, wanted)| {
        !field.starts_with('$') && !wants_absence(wanted) && !has_field(fields, field)
    }) {
        let message = format!(
            "this can never match: `{}` has no field `detail.{}`",
            on.event.text,
            short(field)
        );
        let known: Vec<_> = fields.iter().map(String::as_str).collect();
        sink.error(
            "V5",
            node.nearest(&format!("detail.{field}")).at,
            message,
            suggest(field, known),
        );
    }
}

fn has_field(fields: &BTreeSet<String>, inner: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        inner == outer
            || inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    fields
        .iter()
        .any(|field| within(field, inner) || within(inner, field))
}

/// `[{ exists: false }]`
fn wants_absence(wanted: &Value) -> bool {
    wanted.as_array().is_some_and(|any| {
        any.iter()
            .any(|one| one.get("exists") == Some(&Value::Bool(false)))
    })
}

/// A sample of the event, kept in the workspace's `events/`, shows that the pattern means what its writer thinks.
fn never_matches(on: &EventRead<'_>, sample: &dyn Fn(&str) -> Option<Value>, sink: Sink<'_>) {
    let (Some(node), Some(event)) = (on.pattern, sample(on.event.text)) else {
        return;
    };
    if event.get("source").and_then(Value::as_str) != Some(&on.from) {
        return;
    }
    if Pattern::parse(&on.json).is_ok_and(|pattern| !pattern.matches(&event)) {
        let message = format!(
            "the sample events/{}.json does not match this pattern",
            on.event.text
        );
        sink.error("V5", node.at, message, "mend the pattern, or the sample");
    }
}
