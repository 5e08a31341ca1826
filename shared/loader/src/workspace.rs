//! Puts the files together: heads first, then steps, then what only all of them show.
//! It must not hold a rule itself.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::company::{Client, Team};
use domain::definition::{Action, Kind, Outcome, Step, Workflow};
use domain::id::{StepId, WorkflowId};
use serde_json::Value;

use crate::case_clocks::{self, ClocksRead};
use crate::chain::{self, Chained};
use crate::files::in_folder;
use crate::names::{Names, Shape};
use crate::order::{self, Order};
use crate::problem::{At, Problem, Severity, Sink};
use crate::shelf::Shelf;
use crate::steps::{self, Scope, StepRead};
use crate::team::{self, TeamRead};
use crate::workflow::{self, Around, Head};
use crate::yaml::{self, Node};
use crate::{Loaded, Workspace, clients, letterhead, targets, webhooks};

/// A workflow file as a tree.
struct Source<'f> {
    path: &'f str,
    stem: &'f str,
    node: Node,
    is_project: bool,
}

/// Reads a workspace from its files, by their paths relative to it. Every problem of every file is found in one pass.
#[must_use]
pub fn load(files: &BTreeMap<String, String>) -> Loaded {
    let problems = RefCell::new(Vec::new());
    let (workspace, versions) = read(files, &problems);
    let mut problems = problems.into_inner();
    problems.sort_by(|a, b| {
        (&a.file, a.line, a.column, &a.rule, &a.message)
            .cmp(&(&b.file, b.line, b.column, &b.rule, &b.message))
    });
    problems.dedup();
    let sound = problems
        .iter()
        .all(|problem| problem.severity == Severity::Warning);
    Loaded {
        workspace: workspace.filter(|_| sound),
        problems,
        versions,
    }
}

type Versions = BTreeMap<WorkflowId, (String, At)>;

fn read(
    files: &BTreeMap<String, String>,
    problems: &RefCell<Vec<Problem>>,
) -> (Option<Workspace>, Versions) {
    other_endings(files, problems);
    let mut team =
        parsed(files, "team.yaml", problems).and_then(|(node, sink)| team::read(&node, sink));
    if let Some(TeamRead { team, webhooks, .. }) = &mut team {
        webhooks::read(files, team, webhooks, problems);
    }
    let mut shelf = Shelf::fill(files, problems);
    let sources = sources(files, problems);
    for source in sources.iter().filter(|source| source.is_project) {
        shelf.projects.insert(
            source.stem,
            source
                .node
                .get("workflow")
                .and_then(Node::text)
                .map(WorkflowId::from),
        );
    }
    // A project that is no YAML was told about at its own lines; the steps that name it are not at fault.
    for (path, _, _) in in_folder(files, "projects", ".yaml") {
        shelf
            .projects
            .entry(path.strip_suffix(".yaml").unwrap_or(path))
            .or_insert(None);
    }
    let clients = read_clients(files, team.as_ref(), &sources, problems);
    let (workflows, versions) = read_workflows(files, team.as_ref(), &shelf, &sources, problems);
    let workspace = || {
        Some(Workspace {
            team: Team {
                letterhead: letterhead::read(files),
                ..team?.team
            },
            clients: clients?,
            workflows: workflows?,
            files: versions
                .iter()
                .map(|(workflow, (file, _))| (workflow.clone(), file.clone()))
                .collect(),
        })
    };
    let workspace = workspace();
    if let Some(workspace) = &workspace {
        letterhead::check(workspace, problems);
    }
    (workspace, versions)
}

fn parsed<'f>(
    files: &'f BTreeMap<String, String>,
    path: &'f str,
    problems: &'f RefCell<Vec<Problem>>,
) -> Option<(Node, Sink<'f>)> {
    let sink = Sink::new(path, problems);
    match files.get(path) {
        Some(text) => yaml::parse(text, sink).map(|node| (node, sink)),
        None => {
            sink.error(
                "V1",
                At::START,
                format!("the file {path} is missing"),
                "write it; `baton init` makes a sample",
            );
            None
        }
    }
}

/// Files that would silently be left out.
fn other_endings(files: &BTreeMap<String, String>, problems: &RefCell<Vec<Problem>>) {
    for path in files.keys().filter(|path| path.ends_with(".yml")) {
        Sink::new(path, problems).warning(
            "V25",
            At::START,
            "this file is not read",
            "let its name end in `.yaml`",
        );
    }
}

