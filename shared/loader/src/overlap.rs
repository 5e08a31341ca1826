//! Workflows that get in each other's way: on the same event, or starting each other without end.
//! It must not read files; it is handed what was read.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::chain::{Chained, MILESTONE_EVENT};
use crate::problem::Severity;
use crate::steps::is_persons_work;

/// Two workflows on the same event: rarely meant, and twice the invoice when both bill.
pub(crate) fn overlaps(files: &[Chained<'_, '_, '_>]) {
    for (place, file) in files.iter().enumerate() {
        // What comes round names its own workflow.
        let Some(read) = file
            .head
            .trigger
            .as_ref()
            .filter(|read| read.trigger.every.is_none())
        else {
            continue;
        };
        for other in &files[..place] {
            let Some(first) = &other.head.trigger else {
                continue;
            };
            let same = first.trigger.event == read.trigger.event
                && first.trigger.from == read.trigger.from;
            if !same || apart(&first.trigger.pattern, &read.trigger.pattern) {
                continue;
            }
            let bills =
                |file: &Chained<'_, '_, '_>| file.steps.iter().any(|step| step.kind == "invoice");
            let both = bills(file) && bills(other);
            let severity = if both {
                Severity::Error
            } else {
                Severity::Warning
            };
            let what = if both { "and both invoice" } else { "as well" };
            let message = format!(
                "`{}` starts the workflow `{}` {what}",
                read.trigger.event,
                other.name()
            );
            let help = "let `match` tell them apart, or make one workflow of the two";
            file.sink()
                .tell(severity, "V20", read.on.event.at, message, help.into());
        }
    }
}

/// Whether two patterns name different texts for the same field.
fn apart(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => one
            .iter()
            .any(|(key, value)| other.get(key).is_some_and(|other| apart(value, other))),
        (Value::Array(one), Value::Array(other)) => {
            let texts = |any: &[Value]| {
                any.iter()
                    .map(|value| value.as_str().map(str::to_owned))
                    .collect::<Option<BTreeSet<_>>>()
            };
            texts(one)
                .zip(texts(other))
                .is_some_and(|(one, other)| one.is_disjoint(&other))
        }
        _ => false,
    }
}

/// Workflows that start each other with nobody in between would never stop.
pub(crate) fn rounds(files: &[Chained<'_, '_, '_>]) {
    let next = |from: usize| -> Vec<usize> {
        let hears = |event: &str| {
            files
                .iter()
                .enumerate()
                .filter(|(_, other)| other.is_heard(event))
                .map(|(place, _)| place)
                .collect::<Vec<_>>()
        };
        let file = &files[from];
        let emitted = file
            .steps
            .iter()
            .filter_map(|step| step.reads.emits)
            .flat_map(|emits| hears(emits.text));
        let started = file
            .steps
            .iter()
            .filter_map(|step| step.reads.template)
            .filter_map(|template| files.iter().position(|other| other.stem == template.text));
        let milestones = file
            .has_milestones()
            .then(|| hears(MILESTONE_EVENT))
            .into_iter()
            .flatten();
        emitted.chain(started).chain(milestones).collect()
    };
    for (place, file) in files.iter().enumerate() {
        let Some(back) = leads_back(place, &next) else {
            continue;
        };
        let projects_only = back.iter().all(|place| {
            files[*place]
                .steps
                .iter()
                .any(|step| step.reads.template.is_some())
        });
        let people = back
            .iter()
            .flat_map(|place| files[*place].steps)
            .any(|step| is_persons_work(step.kind));
        if back.iter().any(|other| *other < place) || (people && !projects_only) {
            continue;
        }
        let Some((step, at)) = file.steps.iter().find_map(|step| {
            step.reads
                .emits
                .or(step.reads.template)
                .map(|text| (step, text.at))
        }) else {
            continue;
        };
        let names: Vec<_> = back.iter().map(|place| files[*place].name()).collect();
        let message = format!(
            "these workflows start each other without end: {}",
            names.join(", ")
        );
        file.sink().of_step(step.id.text).error(
            "V9",
            at,
            message,
            "put a person's step in between, or emit another event",
        );
    }
}

/// The places on a way from `place` back to it, if there is one.
fn leads_back(place: usize, next: &impl Fn(usize) -> Vec<usize>) -> Option<BTreeSet<usize>> {
    let flood = |from: usize| {
        let mut found = BTreeSet::new();
        let mut open = next(from);
        while let Some(place) = open.pop() {
            if found.insert(place) {
                open.extend(next(place));
            }
        }
        found
    };
    let forward = flood(place);
    forward.contains(&place).then(|| {
        forward
            .iter()
            .copied()
            .filter(|other| flood(*other).contains(&place))
            .collect()
    })
}
