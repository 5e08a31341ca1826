//! Checks what only all files together show: sources and fields, who hears whom, what projects are given, what goes round.
//! It must not read files; it is handed what was read.

use std::collections::{BTreeMap, BTreeSet};

use domain::company::Team;
use domain::event::WORKFLOW_SOURCE;
use event_pattern::Pattern;
use serde_json::Value;

use crate::fields::short;
use crate::names::{Names, Shape};
use crate::problem::{Severity, Sink, suggest};
use crate::steps::{StepRead, is_persons_work};
use crate::workflow::{Head, TriggerRead};
use crate::yaml::Node;

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
const MILESTONE_EVENT: &str = "milestone.done";

/// One workflow file, read.
pub(crate) struct Chained<'a, 'n, 's> {
    pub head: &'a Head<'n, 's>,
    /// The values its lines may use, those of its steps and starters included.
    pub names: &'a Names,
    pub steps: &'a [StepRead<'n>],
    /// The file's name without its ending, as `template` names it.
    pub stem: &'a str,
}

impl Chained<'_, '_, '_> {
    fn has_milestones(&self) -> bool {
        self.steps.iter().any(|step| step.milestone.is_some())
    }

    fn is_heard(&self, event: &str) -> bool {
        self.head
            .trigger
            .as_ref()
            .is_some_and(|read| read.trigger.from == WORKFLOW_SOURCE && read.trigger.event == event)
    }

    /// It starts on an event of Baton's own that is never sent; V5 told so, and may mean any of them.
    fn listens_for_nothing(&self, files: &[Chained<'_, '_, '_>]) -> bool {
        let Some(read) = &self.head.trigger else {
            return false;
        };
        let emits = |file: &Chained<'_, '_, '_>| {
            file.steps.iter().any(|step| {
                step.reads
                    .emits
                    .is_some_and(|emits| emits.text == read.event.text)
            })
        };
        let own = read.from.text.starts_with(domain::event::OWN_PREFIX);
        own && (read.from.text != WORKFLOW_SOURCE || !files.iter().any(emits))
    }

    fn sink(&self) -> Sink<'_> {
        self.head.sink
    }

    fn name(&self) -> &str {
        self.head.id.map_or(self.stem, |id| id.text)
    }
}

