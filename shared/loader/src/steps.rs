//! Reads the steps of a workflow: what all kinds share here, what each kind adds in `actions`.
//! It must not know what follows what; that is `order`'s.

use std::collections::BTreeMap;

use domain::definition::{Action, Kind, Milestone, Owner, ResponseRule};
use domain::id::StepId;

use crate::actions;
use crate::clock;
use crate::fields::{Fields, Text, short};
use crate::names::{Names, Shape};
use crate::people::People;
use crate::problem::{At, Sink, suggest};
use crate::texts::Named;
use crate::trigger::EventRead;
use crate::workflow::Head;
use crate::yaml::{Node, NodeKind};

pub(crate) const MAX_STEPS: usize = 100;

/// The kinds of steps.
const KINDS: [&str; 13] = [
    "task",
    "checklist",
    "assign",
    "project",
    "mail",
    "notify",
    "invoice",
    "portal",
    "approve",
    "wait",
    "branch",
    "emit",
    "call",
];

/// A step as far as it could be read.
pub(crate) struct StepRead<'n> {
    pub id: Text<'n>,
    pub kind: &'n str,
    /// `None`: not stated, so the file's order decides.
    pub after: Option<Vec<Text<'n>>>,
    pub end: bool,
    pub owner: Option<(Owner, At)>,
    pub clock: Option<ResponseRule>,
    pub milestone: Option<(Milestone, At)>,
    /// `None`: it could not be read, and why was told.
    pub action: Option<Action>,
    pub reads: Reads<'n>,
}

/// What a step's lines refer to, for the checks that need the whole workflow.
#[derive(Default)]
pub(crate) struct Reads<'n> {
    pub jumps: Vec<Jump<'n>>,
    /// Whether the file's order goes on after this step.
    pub goes_on: bool,
    /// Whether it can end the case by a choice.
    pub can_stop: bool,
    /// Values named in its texts and keys.
    pub named: Vec<Named>,
    /// Roles that must be filled by then.
    pub roles: Vec<(String, At)>,
    pub template: Option<Text<'n>>,
    /// Whether it names a step that is not there.
    pub astray: bool,
    pub emits: Option<Text<'n>>,
    pub heard: Option<HeardRead<'n>>,
    pub unheard: bool,
}

/// An event that a step waits for, with every path into it.
pub(crate) struct HeardRead<'n> {
    pub on: EventRead<'n>,
    pub paths: Vec<Text<'n>>,
}

pub(crate) struct Jump<'n> {
    pub to: Text<'n>,
    /// Whether a person decides for it.
    pub by_person: bool,
    pub rounds: Option<u32>,
}

/// What the steps of one workflow are read against.
pub(crate) struct Scope<'a, 'n, 's> {
    pub head: &'a Head<'n, 's>,
    pub names: &'a Names,
    pub files: &'a dyn crate::actions::Files,
    pub team: Option<&'a crate::team::TeamRead>,
    pub ids: BTreeMap<&'n str, At>,
}

pub(crate) fn is_persons_work(kind: &str) -> bool {
    matches!(kind, "task" | "checklist" | "approve")
}

/// The ids of all steps, so that a step may name one below it. A second one of the same name is told.
pub(crate) fn ids<'n>(head: &Head<'n, '_>) -> BTreeMap<&'n str, At> {
    let mut ids = BTreeMap::new();
    for node in head.steps {
        let Some((id, at)) = node
            .get("id")
            .and_then(|id| id.text().map(|text| (text, id.at)))
        else {
            continue;
        };
        if ids.insert(id, at).is_some() {
            head.sink.error(
                "V7",
                at,
                format!("the step `{}` is here twice", short(id)),
                "give each step its own id",
            );
        }
    }
    for (name, at) in ids
        .iter()
        .filter(|(name, _)| head.names.get(name).is_some())
    {
        head.sink.error(
            "V7",
            *at,
            format!("`{name}` names a value and a step"),
            "rename one of the two",
        );
    }
    for (name, at) in ids
        .iter()
        .filter(|(name, _)| matches!(**name, "start" | "next" | "stop"))
    {
        head.sink.error(
            "V7",
            *at,
            format!("a step can not be called `{name}`: the word has a meaning of its own"),
            "rename it",
        );
    }
    ids
}

