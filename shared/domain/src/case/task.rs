//! What people report about their tasks, and what a task's clock says when its time has come.
//! A report about a step that is already done is a repeat, not an error.

use super::effect::Handover;
use super::flow::Turn;
use super::{Effect, Fact, Notice, Refusal, RunState, TaskKind};
use crate::clock::Mark;
use crate::definition::Action;
use crate::id::{PersonId, StepId};

impl Turn<'_> {
    pub fn task_done(
        &mut self,
        step: &StepId,
        by: &PersonId,
        outcome: Option<&str>,
    ) -> Result<(), Refusal> {
        self.expect_open(step, TaskKind::Task, "task.done")?;
        self.complete(step, by, outcome)
    }

    pub fn decision_made(
        &mut self,
        step: &StepId,
        choice: &str,
        by: &PersonId,
    ) -> Result<(), Refusal> {
        self.expect_open(step, TaskKind::Decision, "decision.made")?;
        self.complete(step, by, Some(choice))
    }

    pub fn items_ticked(
        &mut self,
        step: &StepId,
        items: &[String],
        by: &PersonId,
    ) -> Result<(), Refusal> {
        self.expect_open(step, TaskKind::Checklist, "checklist.ticked")?;
        self.expect_person(by)?;
        let Action::Checklist { items: all, .. } = &self.step(step)?.action else {
            return Err(Refusal::Never(format!("step {step} is not a checklist")));
        };
        let mut places = Vec::new();
        for item in items {
            let place = all.iter().position(|known| known == item).ok_or_else(|| {
                Refusal::Never(format!(
                    "checklist {step} has no item \"{item}\"; it has: {}",
                    all.join("; ")
                ))
            })?;
            places.push(place);
        }
        let (_, task) = self.case.open_task(step).ok_or_else(|| not_reached(step))?;
        places.retain(|place| !task.ticked.contains(place));
        if places.is_empty() {
            return Err(Refusal::Repeat(format!(
                "these items of {step} are already ticked"
            )));
        }
        let finished = task.ticked.len() + places.len() == all.len();
        self.record(Fact::ItemsTicked {
            step: step.clone(),
            items: places,
            by: by.clone(),
        });
        if finished {
            self.complete(step, by, None)
        } else {
            Ok(())
        }
    }

    /// Fires every mark of the step's clock that is due, each once, in order.
    pub fn time_reached(&mut self, step: &StepId) -> Result<(), Refusal> {
        if self.wait_is_over(step)? {
            return Ok(());
        }
        let Some((run, task)) = self.case.open_task(step) else {
            return Err(Refusal::Repeat(format!("step {step} is no longer open")));
        };
        let (owner, title) = (task.owner.clone(), task.title.clone());
        let Some(clock) = task.clock.clone() else {
            return Err(Refusal::Repeat(format!("step {step} has no clock")));
        };
        let due_at = clock.due_at().unwrap_or(self.now);
        for due in clock.due_marks(self.now) {
            let late_seconds = due.late_seconds;
            self.record(Fact::MarkFired {
                step: step.clone(),
                run,
                mark: due.mark,
                late_seconds,
            });
            let (step, title) = (step.clone(), title.clone());
            let notice = match due.mark {
                Mark::Warning(_) => Notice::DeadlineNear {
                    step,
                    title,
                    due_at,
                    late_seconds,
                },
                Mark::Breach | Mark::Rung(_) => Notice::DeadlineMissed {
                    step,
                    title,
                    due_at,
                    late_seconds,
                },
            };
            self.owe(
                None,
                Effect::Notice {
                    to: owner.clone(),
                    notice,
                },
            );
        }
        Ok(())
    }

    fn complete(
        &mut self,
        step: &StepId,
        by: &PersonId,
        outcome: Option<&str>,
    ) -> Result<(), Refusal> {
        self.expect_person(by)?;
        let outcome = outcome.map(str::to_owned);
        self.handover = Some(Handover {
            step: step.clone(),
            by: Some(by.clone()),
            outcome: outcome.clone(),
        });
        self.step_done(step, outcome, Some(by.clone()))
    }

    fn expect_open(&self, step: &StepId, kind: TaskKind, report: &str) -> Result<(), Refusal> {
        self.step(step)?;
        match self.case.steps.get(step).map(|run| &run.state) {
            Some(RunState::Done { .. }) => {
                Err(Refusal::Repeat(format!("step {step} is already done")))
            }
            Some(RunState::Open { .. }) => match self.case.open_task(step) {
                Some((_, task)) if task.kind == kind => Ok(()),
                Some((_, task)) => Err(Refusal::Never(format!(
                    "step {step} is a {}; {report} is not for it",
                    match task.kind {
                        TaskKind::Task => "task",
                        TaskKind::Checklist => "checklist: send checklist.ticked",
                        TaskKind::Decision => "decision: send decision.made",
                    }
                ))),
                None => Err(Refusal::Never(format!(
                    "step {step} is not worked on by a person"
                ))),
            },
            Some(RunState::Cleared | RunState::Undecided { .. }) | None
                if self.case.is_running() =>
            {
                Err(not_reached(step))
            }
            Some(RunState::Cleared | RunState::Undecided { .. }) | None => Err(Refusal::Repeat(
                format!("case {} has ended; nothing is open", self.case.id),
            )),
        }
    }

    fn expect_person(&self, by: &PersonId) -> Result<(), Refusal> {
        match self.world.team.person(by) {
            Some(_) => Ok(()),
            None => Err(Refusal::Never(format!("\"{by}\" is nobody in team.yaml"))),
        }
    }
}

fn not_reached(step: &StepId) -> Refusal {
    Refusal::Never(format!(
        "step {step} is not open yet: the steps before it are not done"
    ))
}