fn sources<'f>(
    files: &'f BTreeMap<String, String>,
    problems: &RefCell<Vec<Problem>>,
) -> Vec<Source<'f>> {
    let of = |folder, is_project| {
        in_folder(files, folder, ".yaml").filter_map(move |(path, _, text)| {
            let node = yaml::parse(text, Sink::new(path, problems))?;
            Some(Source {
                path,
                stem: path.strip_suffix(".yaml").unwrap_or(path),
                node,
                is_project,
            })
        })
    };
    of("workflows", false).chain(of("projects", true)).collect()
}

fn read_clients(
    files: &BTreeMap<String, String>,
    team: Option<&TeamRead>,
    sources: &[Source<'_>],
    problems: &RefCell<Vec<Problem>>,
) -> Option<Vec<Client>> {
    let is_invoice = |step: &Node| step.get("do").and_then(Node::text) == Some("invoice");
    let steps = |source: &Source<'_>| match source.node.get("steps").map(|node| &node.kind) {
        Some(yaml::NodeKind::List(steps)) => steps.iter().any(is_invoice),
        _ => false,
    };
    let invoices = sources.iter().any(steps);
    let team_sink = Sink::new("team.yaml", problems);
    if let Some(team) = team
        && invoices
        && team.team.seller.is_null()
    {
        let help = "add `seller`: name, address, vat_id, bank and series";
        team_sink.error(
            "V16",
            team.seller_at,
            "a workflow invoices, and team.yaml does not say who sells",
            help,
        );
    }
    let (node, sink) = parsed(files, "clients.yaml", problems)?;
    let workflows = sources.iter().map(|source| &source.node);
    let promised = targets::promised(workflows);
    Some(clients::read(
        &node, team, invoices, &promised, sink, team_sink,
    ))
}

