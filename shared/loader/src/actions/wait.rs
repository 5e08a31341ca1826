//! Steps that an event ends: waits, and tasks that are worked in another tool.
//! It must not know which fields the event has; `events` compares those once every file is read.

use domain::calendar::BusinessSpan;
use domain::correlation::Heard;
use domain::definition::{Action, DataSource, Next};
use domain::event::WORKFLOW_SOURCE;
use serde_json::Value;

use super::{value, work};
use crate::fields::{Fields, Text, short, text_of, texts_of};
use crate::problem::Sink;
use crate::steps::{HeardRead, Reads, Scope};
use crate::team::well_formed;
use crate::trigger::{self, EventRead};
use crate::yaml::NodeKind;

pub(crate) fn wait<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let sink = fields.sink;
    let heard = heard(fields, "match", scope, reads);
    let takes = takes(fields, sink);
    if let Some(read) = &mut reads.heard {
        read.paths.extend(takes.iter().map(|(_, path)| *path));
    }
    let help = "say how long: `at_most: 5 business days`; nothing waits for ever";
    fields.required("at_most", "V15", help);
    let at_most = fields.parsed::<BusinessSpan>("at_most", "V15");
    if let Some((span, at)) = at_most
        && span.lacks_cut_off()
    {
        sink.error(
            "V13",
            at,
            "it is not said until when something counts for the same day",
            "write `same business day, cut-off 15:00`",
        );
    }
    let help =
        "say where it goes when the event does not come: `if_late: <step>`, `next` or `stop`";
    let late = fields
        .required("if_late", "V15", help)
        .and_then(|node| work::way(node, scope, sink));
    if let Some((next, to)) = &late {
        work::note_way(next, *to, false, None, reads);
        if matches!(next, Next::Onward) && !takes.is_empty() {
            sink.error(
                "V15",
                to.at,
                "`if_late: next` would go on without the values that this step takes",
                "lead it to a step of its own",
            );
        }
    }
    reads.goes_on = true;
    Some(Action::Wait {
        heard: heard?,
        takes: takes
            .iter()
            .map(|(name, path)| (name.text.to_owned(), path.text.to_owned()))
            .collect(),
        at_most: at_most?.0,
        if_late: late?.0,
    })
}

/// `tracks: { from: jira, event: issue.updated, same: detail.issue_key, done: { detail: { status: [Done] } } }`
pub(super) fn tracks<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Option<Heard>> {
    let Some(node) = fields.get("tracks") else {
        return Some(None);
    };
    let at = fields.key_at("tracks");
    let inner = Fields::of(node, at, fields.sink, "V5", "`tracks`")?;
    let help = "say what the tool's event looks like when the task is done: `done: { detail: { status: [Done] } }`";
    inner.required("done", "V5", help);
    let heard = heard(&inner, "done", scope, reads);
    if fields.get("outcomes").is_some() {
        fields.sink.error(
            "V10",
            at,
            "a task that another tool closes ends in one way",
            "remove `outcomes`, or let a person report this task",
        );
    }
    inner.finish("`tracks`");
    Some(Some(heard?))
}

/// The event that `fields` names, and what an event must carry to concern a case.
pub(crate) fn heard<'n>(
    fields: &Fields<'n, '_>,
    pattern_key: &'static str,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Heard> {
    let sink = fields.sink;
    let event = fields.required_text("event", "V5", "name the event, such as `payment.received`");
    let stated = fields.text("from", "V5");
    let pattern = fields.get(pattern_key);
    let json = match pattern {
        Some(node) => trigger::pattern_of(node, pattern_key, sink),
        None => Some(Value::Null),
    };
    let same = same(fields, scope, reads);
    let event = event?;
    let from = match stated {
        Some(from) => from.text.to_owned(),
        None => only_source(event, scope, sink)?,
    };
    let (same, json) = (same?, json?);
    reads.heard = Some(HeardRead {
        on: EventRead {
            event,
            from_at: stated.map_or(event.at, |from| from.at),
            from: from.clone(),
            pattern,
            json: json.clone(),
        },
        paths: same.iter().map(|(path, _)| *path).collect(),
    });
    Some(Heard {
        event: event.text.to_owned(),
        from,
        pattern: json,
        same: same
            .into_iter()
            .map(|(path, name)| (path.text.to_owned(), name))
            .collect(),
    })
}