/// What invoices, waits and calls leave behind can be named by steps after them.
pub(crate) fn add_results(head: &Head<'_, '_>, names: &mut Names) {
    for node in head.steps {
        let kind = node.get("do").and_then(Node::text);
        let Some(id) = node.get("id").and_then(Node::text) else {
            continue;
        };
        let shape = match kind {
            Some("invoice") => Shape::Invoice(StepId::from(id)),
            Some("wait" | "call") => match node.get("takes").map(|takes| &takes.kind) {
                Some(NodeKind::Map(takes)) => Shape::Taken(
                    StepId::from(id),
                    takes.iter().map(|(name, _)| name.text.clone()).collect(),
                ),
                _ => continue,
            },
            _ => continue,
        };
        names.insert(id, shape);
    }
}

pub(crate) fn read<'n>(scope: &Scope<'_, 'n, '_>) -> Vec<StepRead<'n>> {
    let (sink, nodes) = (scope.head.sink, scope.head.steps);
    if let Some(first_over) = nodes.get(MAX_STEPS) {
        let message = format!(
            "the workflow has {} steps; at most {MAX_STEPS} are run",
            nodes.len()
        );
        sink.error(
            "V23",
            first_over.at,
            message,
            "split it: let one workflow emit an event that starts the next",
        );
    }
    let mut steps: Vec<_> = nodes
        .iter()
        .take(MAX_STEPS)
        .filter_map(|node| step(node, scope))
        .collect();
    milestones(&mut steps, scope);
    steps
}

fn step<'n>(node: &'n Node, scope: &Scope<'_, 'n, '_>) -> Option<StepRead<'n>> {
    let mut fields = Fields::of(node, node.at, scope.head.sink, "V25", "a step")?;
    let id = fields.required_text("id", "V7", "give the step a name: `id: kickoff`")?;
    if !crate::team::well_formed(id.text) {
        let message = format!("`{}` can not name a step", short(id.text));
        fields.sink.error(
            "V7",
            id.at,
            message,
            "use small letters, digits and `_`, beginning with a letter",
        );
        return None;
    }
    fields.at = id.at;
    fields.sink = fields.sink.of_step(id.text);
    let sink = fields.sink;
    let kind = fields.required_text("do", "V25", "say what is done: `do: task`");
    let after = fields.texts("after", "V7");
    let end = fields.flag("end");
    let stated = after.as_ref().map_or(0, Vec::len);
    let after = after.map(|after| known_steps(after, scope, sink));
    let astray = after.as_ref().map_or(0, Vec::len) < stated;
    let mut read = StepRead {
        id,
        kind: kind.map_or("", |kind| kind.text),
        after,
        end,
        owner: None,
        clock: None,
        milestone: None,
        action: None,
        reads: Reads {
            goes_on: true,
            astray,
            ..Reads::default()
        },
    };
    if !is_run(kind?, &fields) {
        return Some(read);
    }
    read.owner = owner(&fields, scope, &mut read.reads, read.kind);
    read.clock = clock::clock(&fields, read.kind, scope, &mut read.reads);
    read.milestone = milestone(&fields, read.kind, scope);
    read.action = actions::read(&fields, read.kind, scope, &mut read.reads);
    fields.finish(&format!("a step `do: {}`", read.kind));
    Some(read)
}

fn is_run(kind: Text<'_>, fields: &Fields<'_, '_>) -> bool {
    let sink = fields.sink;
    if !KINDS.contains(&kind.text) {
        let message = format!("`{}` is no kind of step", short(kind.text));
        sink.error("V25", kind.at, message, suggest(kind.text, KINDS));
        return false;
    }
    true
}

