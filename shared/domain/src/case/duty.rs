//! What a person answers for by a deadline: open tasks and the clocks of the case, seen as one.
//! It must not decide anything.

use jiff::Timestamp;

use super::{Case, CaseClock, RunState, Task, TaskKind, Work};
use crate::clock::{Clock, State};
use crate::id::{PersonId, StepId};

/// An open task, or a clock of the case that runs, rests or still has something to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Duty<'a> {
    /// The step, or the name of the clock.
    pub step: &'a StepId,
    pub run: u32,
    /// `None`: a clock of the case, whose work is done elsewhere.
    pub kind: Option<TaskKind>,
    pub owner: &'a PersonId,
    pub title: &'a str,
    pub clock: Option<&'a Clock>,
    pub accepted_at: Option<Timestamp>,
}

impl Duty<'_> {
    /// Whether there is still something to do: a clock that was stopped may yet have to say that it was missed.
    pub fn is_open(&self) -> bool {
        let has_ended = |clock: &Clock| {
            matches!(
                clock.state(),
                State::Stopped { .. } | State::Cancelled { .. }
            )
        };
        self.kind.is_some() || !self.clock.is_some_and(has_ended)
    }
}

/// What a report may change of a duty.
pub(super) struct DutyMut<'a> {
    pub owner: &'a mut PersonId,
    pub accepted_at: &'a mut Option<Timestamp>,
    pub clock: Option<&'a mut Clock>,
}

impl CaseClock {
    /// Whether it has not come to its end: it runs, or rests.
    pub fn is_live(&self) -> bool {
        matches!(
            self.clock.state(),
            State::Running { .. } | State::Paused { .. }
        )
    }
}

impl Case {
    /// Everything that somebody answers for now, tasks first.
    pub fn duties(&self) -> impl Iterator<Item = Duty<'_>> {
        let tasks = self.open_tasks().map(|(step, run, task)| Duty {
            step,
            run,
            kind: Some(task.kind),
            owner: &task.owner,
            title: &task.title,
            clock: task.clock.as_ref(),
            accepted_at: task.accepted_at,
        });
        let speaks = |timed: &CaseClock| timed.is_live() || timed.clock.next_mark().is_some();
        let clocks = self.clocks.iter().filter(move |(_, timed)| speaks(timed));
        tasks.chain(clocks.map(|(step, timed)| Duty {
            step,
            run: timed.run,
            kind: None,
            owner: &timed.owner,
            title: &timed.title,
            clock: Some(&timed.clock),
            accepted_at: timed.accepted_at,
        }))
    }

    pub fn duty(&self, step: &StepId) -> Option<Duty<'_>> {
        self.duties().find(|duty| duty.step == step)
    }

    /// Whether anything may still happen to the clocks of the case: it runs, or one of them does.
    pub fn is_live(&self) -> bool {
        self.is_running() || self.clocks.values().any(CaseClock::is_live)
    }

    pub(super) fn duty_mut(&mut self, step: &StepId) -> Option<DutyMut<'_>> {
        if self.clocks.contains_key(step) {
            let timed = self.clocks.get_mut(step)?;
            return Some(DutyMut {
                owner: &mut timed.owner,
                accepted_at: &mut timed.accepted_at,
                clock: Some(&mut timed.clock),
            });
        }
        let task = self.task_mut(step)?;
        Some(DutyMut {
            owner: &mut task.owner,
            accepted_at: &mut task.accepted_at,
            clock: task.clock.as_mut(),
        })
    }

    pub(super) fn task_mut(&mut self, step: &StepId) -> Option<&mut Task> {
        match &mut self.steps.get_mut(step)?.state {
            RunState::Open {
                work: Work::Task(task),
                ..
            } => Some(task),
            _ => None,
        }
    }
}
