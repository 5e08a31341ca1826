//! What the page of a task's link says and offers, by where the case stands when it is opened.
//! It changes nothing and must not know how a page looks.

use jiff::Timestamp;

use super::{Link, TaskLink};
use crate::assign::Loads;
use crate::case::{Case, RunState, Task, TaskKind};
use crate::company::{Role, Team};
use crate::definition::{Action, Owner, Step, Workflow};
use crate::id::PersonId;

/// How the task of a link stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Stands {
    /// It is the reader's; since when they have said so.
    Yours { accepted_at: Option<Timestamp> },
    /// It is somebody else's, and the reader may take it over.
    Theirs { owner: PersonId },
    /// It was the reader's and is somebody else's now.
    Moved { owner: PersonId },
    Done {
        at: Timestamp,
        outcome: Option<String>,
        by: Option<PersonId>,
    },
    /// It came back after this link was mailed, and a later mail told of it.
    CameBack { owner: Option<PersonId> },
    /// A choice led elsewhere, or the case has ended.
    Gone,
}

/// A way in which the task can end, by its name; `None`: it is simply done.
pub type End = Option<String>;

/// What the page says and offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub stands: Stands,
    pub can_accept: bool,
    pub can_take_over: bool,
    /// Who may be given it, whoever stands in for its owner first; nobody who is away.
    pub hand_to: Vec<PersonId>,
    pub ends: Vec<End>,
}

/// What `link` offers now.
pub fn offer(link: &Link, case: &Case, workflow: &Workflow, team: &Team, loads: &Loads) -> Offer {
    let nothing = |stands| Offer {
        stands,
        can_accept: false,
        can_take_over: false,
        hand_to: Vec::new(),
        ends: Vec::new(),
    };
    let (of, is_owners) = match link {
        Link::Task(of) => (of, true),
        Link::Beside(of) => (of, false),
        Link::Portal { .. } => return nothing(Stands::Gone),
    };
    let task = match open_task(case, of) {
        Ok(task) => task,
        Err(stands) => return nothing(stands),
    };
    let step = workflow.step(&of.step);
    let hand_to = takers(case, workflow, step, team, loads, task);
    if task.owner == of.reader {
        return Offer {
            stands: Stands::Yours {
                accepted_at: task.accepted_at,
            },
            can_accept: task.accepted_at.is_none(),
            can_take_over: false,
            hand_to,
            ends: step.map(|step| ends(step, task)).unwrap_or_default(),
        };
    }
    let owner = task.owner.clone();
    if is_owners {
        return nothing(Stands::Moved { owner });
    }
    let is_there = team.person(&of.reader).is_some() && !is_away(loads, &of.reader);
    Offer {
        can_take_over: is_there,
        hand_to: hand_to.into_iter().filter(|to| *to != of.reader).collect(),
        ..nothing(Stands::Theirs { owner })
    }
}

/// The task that the link is for, or how it stands without one.
fn open_task<'a>(case: &'a Case, of: &TaskLink) -> Result<&'a Task, Stands> {
    let Some(run) = case.steps.get(&of.step) else {
        return Err(Stands::Gone);
    };
    let open = case.open_task(&of.step);
    if run.number != of.run {
        let owner = open.map(|(_, task)| task.owner.clone());
        return Err(Stands::CameBack { owner });
    }
    match (&run.state, open) {
        (RunState::Done { at, outcome, by }, _) => Err(Stands::Done {
            at: *at,
            outcome: outcome.clone(),
            by: by.clone(),
        }),
        (RunState::Open { .. }, Some((_, task))) if case.is_running() => Ok(task),
        _ => Err(Stands::Gone),
    }
}

fn is_away(loads: &Loads, person: &PersonId) -> bool {
    loads.get(person).is_some_and(|load| load.away)
}

/// Everybody who is there but the owner: their own backup, the workflow's, who can fill the role, then by name.
fn takers(
    case: &Case,
    workflow: &Workflow,
    step: Option<&Step>,
    team: &Team,
    loads: &Loads,
    task: &Task,
) -> Vec<PersonId> {
    let own = team
        .person(&task.owner)
        .and_then(|person| person.backup.clone());
    let of_workflow = workflow
        .backup
        .as_ref()
        .and_then(|backup| case.resolve(team, backup));
    let peers = match step.and_then(|step| step.owner.as_ref()) {
        Some(Owner::Role(role)) => match team.roles.get(role) {
            Some(Role::PickedFrom(people)) => people.clone(),
            Some(Role::HeldBy(_)) | None => Vec::new(),
        },
        _ => Vec::new(),
    };
    let rank = |person: &PersonId| {
        let stands_in = [&own, &of_workflow];
        stands_in
            .iter()
            .position(|backup| backup.as_ref() == Some(person))
            .unwrap_or(if peers.contains(person) { 2 } else { 3 })
    };
    let mut takers: Vec<_> = team
        .people
        .iter()
        .filter(|(id, _)| **id != task.owner && !is_away(loads, id))
        .collect();
    takers.sort_by_key(|(id, person)| (rank(id), person.name.clone()));
    takers.into_iter().map(|(id, _)| id.clone()).collect()
}

/// How a task can be ended by a press: not one that another tool ends, nor a list that is ticked item by item.
fn ends(step: &Step, task: &Task) -> Vec<End> {
    match (&step.action, task.kind) {
        (
            Action::Task {
                tracks: Some(_), ..
            },
            _,
        ) => Vec::new(),
        (Action::Task { outcomes, .. }, TaskKind::Task) if outcomes.is_empty() => vec![None],
        (Action::Task { outcomes: ways, .. }, TaskKind::Task)
        | (Action::Approve { choices: ways, .. }, TaskKind::Decision) => {
            ways.iter().map(|(name, _)| Some(name.clone())).collect()
        }
        _ => Vec::new(),
    }
}