fn known_steps<'n>(
    named: Vec<Text<'n>>,
    scope: &Scope<'_, 'n, '_>,
    sink: Sink<'_>,
) -> Vec<Text<'n>> {
    named
        .into_iter()
        .filter(|text| is_known(*text, scope, sink))
        .collect()
}

pub(crate) fn is_known(text: Text<'_>, scope: &Scope<'_, '_, '_>, sink: Sink<'_>) -> bool {
    let known = scope.ids.contains_key(text.text);
    if !known {
        let message = format!("there is no step `{}`", short(text.text));
        sink.error(
            "V7",
            text.at,
            message,
            suggest(text.text, scope.ids.keys().copied()),
        );
    }
    known
}

fn owner(
    fields: &Fields<'_, '_>,
    scope: &Scope<'_, '_, '_>,
    reads: &mut Reads<'_>,
    kind: &str,
) -> Option<(Owner, At)> {
    let node = match is_persons_work(kind) {
        true => fields.required(
            "owner",
            "V1",
            "name the one person, role or value that is responsible",
        ),
        false => fields.get("owner"),
    }?;
    let people = People {
        team: scope.team,
        sink: fields.sink,
    };
    let owner = people.resolve(node, "owner", Some(scope.names))?;
    note_owner(&owner, node.at, &people, reads);
    Some((owner, node.at))
}

/// Remembers what an owner needs by then: a role that is filled per case, or a value.
pub(crate) fn note_owner(owner: &Owner, at: At, people: &People<'_, '_>, reads: &mut Reads<'_>) {
    match owner {
        Owner::Role(role) if people.is_picked(role) => reads.roles.push((role.0.clone(), at)),
        Owner::Value(path) => reads.named.push(Named {
            path: path.clone(),
            at,
            printed: false,
        }),
        Owner::Role(_) | Owner::Person(_) => {}
    }
}

fn milestone(
    fields: &Fields<'_, '_>,
    kind: &str,
    scope: &Scope<'_, '_, '_>,
) -> Option<(Milestone, At)> {
    let node = fields.get("milestone")?;
    let (sink, at) = (fields.sink, fields.key_at("milestone"));
    if scope.head.kind == Some(Kind::Operations) {
        sink.error(
            "V22",
            at,
            "only a project has milestones",
            "move the step to a project, or remove `milestone`",
        );
    } else if !matches!(kind, "task" | "checklist") {
        let message = format!("a step `do: {kind}` can not be a milestone");
        sink.error(
            "V16",
            at,
            message,
            "put `milestone` on the task or checklist that brings the acceptance",
        );
    }
    let fields = Fields::of(node, at, sink, "V16", "`milestone`")?;
    let title = fields.required_text(
        "title",
        "V16",
        "say what the client accepts; it stands on the invoice",
    );
    fields.required(
        "share",
        "V16",
        "say which share of the contract it bills, such as `40%`",
    );
    let share = fields.percent("share", "V16");
    let share_at = fields.get("share").map_or(at, |node| node.at);
    fields.finish("`milestone`");
    Some((
        Milestone {
            title: title?.text.to_owned(),
            share_percent: share?,
            before_percent: 0,
        },
        share_at,
    ))
}

/// Sums the shares up; together they are the whole contract.
fn milestones(steps: &mut [StepRead<'_>], scope: &Scope<'_, '_, '_>) {
    let mut sum = 0;
    let mut last = None;
    for step in steps.iter_mut() {
        if let Some((milestone, at)) = &mut step.milestone {
            milestone.before_percent = sum;
            sum += milestone.share_percent;
            last = Some((*at, step.id.text));
        }
    }
    let unread = scope
        .head
        .steps
        .iter()
        .filter(|node| node.get("milestone").is_some())
        .count();
    let read = steps.iter().filter(|step| step.milestone.is_some()).count();
    if let Some((at, step)) = last
        && sum != 100
        && unread == read
    {
        let message = format!("the shares of the milestones add up to {sum}%");
        scope
            .head
            .sink
            .of_step(step)
            .error("V16", at, message, "let them add up to 100%");
    }
}
