//! What has happened to a case, and the one fold that makes its state.
//! It decides nothing: a fact that is recorded is true.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::flow::LATE;
use super::{Case, CaseClock, Effect, Owed, Run, RunState, State, Task, Waiting, Work};
use crate::clock::{Clock, Mark};
use crate::id::{CaseId, ClientId, EffectId, EventId, PersonId, RoleId, StepId, WorkflowId};
use crate::value::Values;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    CaseStarted {
        case: CaseId,
        workflow: WorkflowId,
        version: u32,
        title: String,
        owner: PersonId,
        client: Option<ClientId>,
        parent: Option<CaseId>,
        correlation_id: String,
        hops: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_by: Option<EventId>,
        values: Values,
        roles: Vec<(RoleId, PersonId)>,
    },
    TaskOpened {
        step: StepId,
        run: u32,
        task: Task,
    },
    ItemsTicked {
        step: StepId,
        items: Vec<usize>,
        by: PersonId,
    },
    /// A step that waits for an effect.
    EffectAwaited {
        step: StepId,
        run: u32,
        effect: EffectId,
    },
    WaitBegun {
        step: StepId,
        run: u32,
        waiting: Waiting,
    },
    /// What an event brought to the step that waited for it.
    ValuesTaken {
        step: StepId,
        values: Values,
    },
    StepDone {
        step: StepId,
        run: u32,
        outcome: Option<String>,
        by: Option<PersonId>,
    },
    /// A choice, an outcome or a shortage led to `to`; `cleared` counts as not done from now on.
    SentTo {
        to: StepId,
        cleared: Vec<StepId>,
        without: BTreeSet<String>,
    },
    RoleFilled {
        role: RoleId,
        person: PersonId,
        step: Option<StepId>,
        free_minutes: Option<i64>,
    },
    NobodyFree {
        step: StepId,
        run: u32,
        /// The step that decides what to do about it.
        decision: StepId,
        reasons: Vec<(PersonId, String)>,
    },
    ProjectStarted {
        step: StepId,
        project: CaseId,
    },
    MarkFired {
        step: StepId,
        run: u32,
        mark: Mark,
        late_seconds: i64,
        /// The instant at which it was due, whenever it was found.
        #[serde(default)]
        at: Option<Timestamp>,
    },
    /// A mark was crossed while nobody who would hear of it was on duty.
    MarkHeld {
        step: StepId,
        run: u32,
        mark: Mark,
        until: Timestamp,
    },
    /// A life of a clock of the case begins; `step` is its name.
    ClockStarted {
        step: StepId,
        clock: CaseClock,
    },
    /// A clock was paused, stopped, given another target or other hours: what was measured stays.
    #[serde(alias = "clock_moved")]
    ClockChanged {
        step: StepId,
        run: u32,
        #[serde(default)]
        how: ClockChange,
        due_was: Option<Timestamp>,
        clock: Clock,
    },
    /// What an event must carry from now on to concern a clock or a value of the case.
    ClocksListen {
        correlations: BTreeSet<String>,
    },
    /// An event concerned these clocks and values; what it changed of them follows.
    EventHeard {
        event: String,
        /// The time it states.
        at: Timestamp,
        /// Its source and place among that one's events, where it states one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<(String, i64)>,
        concerns: Vec<String>,
    },
    /// A later event gave values of the case anew.
    ValuesChanged {
        values: Values,
        client: Option<ClientId>,
    },
    /// Its owner said "I have it".
    TaskAccepted {
        step: StepId,
        run: u32,
        by: PersonId,
    },
    /// The task is another person's from now on; its clock runs on.
    TaskHanded {
        step: StepId,
        run: u32,
        by: PersonId,
        to: PersonId,
    },
    /// Nothing has moved the case since then, for longer than its workflow allows.
    FoundStuck {
        since: Timestamp,
        times: u32,
    },
    EffectOwed {
        id: EffectId,
        step: Option<(StepId, u32)>,
        effect: Effect,
    },
    EffectClosed {
        id: EffectId,
        reference: String,
        values: Values,
    },
    CaseCompleted,
    CaseStopped {
        by: Option<PersonId>,
    },
}