fn read_workflows(
    files: &BTreeMap<String, String>,
    team: Option<&TeamRead>,
    shelf: &Shelf<'_>,
    sources: &[Source<'_>],
    problems: &RefCell<Vec<Problem>>,
) -> (Option<Vec<Workflow>>, Versions) {
    let has_file = |path: &str| files.contains_key(path);
    let around = Around {
        team,
        has_file: &has_file,
    };
    let heads: Vec<_> = sources
        .iter()
        .filter_map(|source| {
            let head = workflow::head(
                &source.node,
                &around,
                source.is_project,
                Sink::new(source.path, problems),
            )?;
            Some((source, head))
        })
        .collect();
    let mut names: Vec<_> = heads
        .iter()
        .map(|(source, head)| names_of(source, head, &heads, team))
        .collect();
    for ((_, head), names) in heads.iter().zip(&mut names) {
        steps::add_results(head, names);
    }
    let mut read = Vec::new();
    for ((source, head), names) in heads.iter().zip(&names) {
        let scope = Scope {
            head,
            names,
            files: shelf,
            team,
            ids: steps::ids(head),
        };
        read.push((
            source,
            head,
            names,
            steps::read(&scope),
            case_clocks::read(&scope),
        ));
    }
    let mut workflows = Vec::new();
    for (_, head, names, steps, clocks) in &read {
        let order = check_steps(head, names, steps);
        workflows.push(workflow(head, steps, clocks, &order, shelf));
    }
    let chained: Vec<_> = read
        .iter()
        .map(|(source, head, names, steps, clocks)| Chained {
            head,
            names,
            steps,
            clocks,
            stem: source.stem,
        })
        .collect();
    let sample = |event: &str| {
        files
            .get(&format!("events/{event}.json"))
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
    };
    let whole = |head: &Head<'_, '_>, steps: &[StepRead<'_>], clocks: &ClocksRead<'_>| {
        let starts = head.kind == Some(Kind::Project) || head.trigger.is_some();
        let steps_are = steps.iter().all(|step| step.action.is_some());
        starts && steps.len() == head.steps.len() && steps_are && clocks.is_whole
    };
    let files_there =
        ["workflows", "projects"].map(|folder| in_folder(files, folder, ".yaml").count());
    let complete = read.len() == files_there.iter().sum::<usize>()
        && read
            .iter()
            .all(|(_, head, _, steps, clocks)| whole(head, steps, clocks));
    chain::check(&chained, complete, team.map(|team| &team.team), &sample);
    let versions = heads
        .iter()
        .filter_map(|(source, head)| {
            Some((
                WorkflowId::from(head.id?.text),
                (source.path.to_owned(), head.version?.1),
            ))
        })
        .collect();
    (
        workflows
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .filter(|_| complete),
        versions,
    )
}

/// The values a workflow's lines may use: its own, and for a project those of the workflows that start it.
fn names_of(
    source: &Source<'_>,
    head: &Head<'_, '_>,
    heads: &[(&Source<'_>, Head<'_, '_>)],
    team: Option<&TeamRead>,
) -> Names {
    let mut names = head.names.clone();
    let starts_it = |head: &Head<'_, '_>| {
        head.steps
            .iter()
            .any(|step| step.get("template").and_then(Node::text) == Some(source.stem))
    };
    let is_role = |name: &str| {
        team.is_some_and(|team| {
            team.team.roles.contains_key(&name.into()) || team.broken.contains(name)
        })
    };
    for given in head.given.iter().filter(|given| !is_role(given.text)) {
        let mut shapes = heads
            .iter()
            .filter(|(_, head)| starts_it(head))
            .map(|(_, head)| head.names.get(given.text));
        // Where its starters disagree, or there is none, nothing can be said about what is inside.
        let shape = shapes
            .next()
            .flatten()
            .filter(|first| shapes.all(|other| other == Some(*first)))
            .cloned();
        // Without a team a role can not be told from a value.
        let open = if team.is_none() {
            Shape::Unknown
        } else {
            Shape::Field
        };
        names.insert(given.text, shape.unwrap_or(open));
    }
    names
}

fn check_steps(head: &Head<'_, '_>, names: &Names, steps: &[StepRead<'_>]) -> Order {
    let order = Order::of(steps);
    let sound = steps.len() == head.steps.len()
        && steps
            .iter()
            .all(|step| step.action.is_some() && !step.reads.astray);
    order::check(&order, steps, sound, head.sink);
    let given: Vec<_> = head.given.iter().map(|given| given.text).collect();
    if sound {
        order::check_available(&order, steps, names, &given, head.sink);
    }
    if let Some(outcome) = &head.outcome {
        let known = |id: &str| {
            head.steps
                .iter()
                .any(|node| node.get("id").and_then(Node::text) == Some(id))
        };
        let ids = || steps.iter().map(|step| step.id.text);
        for (end, start) in [(outcome.from, Some("start")), (outcome.to, None)] {
            if !known(end.text) && Some(end.text) != start {
                let message = format!(
                    "the outcome is measured at a step `{}`, which is not here",
                    crate::fields::short(end.text)
                );
                let known: Vec<_> = ids().chain(start).collect();
                head.sink.error(
                    "V4",
                    end.at,
                    message,
                    crate::problem::suggest(end.text, known),
                );
            }
        }
    }
    order
}

/// `None` when any part of it could not be read.
fn workflow(
    head: &Head<'_, '_>,
    steps: &[StepRead<'_>],
    clocks: &ClocksRead<'_>,
    order: &Order,
    shelf: &Shelf<'_>,
) -> Option<Workflow> {
    let outcome = head.outcome.as_ref()?;
    let steps: Vec<_> = steps
        .iter()
        .enumerate()
        .map(|(place, step)| finished(place, step, order, steps))
        .collect::<Option<_>>()?;
    let mails = steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Mail { template, .. }
            | Action::Notify { template, .. }
            | Action::Chat { template, .. }
            | Action::Portal { template, .. } => Some(template),
            _ => None,
        })
        .filter_map(|name| Some((name.clone(), shelf.mail_text(name)?.to_owned())))
        .collect();
    Some(Workflow {
        id: WorkflowId::from(head.id?.text),
        version: head.version?.0,
        title: head.title?.text.to_owned(),
        kind: head.kind?,
        owner: head.owner.clone()?,
        backup: head.backup.clone(),
        critical: head.critical,
        runbook: head.runbook.clone(),
        outcome: Outcome {
            measure: outcome.measure.clone(),
            from: (outcome.from.text != "start").then(|| StepId::from(outcome.from.text)),
            to: StepId::from(outcome.to.text),
            target: outcome.target,
        },
        starts_on: head.trigger.as_ref().map(|read| read.trigger.clone()),
        ends_within: head.ends_within,
        stuck_after: head.stuck_after,
        data: head.data.clone(),
        changes_on: clocks.changes.clone(),
        clocks: clocks.clocks.clone(),
        steps,
        mails,
    })
    .filter(|_| head.complete && clocks.is_whole)
}

fn finished(
    place: usize,
    step: &StepRead<'_>,
    order: &Order,
    steps: &[StepRead<'_>],
) -> Option<Step> {
    Some(Step {
        id: StepId::from(step.id.text),
        after: order.ids(place, steps),
        end: step.end,
        owner: step.owner.as_ref().map(|(owner, _)| owner.clone()),
        clock: step.clock.clone(),
        milestone: step
            .milestone
            .as_ref()
            .map(|(milestone, _)| milestone.clone()),
        action: step.action.clone()?,
    })
}
