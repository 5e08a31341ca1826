//! What the page of a link to a task, or to a clock of a case, says and offers, by where the case stands when it is opened.
//! It changes nothing and must not know how a page looks.

use jiff::Timestamp;

use super::{Link, TaskLink};
use crate::assign::Loads;
use crate::case::{Case, Duty, RunState, TaskKind};
use crate::clock::State;
use crate::company::{Role, Team};
use crate::definition::{Action, Owner, Workflow};
use crate::id::{PersonId, StepId};

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
        Link::Time(_) | Link::Portal { .. } => return nothing(Stands::Gone),
    };
    let duty = match open_duty(case, of) {
        Ok(duty) => duty,
        Err(stands) => return nothing(stands),
    };
    let hand_to = takers(case, workflow, team, loads, &duty);
    if *duty.owner == of.reader {
        return Offer {
            stands: Stands::Yours {
                accepted_at: duty.accepted_at,
            },
            can_accept: duty.accepted_at.is_none(),
            can_take_over: false,
            hand_to,
            ends: ends(workflow, duty.step, duty.kind),
        };
    }
    let owner = duty.owner.clone();
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

/// What the link is for, or how it stands without it.
fn open_duty<'a>(case: &'a Case, of: &TaskLink) -> Result<Duty<'a>, Stands> {
    let duty = case.duty(&of.step);
    let owner = || duty.map(|duty| duty.owner.clone());
    if let Some(timed) = case.clocks.get(&of.step) {
        return match timed.clock.state() {
            _ if timed.run != of.run => Err(Stands::CameBack { owner: owner() }),
            State::Stopped { at } => Err(Stands::Done {
                at,
                outcome: None,
                by: None,
            }),
            State::Cancelled { .. } => Err(Stands::Gone),
            State::Running { .. } | State::Paused { .. } => duty.ok_or(Stands::Gone),
        };
    }
    let Some(run) = case.steps.get(&of.step) else {
        return Err(Stands::Gone);
    };
    if run.number != of.run {
        return Err(Stands::CameBack { owner: owner() });
    }
    match &run.state {
        RunState::Done { at, outcome, by } => Err(Stands::Done {
            at: *at,
            outcome: outcome.clone(),
            by: by.clone(),
        }),
        RunState::Open { .. } if case.is_running() => duty.ok_or(Stands::Gone),
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
    team: &Team,
    loads: &Loads,
    duty: &Duty<'_>,
) -> Vec<PersonId> {
    let own = team
        .person(duty.owner)
        .and_then(|person| person.backup.clone());
    let of_workflow = workflow
        .backup
        .as_ref()
        .and_then(|backup| case.resolve(team, backup));
    let step = workflow.step(duty.step);
    let of_step = step.and_then(|step| step.owner.as_ref());
    let of_clock = || workflow.clock(duty.step)?.owner.as_ref();
    let peers = match of_step.or_else(of_clock) {
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
        .filter(|(id, _)| *id != duty.owner && !is_away(loads, id))
        .collect();
    takers.sort_by_key(|(id, person)| (rank(id), person.name.clone()));
    takers.into_iter().map(|(id, _)| id.clone()).collect()
}

/// How something of this kind can be ended by a press: not what another tool ends (a clock of the case, a tracked task),
/// nor a list that is ticked item by item.
pub fn ends(workflow: &Workflow, step: &StepId, kind: Option<TaskKind>) -> Vec<End> {
    let Some(step) = workflow.step(step) else {
        return Vec::new();
    };
    match (&step.action, kind) {
        (
            Action::Task {
                tracks: Some(_), ..
            },
            _,
        ) => Vec::new(),
        (Action::Task { outcomes, .. }, Some(TaskKind::Task)) if outcomes.is_empty() => vec![None],
        (Action::Task { outcomes: ways, .. }, Some(TaskKind::Task))
        | (Action::Approve { choices: ways, .. }, Some(TaskKind::Decision)) => {
            ways.iter().map(|(name, _)| Some(name.clone())).collect()
        }
        _ => Vec::new(),
    }
}