/// The one source that sends an event of this name.
fn only_source(event: Text<'_>, scope: &Scope<'_, '_, '_>, sink: Sink<'_>) -> Option<String> {
    let sources = &scope.team?.team.sources;
    let senders: Vec<_> = sources
        .iter()
        .filter(|(_, source)| source.events.contains_key(event.text))
        .map(|(name, _)| name.as_str())
        .collect();
    if let [only] = senders.as_slice() {
        return Some((*only).to_owned());
    }
    let message = match senders.as_slice() {
        [] => format!("no source in team.yaml sends `{}`", short(event.text)),
        several => format!(
            "`{}` comes from several sources: {}",
            short(event.text),
            several.join(", ")
        ),
    };
    let help = format!(
        "say which one: `from: <source>`, or `from: {WORKFLOW_SOURCE}` for what workflows emit"
    );
    sink.error("V5", event.at, message, help);
    None
}

/// `same: detail.issue_key` names a field that a value of the case was read from; `same: { detail.key: issue }` names both.
fn same<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Vec<(Text<'n>, String)>> {
    let sink = fields.sink;
    let help = "name the field that tells which case an event belongs to: `same: detail.ticket_id`";
    let node = fields.required("same", "V15", help)?;
    let mut same = Vec::new();
    if let NodeKind::Map(entries) = &node.kind {
        for (path, node) in entries {
            let path = Text {
                text: &path.text,
                at: path.at,
            };
            let name = text_of(node, path.text, "V15", sink)?;
            let known = value(name, scope, sink, reads).is_some();
            (trigger::is_path(path, "V15", sink) && known).then_some(())?;
            same.push((path, name.text.to_owned()));
        }
    } else {
        for path in texts_of(node, "same", "V15", sink) {
            trigger::is_path(path, "V15", sink).then_some(())?;
            same.push((path, read_from(path, scope, sink, reads)?));
        }
    }
    if same.is_empty() {
        sink.error("V15", node.at, "`same` names no field", help);
        return None;
    }
    Some(same)
}

/// The value of the case that was read from the same field of the event that started it.
fn read_from(
    path: Text<'_>,
    scope: &Scope<'_, '_, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'_>,
) -> Option<String> {
    let read = scope
        .head
        .data
        .iter()
        .find_map(|(name, source)| match source {
            DataSource::Path(from) if from == path.text => Some(name.clone()),
            DataSource::LookupClient(from) | DataSource::LookupPerson(from)
                if from == path.text =>
            {
                Some(format!("{name}.id"))
            }
            _ => None,
        });
    let Some(name) = read else {
        let message = format!(
            "no value of this workflow is read from `{}`",
            short(path.text)
        );
        let help = format!(
            "add it to `data`, or say which value it equals: `same: {{ {}: <value> }}`",
            short(path.text)
        );
        sink.error("V15", path.at, message, help);
        return None;
    };
    let text = Text {
        text: &name,
        at: path.at,
    };
    value(text, scope, sink, reads)?;
    Some(name)
}

/// Names for fields of the event: `takes: { paid_on: detail.date }`.
pub(crate) fn takes<'n>(
    fields: &Fields<'n, '_>,
    scope_sink: Sink<'_>,
) -> Vec<(Text<'n>, Text<'n>)> {
    let mut takes = Vec::new();
    for (name, node) in fields.entries("takes", "V12") {
        if !well_formed(&name.text) {
            scope_sink.error(
                "V12",
                name.at,
                format!("`{}` can not name a value", short(&name.text)),
                "use small letters, digits and `_`",
            );
            continue;
        }
        let path = text_of(node, &name.text, "V12", scope_sink);
        if let Some(path) = path.filter(|path| trigger::is_path(*path, "V12", scope_sink)) {
            let name = Text {
                text: &name.text,
                at: name.at,
            };
            takes.push((name, path));
        }
    }
    takes
}
