//! Steps that an event ends: waits, and tasks that are worked in another tool. Clocks of the case are `clocks`'.
//! It must not know how an event finds the case; that is `correlation`'s.

use jiff::Timestamp;

use super::flow::{LATE, Turn};
use super::{Fact, Refusal, RunState, Waiting, Work};
use crate::calendar::BusinessSpan;
use crate::correlation::Heard;
use crate::definition::{Action, Step};
use crate::event::Envelope;
use crate::id::{EventId, StepId};
use crate::value::Values;

impl Turn<'_> {
    pub fn begin_wait(
        &mut self,
        step: &Step,
        heard: &Heard,
        at_most: &BusinessSpan,
    ) -> Result<(), Refusal> {
        let until = self
            .case_calendar()?
            .due(self.now, at_most)
            .map_err(|error| Refusal::Never(format!("at_most of step {}: {error}", step.id)))?;
        let run = self.next_run(&step.id);
        let late_at = self.case.late.get(&step.id).copied();
        let waiting = Waiting {
            correlation: self.correlation(step, heard)?,
            until,
            since: (run > 1).then_some(late_at.unwrap_or(self.now)),
        };
        self.record(Fact::WaitBegun {
            step: step.id.clone(),
            run,
            waiting,
        });
        Ok(())
    }

    pub fn correlation(&self, step: &Step, heard: &Heard) -> Result<String, Refusal> {
        heard.expected(&self.case.values).map_err(|missing| {
            Refusal::Never(format!(
                "step {} waits for {} with the same {missing}, which this case lacks",
                step.id, heard.event
            ))
        })
    }

    /// Ends every step that waits for this event. A task that is worked in a tool stands as the tool's newest word says, so
    /// an event that was overtaken ends none.
    pub fn event_arrived(
        &mut self,
        event: &EventId,
        envelope: &Envelope,
        kept_since: Option<Timestamp>,
        overtaken: bool,
    ) -> Result<(), Refusal> {
        let mut heard = false;
        let is_own_start = self.case.started_by.as_ref() == Some(event);
        let listeners = match is_own_start {
            true => Default::default(),
            false => self.case.listeners(),
        };
        for listener in listeners {
            let Some(step) = &listener.step else {
                continue;
            };
            let step = self.step(step)?;
            if overtaken && matches!(step.action, Action::Task { .. }) {
                continue;
            }
            let concerns = step
                .action
                .hears()
                .is_some_and(|heard| heard.is(envelope, &listener.correlation));
            // A step that ended before may have ended this one.
            if concerns && self.counts(&step.id, kept_since) {
                self.take_values(step, envelope)?;
                self.step_done(&step.id, None, None)?;
                heard = true;
            }
        }
        match heard {
            true => Ok(()),
            false => Err(Refusal::Repeat(format!(
                "nothing in {} waits for this {}",
                self.case.id, envelope.detail_type
            ))),
        }
    }

    /// Whether an event that was received before counts for this step: always for its first run. Of work that was sent
    /// back, and of a wait that took an event, only a new one does; of a wait that was late, whatever came after.
    fn counts(&self, step: &StepId, kept_since: Option<Timestamp>) -> bool {
        let Some(run) = self.case.steps.get(step) else {
            return false;
        };
        let from = match &run.state {
            RunState::Open {
                work: Work::Wait(waiting),
                ..
            } => waiting.since,
            RunState::Open { at, .. } => (run.number > 1).then_some(*at),
            _ => return false,
        };
        from.is_none_or(|from| kept_since.is_none_or(|received_at| received_at >= from))
    }

    fn take_values(&mut self, step: &Step, envelope: &Envelope) -> Result<(), Refusal> {
        let Action::Wait { takes, .. } = &step.action else {
            return Ok(());
        };
        if takes.is_empty() {
            return Ok(());
        }
        let mut values = Values::new();
        for (name, path) in takes {
            let value = envelope.at(path).filter(|value| !value.is_null());
            let value = value.ok_or_else(|| {
                Refusal::Never(format!(
                    "{} lacks the field {path}, which step {} takes",
                    envelope.detail_type, step.id
                ))
            })?;
            crate::start::fits(name, value)?;
            values.insert(name.clone(), value.clone());
        }
        self.record(Fact::ValuesTaken {
            step: step.id.clone(),
            values,
        });
        Ok(())
    }

    /// Ends the wait of `step` as late when its time has come; `false` when the step is no wait.
    pub fn wait_is_over(&mut self, step: &StepId) -> Result<bool, Refusal> {
        let Some(RunState::Open {
            work: Work::Wait(waiting),
            ..
        }) = self.case.steps.get(step).map(|run| &run.state)
        else {
            return Ok(false);
        };
        if waiting.until > self.now {
            return Err(Refusal::Repeat(format!(
                "step {step} waits until {}",
                waiting.until
            )));
        }
        self.step_done(step, Some(LATE.to_owned()), None)?;
        Ok(true)
    }
}
