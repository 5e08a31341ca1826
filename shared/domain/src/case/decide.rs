//! The one decision: a case, an input and what the company is like make facts, and nothing else happens here.
//! It must not load, store or send anything.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::flow::Turn;
use super::{Case, Fact, Listener, Message, Record, RunState, Work};
use crate::assign::{Commitment, Loads};
use crate::company::{Client, Hours, Team};
use crate::definition::Workflow;
use crate::event::Envelope;
use crate::id::{CaseId, ClientId, EffectId, EventId, PersonId, RoleId, StepId, WorkflowId};
use crate::value::Values;

/// The little of the company that a decision needs.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub team: &'a Team,
    pub clients: &'a BTreeMap<ClientId, Client>,
    /// The versions in force, from which projects are started.
    pub workflows: &'a BTreeMap<WorkflowId, Workflow>,
    /// `None`: not loaded. A decision that needs them says [`Refusal::NeedsLoads`] and is asked again.
    pub loads: Option<&'a Loads>,
}

/// How a case begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    pub case: CaseId,
    pub values: Values,
    pub client: Option<ClientId>,
    pub parent: Option<CaseId>,
    pub roles: BTreeMap<RoleId, PersonId>,
    pub correlation_id: String,
    pub hops: u32,
    pub started_by: Option<EventId>,
}

/// What can come in for a running case.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    TaskDone {
        step: StepId,
        by: PersonId,
        outcome: Option<String>,
    },
    ChecklistTicked {
        step: StepId,
        items: Vec<String>,
        by: PersonId,
    },
    DecisionMade {
        step: StepId,
        choice: String,
        by: PersonId,
    },
    EffectClosed {
        effect: EffectId,
        reference: String,
        values: Values,
    },
    /// An event that may concern the case. `kept_since`: it was there before the step that may wait for it. `overtaken`: a
    /// newer one of its kind about the same thing came before it.
    EventArrived {
        event: EventId,
        envelope: Box<Envelope>,
        kept_since: Option<Timestamp>,
        overtaken: bool,
    },
    /// An event that may move clocks of the case, or change its values.
    ClocksHear {
        event: EventId,
        envelope: Box<Envelope>,
    },
    /// The time of a step's clock, of its wait, or of a clock of the case has come.
    TimeReached {
        step: StepId,
    },
    /// It is time to look whether the case still stands where it stood.
    AgeReached,
    /// The company's files were edited: its hours or what its clients were promised. In force since `at`.
    CompanyEdited {
        was: Box<Hours>,
        at: Timestamp,
    },
    /// A task's owner says "I have it".
    TaskAccepted {
        step: StepId,
        by: PersonId,
    },
    /// Somebody is away from now on; what is open and theirs goes to whoever stands in.
    OwnerAway {
        person: PersonId,
    },
    /// A task goes to another person of the team.
    TaskHanded {
        step: StepId,
        by: PersonId,
        to: PersonId,
    },
    Told(Message),
}

/// The state after the input, the facts that made it, and what else must hold for it to be saved.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub case: Case,
    pub record: Record,
    /// Each of these people must be there (not away) at the moment of saving.
    pub needs_active: Vec<PersonId>,
    /// When to look whether the case still stands where it stands; none when it has ended.
    pub look_again_at: Option<Timestamp>,
    pub commitments: Vec<Commitment>,
    /// Where it listens for events from now on, and where no longer.
    pub armed: Vec<Listener>,
    pub released: Vec<Listener>,
    /// Projects that start in the same transaction.
    pub children: Vec<Decision>,
}

/// Why an input changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a refusal for good: decide again with the loads of the team.
    #[error("the decision needs the team's loads")]
    NeedsLoads,
    /// The same thing has already happened.
    #[error("{0}")]
    Repeat(String),
    /// It can never be done; the text says what to mend.
    #[error("{0}")]
    Never(String),
}

/// Starts a case of `workflow` and runs it to its first rest.
pub fn start(
    world: World<'_>,
    workflow: &Workflow,
    opening: Opening,
    cause: &str,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut turn = Turn::begin(world, workflow, opening, now)?;
    turn.clocks_begin()?;
    turn.rest()?;
    turn.finish(cause)
}

/// What `input` does to `case`, which runs on `workflow`.
pub fn decide(
    world: World<'_>,
    workflow: &Workflow,
    case: &Case,
    input: &Input,
    cause: &str,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut turn = Turn::resume(world, workflow, case.clone(), now);
    match input {
        Input::TaskDone { step, by, outcome } => turn.task_done(step, by, outcome.as_deref())?,
        Input::ChecklistTicked { step, items, by } => turn.items_ticked(step, items, by)?,
        Input::DecisionMade { step, choice, by } => turn.decision_made(step, choice, by)?,
        Input::EffectClosed {
            effect,
            reference,
            values,
        } => effect_closed(&mut turn, effect, reference, values)?,
        Input::EventArrived {
            event,
            envelope,
            kept_since,
            overtaken,
        } => turn.event_arrived(event, envelope, *kept_since, *overtaken)?,
        Input::ClocksHear { event, envelope } => turn.clocks_hear(event, envelope)?,
        Input::TimeReached { step } => turn.time_reached(step)?,
        Input::AgeReached => turn.age_reached()?,
        Input::CompanyEdited { was, at } => turn.clocks_follow(was, *at)?,
        Input::TaskAccepted { step, by } => turn.task_accepted(step, by)?,
        Input::TaskHanded { step, by, to } => turn.task_handed(step, by, to)?,
        Input::OwnerAway { person } => turn.owner_away(person)?,
        Input::Told(Message::ParentStopped { by }) => turn.parent_stopped(by.clone())?,
        Input::Told(Message::RoleFilled { role, person }) => {
            if turn.case.roles.get(role) == Some(person) {
                return Err(Refusal::Repeat(format!(
                    "{person} already holds {role} here"
                )));
            }
            let fact = Fact::RoleFilled {
                role: role.clone(),
                person: person.clone(),
                step: None,
                free_minutes: None,
            };
            turn.record(fact);
        }
    }
    turn.rest()?;
    turn.finish(cause)
}

fn effect_closed(
    turn: &mut Turn<'_>,
    effect: &EffectId,
    reference: &str,
    values: &Values,
) -> Result<(), Refusal> {
    let Some(owed) = turn.case.owed.get(effect).cloned() else {
        return Err(Refusal::Repeat(format!(
            "effect {effect} is already closed"
        )));
    };
    turn.record(Fact::EffectClosed {
        id: effect.clone(),
        reference: reference.to_owned(),
        values: values.clone(),
    });
    let Some((step, run)) = owed.step else {
        return Ok(());
    };
    let waits = turn.case.steps.get(&step).is_some_and(|current| {
        current.number == run && matches!(&current.state, RunState::Open { work: Work::Effect(id), .. } if id == effect)
    });
    if waits {
        turn.step_done(&step, None, None)
    } else {
        Ok(())
    }
}

/// The person named by a value of the case, such as `client.account_manager`.
pub(super) fn person_at(values: &Values, path: &str) -> Option<PersonId> {
    match crate::value::named(values, path)? {
        Value::String(id) => Some(PersonId(id.clone())),
        Value::Object(person) => Some(PersonId(person.get("id")?.as_str()?.to_owned())),
        _ => None,
    }
}
