//! Compares what triggers and values name with the fields that events are known to have.
//! It must not know what a workflow does with them.

use std::collections::BTreeSet;

use domain::company::Team;
use domain::event::WORKFLOW_SOURCE;
use event_pattern::Pattern;
use serde_json::Value;

use crate::chain::{Chained, MILESTONE_EVENT};
use crate::fields::short;
use crate::problem::{Sink, suggest};
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

/// The fields that an event is known to have. `None`: it is not known at all, which was told.
fn fields(
    file: &Chained<'_, '_, '_>,
    read: &TriggerRead<'_>,
    files: &[Chained<'_, '_, '_>],
    complete: bool,
    team: Option<&Team>,
) -> Option<BTreeSet<String>> {
    let (event, from) = (read.event, read.from);
    if from.text == WORKFLOW_SOURCE {
        return own_fields(file, read, files, complete);
    }
    if from.text.starts_with(domain::event::OWN_PREFIX) {
        let message = format!("nothing starts on `{}`", short(from.text));
        file.sink().error(
            "V5",
            from.at,
            message,
            "name a tool's source, or `baton.workflow` for what workflows emit",
        );
        return None;
    }
    let sources = &team?.sources;
    let Some(source) = sources.get(from.text) else {
        let message = format!("the source `{}` is not in team.yaml", short(from.text));
        let known = sources.keys().map(String::as_str).chain([WORKFLOW_SOURCE]);
        file.sink()
            .error("V5", from.at, message, suggest(from.text, known));
        return None;
    };
    let Some(known) = source.events.get(event.text) else {
        let message = format!(
            "`{}` is no event of `{}` in team.yaml",
            short(event.text),
            from.text
        );
        file.sink().error(
            "V5",
            event.at,
            message,
            suggest(event.text, source.events.keys().map(String::as_str)),
        );
        return None;
    };
    Some(known.iter().cloned().collect())
}

fn own_fields(
    file: &Chained<'_, '_, '_>,
    read: &TriggerRead<'_>,
    files: &[Chained<'_, '_, '_>],
    complete: bool,
) -> Option<BTreeSet<String>> {
    let event = read.event.text;
    let mut fields: Option<BTreeSet<String>> = None;
    let mut add = |names: Vec<String>| fields.get_or_insert_default().extend(names);
    if event == MILESTONE_EVENT && files.iter().any(Chained::has_milestones) {
        add(MILESTONE_FIELDS
            .iter()
            .map(|name| format!("data.{name}"))
            .collect());
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
    if fields.is_none() && complete {
        let emitted = files
            .iter()
            .flat_map(|file| file.steps)
            .filter_map(|step| step.reads.emits.map(|emits| emits.text));
        let known: BTreeSet<_> = emitted
            .chain([MILESTONE_EVENT])
            .filter(|known| *known != event)
            .collect();
        let message = format!("no workflow emits `{}`", short(event));
        file.sink()
            .error("V5", read.event.at, message, suggest(event, known));
    }
    fields.map(|mut fields| {
        fields.insert("metadata".into());
        fields
    })
}

pub(crate) fn trigger(
    file: &Chained<'_, '_, '_>,
    read: &TriggerRead<'_>,
    files: &[Chained<'_, '_, '_>],
    complete: bool,
    team: Option<&Team>,
    sample: &dyn Fn(&str) -> Option<Value>,
) {
    let sink = file.sink();
    if let Some(fields) = fields(file, read, files, complete, team) {
        let lookups = file.head.data_at.iter().filter_map(|(_, path)| *path);
        for path in read.once_per.iter().copied().chain(lookups) {
            let inner = path.text.strip_prefix("detail.").unwrap_or(path.text);
            if !has_field(&fields, inner) {
                let message = format!("`{}` has no field `{}`", read.event.text, short(path.text));
                let known: Vec<_> = fields
                    .iter()
                    .map(|field| format!("detail.{field}"))
                    .collect();
                sink.error(
                    "V6",
                    path.at,
                    message,
                    suggest(path.text, known.iter().map(String::as_str)),
                );
            }
        }
        if let (Some(node), Some(detail)) = (
            read.pattern,
            read.trigger
                .pattern
                .get("detail")
                .and_then(Value::as_object),
        ) {
            for (field, _) in detail.iter().filter(|(field, wanted)| {
                !field.starts_with('$') && !wants_absence(wanted) && !has_field(&fields, field)
            }) {
                let message = format!(
                    "this can never match: `{}` has no field `detail.{}`",
                    read.event.text,
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
    }
    never_matches(read, sample, sink);
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
fn never_matches(read: &TriggerRead<'_>, sample: &dyn Fn(&str) -> Option<Value>, sink: Sink<'_>) {
    let (Some(node), Some(event)) = (read.pattern, sample(&read.trigger.event)) else {
        return;
    };
    if event.get("source").and_then(Value::as_str) != Some(&read.trigger.from) {
        return;
    }
    if Pattern::parse(&read.trigger.pattern).is_ok_and(|pattern| !pattern.matches(&event)) {
        let message = format!(
            "the sample events/{}.json does not match this pattern",
            read.trigger.event
        );
        sink.error("V5", node.at, message, "mend the pattern, or the sample");
    }
}