/// What happened to a clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockChange {
    Paused,
    Resumed,
    Stopped,
    Reopened,
    Cancelled,
    /// Another priority or promise.
    Retargeted,
    /// The working hours were edited.
    #[default]
    HoursEdited,
}

impl Fact {
    /// Whether the case goes on by it; a clock that speaks and a mail that is taken leave it where it stands.
    fn moves(&self) -> bool {
        !matches!(
            self,
            Fact::MarkFired { .. }
                | Fact::MarkHeld { .. }
                | Fact::ClockChanged {
                    how: ClockChange::HoursEdited,
                    ..
                }
                | Fact::FoundStuck { .. }
                | Fact::EffectOwed { .. }
                | Fact::EffectClosed { .. }
        )
    }
}

/// One history row: an input and the facts it caused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub sequence: u64,
    pub at: Timestamp,
    /// What came in, in a few words: an event's type and id, a report, a sweep.
    pub cause: String,
    pub facts: Vec<Fact>,
}

impl Case {
    /// The state that a history makes. `None` when it does not begin with the start of a case.
    pub fn replay<'a>(history: impl IntoIterator<Item = &'a Record>) -> Option<Case> {
        let mut case = None;
        for record in history {
            for fact in &record.facts {
                Case::fold(&mut case, fact, record.at);
            }
            if let Some(case) = case.as_mut() {
                case.sequence = record.sequence;
            }
        }
        case
    }

    pub(super) fn fold(state: &mut Option<Case>, fact: &Fact, at: Timestamp) {
        match state {
            Some(case) => case.apply(fact, at),
            None => *state = Case::born(fact, at),
        }
    }

    fn born(fact: &Fact, at: Timestamp) -> Option<Case> {
        let Fact::CaseStarted {
            case,
            workflow,
            version,
            title,
            owner,
            client,
            parent,
            correlation_id,
            hops,
            started_by,
            values,
            roles,
        } = fact
        else {
            return None;
        };
        Some(Case {
            id: case.clone(),
            workflow: workflow.clone(),
            version: *version,
            title: title.clone(),
            owner: owner.clone(),
            client: client.clone(),
            parent: parent.clone(),
            state: State::Running,
            started_at: at,
            correlation_id: correlation_id.clone(),
            hops: *hops,
            started_by: started_by.clone(),
            values: values.clone(),
            roles: roles.iter().cloned().collect(),
            steps: Default::default(),
            owed: Default::default(),
            children: Vec::new(),
            lifted: Default::default(),
            late: Default::default(),
            clocks: Default::default(),
            listens: Default::default(),
            heard: Default::default(),
            places: Default::default(),
            sequence: 0,
            moved_at: Some(at),
            stuck: None,
        })
    }

    pub(super) fn apply(&mut self, fact: &Fact, at: Timestamp) {
        if fact.moves() {
            self.moved_at = Some(at);
            self.stuck = None;
        }
        match fact {
            Fact::CaseStarted { .. } => {}
            Fact::TaskOpened { step, run, task } => {
                self.open(step, *run, Work::Task(task.clone()), at)
            }
            Fact::EffectAwaited { step, run, effect } => {
                self.open(step, *run, Work::Effect(effect.clone()), at)
            }
            Fact::WaitBegun { step, run, waiting } => {
                self.open(step, *run, Work::Wait(waiting.clone()), at)
            }
            Fact::ValuesTaken { step, values } => {
                self.values.insert(step.0.clone(), values.clone().into());
            }
            Fact::ItemsTicked { step, items, .. } => {
                if let Some(task) = self.task_mut(step) {
                    task.ticked.extend(items);
                }
            }
            Fact::StepDone {
                step,
                run,
                outcome,
                by,
            } => {
                if outcome.as_deref() == Some(LATE) && self.is_waiting(step) {
                    self.late.insert(step.clone(), at);
                } else {
                    self.late.remove(step);
                }
                let state = RunState::Done {
                    at,
                    outcome: outcome.clone(),
                    by: by.clone(),
                };
                self.steps.insert(
                    step.clone(),
                    Run {
                        number: *run,
                        state,
                    },
                );
            }
            Fact::SentTo {
                to,
                cleared,
                without,
            } => {
                for step in cleared {
                    if let Some(run) = self.steps.get_mut(step) {
                        run.state = RunState::Cleared;
                    }
                }
                if !without.is_empty() {
                    self.lifted.insert(to.clone(), without.clone());
                }
            }
            Fact::RoleFilled {
                role, person, step, ..
            } => {
                self.roles.insert(role.clone(), person.clone());
                if let Some(step) = step {
                    self.lifted.remove(step);
                }
            }
            Fact::NobodyFree {
                step,
                run,
                decision,
                ..
            } => {
                let state = RunState::Undecided {
                    decision: decision.clone(),
                };
                self.steps.insert(
                    step.clone(),
                    Run {
                        number: *run,
                        state,
                    },
                );
            }
            Fact::ProjectStarted { project, .. } => self.children.push(project.clone()),
            Fact::MarkFired { step, mark, .. } => {
                if let Some(clock) = self.duty_mut(step).and_then(|duty| duty.clock) {
                    clock.told(*mark);
                }
            }
            Fact::MarkHeld {
                step, mark, until, ..
            } => {
                if let Some(clock) = self.duty_mut(step).and_then(|duty| duty.clock) {
                    clock.hold(*mark, *until);
                }
            }
            Fact::ClockStarted { step, clock } => {
                self.clocks.insert(step.clone(), clock.clone());
            }
            Fact::ClockChanged { step, clock, .. } => {
                if let Some(known) = self.duty_mut(step).and_then(|duty| duty.clock) {
                    known.clone_from(clock);
                }
            }
            Fact::ClocksListen { correlations } => self.listens.clone_from(correlations),
            heard @ Fact::EventHeard { .. } => self.note_heard(heard),
            Fact::ValuesChanged { values, client } => {
                self.values.extend(values.clone());
                if client.is_some() {
                    self.client.clone_from(client);
                }
            }
            Fact::TaskAccepted { step, .. } => {
                if let Some(duty) = self.duty_mut(step) {
                    *duty.accepted_at = Some(at);
                }
            }
            Fact::TaskHanded { step, to, .. } => {
                if let Some(duty) = self.duty_mut(step) {
                    duty.owner.clone_from(to);
                    *duty.accepted_at = None;
                }
            }
            Fact::FoundStuck { times, .. } => self.stuck = Some((at, *times)),
            Fact::EffectOwed { id, step, .. } => {
                self.owed.insert(id.clone(), Owed { step: step.clone() });
            }
            Fact::EffectClosed { id, values, .. } => {
                let owed = self.owed.remove(id);
                if let Some((step, _)) = owed.and_then(|owed| owed.step)
                    && !values.is_empty()
                {
                    self.values.insert(step.0, values.clone().into());
                }
            }
            Fact::CaseCompleted => self.state = State::Completed { at },
            Fact::CaseStopped { .. } => {
                self.state = State::Stopped { at };
                for run in self
                    .steps
                    .values_mut()
                    .filter(|run| matches!(run.state, RunState::Open { .. }))
                {
                    run.state = RunState::Cleared;
                }
            }
        }
    }

    fn open(&mut self, step: &StepId, number: u32, work: Work, at: Timestamp) {
        self.steps.insert(
            step.clone(),
            Run {
                number,
                state: RunState::Open { at, work },
            },
        );
    }

    fn is_waiting(&self, step: &StepId) -> bool {
        let state = self.steps.get(step).map(|run| &run.state);
        matches!(
            state,
            Some(RunState::Open {
                work: Work::Wait(_),
                ..
            })
        )
    }
}
