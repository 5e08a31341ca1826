//! One run of a workflow: where it stands, and nothing of how it is stored or told.
//! The state is the fold of its facts; only `fact::apply` writes it.

mod age;
mod clocks;
mod decide;
mod duty;
mod effect;
mod enter;
mod fact;
mod flow;
mod listen;
mod mark;
mod milestone;
mod task;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use decide::{Decision, Input, Opening, Refusal, World, decide, start};
pub use duty::Duty;
pub use effect::{Effect, Handover, Message, Notice, ParkedItem, Portal};
pub use fact::{ClockChange, Fact, Record};
pub use mark::{Moved, moved};

use crate::clock::Clock;
use crate::id::{CaseId, ClientId, EffectId, EventId, PersonId, RoleId, StepId, WorkflowId};
use crate::value::Values;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub workflow: WorkflowId,
    /// The workflow's version that this case runs on to its end.
    pub version: u32,
    pub title: String,
    pub owner: PersonId,
    pub client: Option<ClientId>,
    pub parent: Option<CaseId>,
    pub state: State,
    pub started_at: Timestamp,
    pub correlation_id: String,
    /// How many emits lie between the first event of the chain and this case.
    pub hops: u32,
    /// The event that started it, which therefore ends none of its waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<EventId>,
    pub values: Values,
    pub roles: BTreeMap<RoleId, PersonId>,
    pub steps: BTreeMap<StepId, Run>,
    /// Effects that are owed and not closed.
    pub owed: BTreeMap<EffectId, Owed>,
    pub children: Vec<CaseId>,
    /// Limits a decision has lifted for the next entry of an assign step.
    pub lifted: BTreeMap<StepId, BTreeSet<String>>,
    /// When a wait last ended because its event had not come: what comes from then on counts for its next run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub late: BTreeMap<StepId, Timestamp>,
    /// The clocks of the case itself, each in its latest life.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clocks: BTreeMap<StepId, CaseClock>,
    /// What an event must carry to concern a clock or a value of the case, as hashes; empty once none may any more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub listens: BTreeSet<String>,
    /// The time of the newest event that concerned each clock (by its name) and each value (by `data.name`): an older
    /// one that comes later changes nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub heard: BTreeMap<String, Timestamp>,
    /// The same for tools that number their events: by source and name, the place of the newest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub places: BTreeMap<String, i64>,
    /// History rows applied so far.
    pub sequence: u64,
    /// When it last went on: not when a clock spoke or a mail was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
    /// When it was last found stuck since then, and how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<(Timestamp, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Running,
    Completed { at: Timestamp },
    Stopped { at: Timestamp },
}

/// The latest run of a step; a step without one has not been reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// 1 for the first time, 2 after it was sent back once.
    pub number: u32,
    pub state: RunState,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Open {
        at: Timestamp,
        work: Work,
    },
    Done {
        at: Timestamp,
        outcome: Option<String>,
        by: Option<PersonId>,
    },
    /// It could not be done; the decision that was asked for leads back here or elsewhere.
    Undecided {
        decision: StepId,
    },
    /// Sent back, or left by a choice: it counts as not done until it is reached again.
    Cleared,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Task(Task),
    /// Done when that effect is closed.
    Effect(EffectId),
    Wait(Waiting),
}

/// A step that an event ends, or its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// What the event must carry, as a hash.
    pub correlation: String,
    pub until: Timestamp,
    /// What was received before does not count; `None`: whatever came before counts too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// A place at which a case listens for an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener {
    pub correlation: String,
    /// `None`: the clocks and values of the case itself.
    pub step: Option<StepId>,
    /// The end of a wait; a task that is tracked in another tool has its clock instead.
    pub until: Option<Timestamp>,
}

/// A clock of the case itself. Its name is its key in the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseClock {
    /// 1 for its first life; 2 after it was stopped and started anew. Reopening goes on with the same life.
    pub run: u32,
    pub owner: PersonId,
    pub title: String,
    pub clock: Clock,
    /// When its owner said "I have it".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
}

/// Work of one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub kind: TaskKind,
    pub owner: PersonId,
    pub title: String,
    pub clock: Option<Clock>,
    /// When its owner said "I have it".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// Of a checklist: the places of the ticked items.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ticked: BTreeSet<usize>,
    /// Worked in another tool, whose event with this correlation says that it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracked: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    Task,
    Checklist,
    Decision,
}

/// An effect that is owed, and the run of a step that waits for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Owed {
    pub step: Option<(StepId, u32)>,
}

impl Case {
    /// Every open task with its step and run.
    pub fn open_tasks(&self) -> impl Iterator<Item = (&StepId, u32, &Task)> {
        self.steps
            .iter()
            .filter_map(|(step, run)| match &run.state {
                RunState::Open {
                    work: Work::Task(task),
                    ..
                } => Some((step, run.number, task)),
                _ => None,
            })
    }

    pub fn open_task(&self, step: &StepId) -> Option<(u32, &Task)> {
        self.open_tasks()
            .find(|(id, _, _)| *id == step)
            .map(|(_, run, task)| (run, task))
    }

    /// Where the case listens for events now.
    pub fn listeners(&self) -> BTreeSet<Listener> {
        let listens = |(step, run): (&StepId, &Run)| {
            let (correlation, until) = match &run.state {
                RunState::Open {
                    work: Work::Wait(waiting),
                    ..
                } => (waiting.correlation.clone(), Some(waiting.until)),
                RunState::Open {
                    work: Work::Task(task),
                    ..
                } => (task.tracked.clone()?, None),
                _ => return None,
            };
            Some(Listener {
                correlation,
                step: Some(step.clone()),
                until,
            })
        };
        let of_clocks = self.listens.iter().map(|correlation| Listener {
            correlation: correlation.clone(),
            step: None,
            until: None,
        });
        let of_steps = self.steps.iter().filter_map(listens);
        of_steps.chain(of_clocks).collect()
    }

    pub fn is_running(&self) -> bool {
        self.state == State::Running
    }

    /// Whether any step is still being worked on.
    fn has_open_step(&self) -> bool {
        self.steps
            .values()
            .any(|run| matches!(run.state, RunState::Open { .. }))
    }
}