pub(crate) fn check(
    files: &[Chained<'_, '_, '_>],
    team: Option<&Team>,
    sample: &dyn Fn(&str) -> Option<Value>,
) {
    same_ids(files);
    for file in files {
        if let Some(read) = &file.head.trigger {
            trigger(file, read, files, team, sample);
        }
        unused(file);
        unheard(file, files);
        projects(file, files);
    }
    overlaps(files);
    rounds(files);
}

fn same_ids(files: &[Chained<'_, '_, '_>]) {
    let mut seen = BTreeMap::new();
    for file in files {
        let Some(id) = file.head.id else { continue };
        if let Some(first) = seen.insert(id.text, file.sink().file()) {
            let message = format!("the workflow `{}` is in {first} as well", short(id.text));
            file.sink()
                .error("V7", id.at, message, "give each workflow its own name");
        }
    }
}

/// The fields that an event is known to have. `None`: it is not known at all, which was told.
fn fields(
    file: &Chained<'_, '_, '_>,
    read: &TriggerRead<'_>,
    files: &[Chained<'_, '_, '_>],
    team: Option<&Team>,
) -> Option<BTreeSet<String>> {
    let (event, from) = (read.event, read.from);
    if from.text == WORKFLOW_SOURCE {
        return own_fields(file, read, files);
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
    if fields.is_none() {
        let emitted = files
            .iter()
            .flat_map(|file| file.steps)
            .filter_map(|step| step.reads.emits.map(|emits| emits.text));
        let known: BTreeSet<_> = emitted.chain([MILESTONE_EVENT]).collect();
        let message = format!("no workflow emits `{}`", short(event));
        file.sink()
            .error("V5", read.event.at, message, suggest(event, known));
    }
    fields.map(|mut fields| {
        fields.insert("metadata".into());
        fields
    })
}

fn trigger(
    file: &Chained<'_, '_, '_>,
    read: &TriggerRead<'_>,
    files: &[Chained<'_, '_, '_>],
    team: Option<&Team>,
    sample: &dyn Fn(&str) -> Option<Value>,
) {
    let sink = file.sink();
    if let Some(fields) = fields(file, read, files, team) {
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

/// Values that nothing reads. An emit and a project hand all of them on.
fn unused(file: &Chained<'_, '_, '_>) {
    if file
        .steps
        .iter()
        .any(|step| step.action.is_none() || matches!(step.kind, "emit" | "project"))
    {
        return;
    }
    for (name, _) in &file.head.data_at {
        let names = file.names;
        if !names.is_used(name.text) && names.get(name.text) != Some(&Shape::Client) {
            file.sink().warning(
                "V12",
                name.at,
                format!("the value `{}` is never used", name.text),
                "remove the line, or use it",
            );
        }
    }
}

fn unheard(file: &Chained<'_, '_, '_>, files: &[Chained<'_, '_, '_>]) {
    for step in file.steps {
        let sink = file.sink().of_step(step.id.text);
        if let Some(emits) = step.reads.emits
            && !step.reads.unheard
            && !files.iter().any(|other| other.is_heard(emits.text))
        {
            let message = format!("no workflow listens for `{}`", short(emits.text));
            sink.warning(
                "V19",
                emits.at,
                message,
                "let one start on it, or write `unheard: true` if other tools listen",
            );
        }
    }
    if let Some((step, (_, at))) = file
        .steps
        .iter()
        .find_map(|step| step.milestone.as_ref().map(|milestone| (step, milestone)))
        && !files
            .iter()
            .any(|other| other.is_heard(MILESTONE_EVENT) || other.listens_for_nothing(files))
    {
        let help = "let a workflow start on `milestone.done` from `baton.workflow` and invoice it";
        file.sink().of_step(step.id.text).warning(
            "V19",
            *at,
            "no workflow bills the milestones of this project",
            help,
        );
    }
}

/// What a project needs, its starter must have.
fn projects(file: &Chained<'_, '_, '_>, files: &[Chained<'_, '_, '_>]) {
    for step in file.steps {
        let Some(template) = step.reads.template else {
            continue;
        };
        let Some(project) = files.iter().find(|other| other.stem == template.text) else {
            continue;
        };
        let sink = file.sink().of_step(step.id.text);
        let has_value = |name: &str| {
            file.head.names.get(name).is_some()
                || file.head.given.iter().any(|given| given.text == name)
        };
        let fills = |name: &str| {
            file.head
                .steps
                .iter()
                .any(|node| node.get("role").and_then(Node::text) == Some(name))
        };
        for given in project
            .head
            .given
            .iter()
            .filter(|given| !has_value(given.text) && !fills(given.text))
        {
            let message = format!(
                "{} needs `{}`, which this workflow does not have",
                template.text,
                short(given.text)
            );
            sink.error(
                "V12",
                template.at,
                message,
                format!(
                    "add `{}` to `data`, or fill the role before",
                    short(given.text)
                ),
            );
        }
        if !project.has_milestones() {
            continue;
        }
        let is_given = |name: &str| project.head.given.iter().any(|given| given.text == name);
        for name in ["client", "contract", "value_cents", "currency"] {
            if !has_value(name) && !is_given(name) {
                let message = format!(
                    "the milestones of {} can not be billed: this workflow has no value `{name}`",
                    template.text
                );
                sink.warning(
                    "V12",
                    template.at,
                    message,
                    format!("add `{name}: detail.…` to `data`"),
                );
            }
        }
    }
}

/// Two workflows on the same event: rarely meant, and twice the invoice when both bill.
fn overlaps(files: &[Chained<'_, '_, '_>]) {
    for (place, file) in files.iter().enumerate() {
        let Some(read) = &file.head.trigger else {
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
                .tell(severity, "V20", read.event.at, message, help.into());
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
fn rounds(files: &[Chained<'_, '_, '_>]) {
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
