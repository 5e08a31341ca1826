//! What people report about their tasks.
//! A report about a step that is already done is a repeat, not an error.

use super::effect::Handover;
use super::flow::Turn;
use super::{Duty, Effect, Fact, Notice, Refusal, RunState, TaskKind};
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

    pub fn task_accepted(&mut self, step: &StepId, by: &PersonId) -> Result<(), Refusal> {
        self.expect_person(by)?;
        let Duty {
            run,
            owner,
            accepted_at,
            ..
        } = self.expect_duty(step)?;
        if owner != by {
            return Err(Refusal::Never(format!("{step} is {owner}'s, not {by}'s")));
        }
        if accepted_at.is_some() {
            return Err(Refusal::Repeat(format!("{by} has {step} already")));
        }
        self.record(Fact::TaskAccepted {
            step: step.clone(),
            run,
            by: by.clone(),
        });
        Ok(())
    }

    /// Owner, queue, history and the message to the new owner change together; the clock runs on.
    pub fn task_handed(
        &mut self,
        step: &StepId,
        by: &PersonId,
        to: &PersonId,
    ) -> Result<(), Refusal> {
        self.expect_person(by)?;
        self.expect_person(to)?;
        if self.expect_duty(step)?.owner == to {
            return Err(Refusal::Repeat(format!("{step} is {to}'s already")));
        }
        let to = self.present(to.clone())?;
        self.hand(step, by, to)
    }

    /// Every open task and every clock of somebody who is away goes to whoever stands in; each new owner is told.
    pub fn owner_away(&mut self, away: &PersonId) -> Result<(), Refusal> {
        if self.world.loads.is_none() {
            return Err(Refusal::NeedsLoads);
        }
        let open = self.case.duties().filter(|duty| duty.owner == away);
        let steps: Vec<StepId> = open.map(|duty| duty.step.clone()).collect();
        let to = self.present(away.clone())?;
        if steps.is_empty() || to == *away {
            return Err(Refusal::Repeat(format!(
                "nothing of {away}'s has to move in {}",
                self.case.id
            )));
        }
        for step in steps {
            self.hand(&step, away, to.clone())?;
        }
        Ok(())
    }

    pub fn hand(&mut self, step: &StepId, by: &PersonId, to: PersonId) -> Result<(), Refusal> {
        let duty = self.expect_duty(step)?;
        let (run, title) = (duty.run, duty.title.to_owned());
        let due_at = duty.clock.and_then(|clock| clock.due_at());
        self.needs_active.insert(to.clone());
        self.record(Fact::TaskHanded {
            step: step.clone(),
            run,
            by: by.clone(),
            to: to.clone(),
        });
        let notice = Notice::Handed {
            step: step.clone(),
            title,
            due_at,
            by: by.clone(),
        };
        self.owe(None, Effect::Notice { to, notice });
        Ok(())
    }

    /// Where the client is billed by time, the owner of finished work is asked for it once. Whoever sends the mail
    /// looks whether it was said already.
    fn ask_for_time(&mut self, step: &StepId) -> Result<(), Refusal> {
        let client = self.case.client.as_ref();
        let client = client.and_then(|client| self.world.clients.get(client));
        if !client.is_some_and(|client| client.is_billed_by_time()) {
            return Ok(());
        }
        let duty = self.expect_duty(step)?;
        if duty.kind == Some(TaskKind::Decision) {
            return Ok(());
        }
        let (run, to, title) = (duty.run, duty.owner.clone(), duty.title.to_owned());
        let step = step.clone();
        let notice = Notice::TimeMissing { step, run, title };
        self.owe(None, Effect::Notice { to, notice });
        Ok(())
    }

    /// The open task of a step, or the clock of that name; or why there is none.
    fn expect_duty(&self, step: &StepId) -> Result<Duty<'_>, Refusal> {
        if self.case.clocks.contains_key(step) {
            let stopped = || Refusal::Repeat(format!("the clock {step} has come to its end"));
            return self.case.duty(step).ok_or_else(stopped);
        }
        self.step(step)?;
        match (self.case.duty(step), self.case.steps.get(step)) {
            (Some(open), _) => Ok(open),
            (None, Some(run)) if matches!(run.state, RunState::Done { .. }) => {
                Err(Refusal::Repeat(format!("step {step} is already done")))
            }
            (None, _) if !self.case.is_running() => Err(Refusal::Repeat(format!(
                "case {} has ended; nothing is open",
                self.case.id
            ))),
            (None, _) => Err(not_reached(step)),
        }
    }

    fn complete(
        &mut self,
        step: &StepId,
        by: &PersonId,
        outcome: Option<&str>,
    ) -> Result<(), Refusal> {
        self.expect_person(by)?;
        self.ask_for_time(step)?;
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
