//! Checks what only all files together show: sources and fields, who hears whom, what projects are given, what goes round.
//! It must not read files; it is handed what was read.

use std::collections::BTreeMap;

use domain::billing::{INVOICE_EVENTS, LOGGED_EVENT};
use domain::company::Team;
use domain::event::WORKFLOW_SOURCE;
use serde_json::Value;

use crate::alone;
use crate::case_clocks::ClocksRead;
use crate::events;
use crate::fields::short;
use crate::names::{Names, Shape};
use crate::overlap;
use crate::problem::Sink;
use crate::steps::StepRead;
use crate::workflow::Head;
use crate::yaml::Node;
pub(crate) const MILESTONE_EVENT: &str = "milestone.done";

/// One workflow file, read.
pub(crate) struct Chained<'a, 'n, 's> {
    pub head: &'a Head<'n, 's>,
    /// The values its lines may use, those of its steps and starters included.
    pub names: &'a Names,
    pub steps: &'a [StepRead<'n>],
    pub clocks: &'a ClocksRead<'n>,
    /// The file's name without its ending, as `template` names it.
    pub stem: &'a str,
}

impl Chained<'_, '_, '_> {
    pub(crate) fn has_milestones(&self) -> bool {
        self.steps.iter().any(|step| step.milestone.is_some())
    }

    /// Whether a step or clock of it waits for what workflows emit.
    fn waits_for(&self, event: &str) -> bool {
        let of_steps = self
            .steps
            .iter()
            .filter_map(|step| step.reads.heard.as_ref());
        let of_clocks = self.clocks.heard.iter().map(|(_, heard)| heard);
        of_steps
            .chain(of_clocks)
            .any(|heard| heard.on.from == WORKFLOW_SOURCE && heard.on.event.text == event)
    }

    /// Whether it starts on an event that workflows emit.
    pub(crate) fn is_heard(&self, event: &str) -> bool {
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
                    .is_some_and(|emits| emits.text == read.on.event.text)
            })
        };
        if INVOICE_EVENTS.contains(&read.on.event.text) || read.trigger.every.is_some() {
            return false;
        }
        let own = read.on.from.starts_with(domain::event::OWN_PREFIX);
        own && (read.on.from != WORKFLOW_SOURCE || !files.iter().any(emits))
    }

    pub(crate) fn sink(&self) -> Sink<'_> {
        self.head.sink
    }

    pub(crate) fn name(&self) -> &str {
        self.head.id.map_or(self.stem, |id| id.text)
    }
}

/// `complete`: every file was read whole. Otherwise nothing is said about events that nobody seems to send or hear.
pub(crate) fn check(
    files: &[Chained<'_, '_, '_>],
    complete: bool,
    team: Option<&Team>,
    sample: &dyn Fn(&str) -> Option<Value>,
) {
    same_ids(files);
    for file in files {
        let around = events::Around {
            files,
            complete,
            team,
            sample,
        };
        if let Some(read) = &file.head.trigger {
            events::trigger(file, read, &around);
        }
        for step in file.steps {
            if let Some(heard) = &step.reads.heard {
                events::heard(file.sink().of_step(step.id.text), heard, &around);
            }
        }
        for (clock, heard) in &file.clocks.heard {
            events::heard(file.sink().of_step(clock), heard, &around);
        }
        unused(file);
        if complete {
            unheard(file, files);
        }
        projects(file, files);
    }
    overlap::overlaps(files);
    overlap::rounds(files);
    alone::check(files, team);
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
            // Baton itself hears what somebody worked.
            && emits.text != LOGGED_EVENT
            && !files
                .iter()
                .any(|other| other.is_heard(emits.text) || other.waits_for(emits.text))
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
