//! Steps that a person does: tasks, checklists, decisions, and where each of their ends leads.
//! It must not know who else the case needs.

use std::collections::BTreeSet;

use domain::calendar::BusinessSpan;
use domain::definition::{Action, Next};
use domain::id::StepId;

use super::mail::known_in;
use super::{line, wait};
use crate::fields::{Fields, Text, entries_of, short, text_of};
use crate::problem::{Sink, suggest};
use crate::steps::{Jump, Reads, Scope, is_known};
use crate::yaml::{Node, NodeKind};

pub(crate) fn task<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let title = line(
        fields,
        "title",
        "V25",
        "say in a few words what is to be done",
        scope,
        reads,
    );
    let effort_minutes = effort(fields);
    let rounds = fields.number("rounds", 1..=20, "V9");
    let outcomes = match fields.get("outcomes") {
        Some(node) => ways(node, "outcomes", scope, fields.sink, reads, rounds)?,
        None => Vec::new(),
    };
    if rounds.is_some()
        && !outcomes
            .iter()
            .any(|(_, next)| matches!(next, Next::Step { .. }))
    {
        let help = "remove `rounds`, or let an outcome lead back to a step";
        fields.sink.error(
            "V9",
            fields.key_at("rounds"),
            "`rounds` limits how often work is sent back, and nothing is",
            help,
        );
    }
    let tracks = wait::tracks(fields, scope, reads);
    Some(Action::Task {
        title: title?,
        effort_minutes: effort_minutes?,
        outcomes,
        rounds,
        tracks: tracks?,
    })
}

pub(crate) fn checklist<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let own_title = fields
        .get("title")
        .map(|_| line(fields, "title", "V25", "", scope, reads));
    let effort_minutes = effort(fields);
    let items = fields.required_text(
        "items",
        "V12",
        "name the file: `items: checklists/onboarding`",
    )?;
    let Some(checklist) = scope.files.checklist(items.text) else {
        let message = format!("there is no file `{}.yaml`", short(items.text));
        fields.sink.error(
            "V12",
            items.at,
            message,
            suggest(items.text, scope.files.checklists()),
        );
        return None;
    };
    if checklist.broken {
        return None;
    }
    let title = match own_title {
        Some(title) => title?,
        None => {
            known_in(
                &checklist.named,
                &checklist.file,
                items.at,
                scope,
                fields.sink,
                reads,
            );
            checklist
                .title
                .clone()
                .unwrap_or_else(|| "Checklist".into())
        }
    };
    let effort_minutes = effort_minutes?;
    let effort_minutes = if effort_minutes > 0 {
        effort_minutes
    } else {
        checklist.effort_minutes
    };
    Some(Action::Checklist {
        title,
        effort_minutes,
        items: checklist.items.clone(),
    })
}

pub(crate) fn approve<'n>(
    fields: &Fields<'n, '_>,
    scope: &Scope<'_, 'n, '_>,
    reads: &mut Reads<'n>,
) -> Option<Action> {
    let question = line(
        fields,
        "question",
        "V25",
        "write the question that one person answers",
        scope,
        reads,
    );
    let node = fields.required(
        "choices",
        "V10",
        "name the answers and where each leads: `choices: { accept: next, decline: stop }`",
    )?;
    let choices = ways(node, "choices", scope, fields.sink, reads, None)?;
    Some(Action::Approve {
        question: question?,
        choices,
    })
}

/// What an outcome or choice may lead to: `next`, `stop`, a step, or a step with limits lifted.
fn ways<'n>(
    node: &'n Node,
    key: &str,
    scope: &Scope<'_, 'n, '_>,
    sink: Sink<'_>,
    reads: &mut Reads<'n>,
    rounds: Option<u32>,
) -> Option<Vec<(String, Next)>> {
    let entries = entries_of(node, key, "V10", sink);
    if entries.is_empty() {
        if matches!(node.kind, NodeKind::Map(_)) {
            sink.error(
                "V10",
                node.at,
                format!("`{key}` offers nothing"),
                "name at least one and where it leads",
            );
        }
        return None;
    }
    reads.goes_on = false;
    let mut ways = Vec::new();
    for (name, node) in entries {
        let (next, to) = way(node, scope, sink)?;
        note_way(&next, to, true, rounds, reads);
        ways.push((name.text.clone(), next));
    }
    Some(ways)
}

/// Remembers where a way leads, for the checks of the whole workflow.
pub(super) fn note_way<'n>(
    next: &Next,
    to: Text<'n>,
    by_person: bool,
    rounds: Option<u32>,
    reads: &mut Reads<'n>,
) {
    match next {
        Next::Onward => reads.goes_on = true,
        Next::Stop => reads.can_stop = true,
        Next::Step { .. } => reads.jumps.push(Jump {
            to,
            by_person,
            rounds,
        }),
    }
}

pub(super) fn way<'n>(
    node: &'n Node,
    scope: &Scope<'_, 'n, '_>,
    sink: Sink<'_>,
) -> Option<(Next, Text<'n>)> {
    if let NodeKind::Map(_) = node.kind {
        let fields = Fields::of(node, node.at, sink, "V7", "the choice")?;
        let to = fields.required_text("step", "V7", "name the step it leads to");
        let lifted = fields.texts("without", "V25").unwrap_or_default();
        for limit in lifted.iter().filter(|limit| limit.text != "max_load") {
            let message = format!("`{}` is no limit that can be lifted", short(limit.text));
            sink.error("V25", limit.at, message, suggest(limit.text, ["max_load"]));
        }
        fields.finish("the choice");
        let without: BTreeSet<_> = lifted.iter().map(|limit| limit.text.to_owned()).collect();
        let to = to.filter(|to| is_known(*to, scope, sink))?;
        return Some((
            Next::Step {
                step: StepId::from(to.text),
                without,
            },
            to,
        ));
    }
    let to = text_of(node, "the choice", "V7", sink)?;
    match to.text {
        "next" => Some((Next::Onward, to)),
        "stop" => Some((Next::Stop, to)),
        step => is_known(to, scope, sink).then(|| {
            (
                Next::Step {
                    step: StepId::from(step),
                    without: BTreeSet::new(),
                },
                to,
            )
        }),
    }
}

/// Working time such as `6 hours`, in minutes; 0 when it is not stated.
pub(crate) fn effort(fields: &Fields<'_, '_>) -> Option<u32> {
    if fields.get("effort").is_none() {
        return Some(0);
    }
    match fields.parsed::<BusinessSpan>("effort", "V13")? {
        (BusinessSpan::Seconds(seconds), _) if seconds >= 60 => Some(seconds / 60),
        (_, at) => {
            fields.sink.error(
                "V13",
                at,
                "effort is working time, not a date",
                "write it in hours or minutes, such as `6 hours`",
            );
            None
        }
    }
}
