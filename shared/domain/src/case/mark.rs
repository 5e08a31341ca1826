//! What a task's clock says when its time has come, and to whom: each mark once, in order, and while somebody is there.
//! It must not know how a due clock is found.

use jiff::Timestamp;

use super::flow::Turn;
use super::{Case, Effect, Fact, Notice, Refusal, Task};
use crate::calendar::Calendar;
use crate::clock::{self, Clock, DueMark, Mark};
use crate::definition::{ResponseRule, Step};
use crate::id::{PersonId, StepId};

/// The clocks of a case that move when its working hours become `is`: step, run, as it was, as it will be.
pub fn moved(
    case: &Case,
    was: &Calendar,
    is: &Calendar,
    now: Timestamp,
) -> Vec<(StepId, u32, Clock, Clock)> {
    let moves = |(step, run, task): (&StepId, u32, &Task)| {
        let before = task.clock.clone()?;
        let mut after = before.clone();
        let changed = after.apply(clock::Input::CalendarChanged { was }, is, now);
        let moves = matches!(changed, Ok(clock::Change::Made));
        moves.then(|| (step.clone(), run, before, after))
    };
    case.open_tasks().filter_map(moves).collect()
}

/// The task whose clock speaks.
struct Spoken<'a> {
    step: &'a Step,
    rule: Option<&'a ResponseRule>,
    owner: PersonId,
    title: String,
    due_at: Timestamp,
}

impl<'a> Turn<'a> {
    /// Fires every mark of the step's clock that is due, each once, in order.
    pub fn time_reached(&mut self, step: &StepId) -> Result<(), Refusal> {
        if self.wait_is_over(step)? {
            return Ok(());
        }
        let Some((run, task)) = self.case.open_task(step) else {
            return Err(Refusal::Repeat(format!("step {step} is no longer open")));
        };
        let Some(clock) = task.clock.clone() else {
            return Err(Refusal::Repeat(format!("step {step} has no clock")));
        };
        let (owner, title) = (task.owner.clone(), task.title.clone());
        let step = self.step(step)?;
        let spoken = Spoken {
            rule: step.clock.as_ref(),
            owner,
            title,
            due_at: clock.due_at().unwrap_or(self.now),
            step,
        };
        for due in clock.due_marks(self.now) {
            let readers = self.readers(&spoken, &due);
            if let Some(until) = self.nobody_until(&spoken, &readers, due.at)
                && self.now < until
            {
                self.record(Fact::MarkHeld {
                    step: step.id.clone(),
                    run,
                    mark: due.mark,
                    until,
                });
                continue;
            }
            self.record(Fact::MarkFired {
                step: step.id.clone(),
                run,
                mark: due.mark,
                late_seconds: due.late_seconds,
                at: Some(due.at),
            });
            for to in readers {
                self.tell(&spoken, &due, to);
            }
        }
        Ok(())
    }

    /// Places what is left of every running clock in the new working hours.
    pub fn calendar_changed(&mut self, was: &Calendar) -> Result<(), Refusal> {
        let calendar = self.clock_calendar()?;
        for (step, run, was, clock) in moved(&self.case, was, calendar, self.now) {
            self.record(Fact::ClockMoved {
                step,
                run,
                due_was: was.due_at(),
                clock,
            });
        }
        Ok(())
    }

    fn tell(&mut self, spoken: &Spoken<'_>, due: &DueMark, to: PersonId) {
        let (step, title) = (spoken.step.id.clone(), spoken.title.clone());
        let (due_at, late_seconds) = (spoken.due_at, due.late_seconds);
        let notice = match due.mark {
            _ if to != spoken.owner => {
                // Somebody who has left for the day since it was read is passed over; nobody at all holds nothing up.
                let is_there = self.present(to.clone()).is_ok_and(|there| there == to);
                if is_there {
                    self.needs_active.insert(to.clone());
                }
                Notice::Escalated {
                    step,
                    title,
                    owner: spoken.owner.clone(),
                    due_at,
                    late_seconds,
                }
            }
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
        self.owe(None, Effect::Notice { to, notice });
    }

    /// The owner of the task, where the mark is one of the owner's, and whoever the file names for it. When the owner is
    /// off duty at that time, also the first who stands in and is there.
    fn readers(&self, spoken: &Spoken<'_>, due: &DueMark) -> Vec<PersonId> {
        let rungs = spoken
            .rule
            .map_or(&[][..], |rule| rule.escalate.as_slice())
            .iter()
            .filter(|rung| rung.at == due.mark);
        let mut readers: Vec<PersonId> = rungs
            .map(|rung| {
                let named = self.resolve(&rung.to);
                let named = named.unwrap_or_else(|| self.case.owner.clone());
                self.present(named.clone()).unwrap_or(named)
            })
            .collect();
        let is_owners = match due.mark {
            Mark::Warning(warning) => spoken
                .rule
                .is_none_or(|rule| rule.warn_at.contains(&warning)),
            Mark::Breach => true,
            // Without somebody to turn to, the owner hears of it again.
            Mark::Rung(_) => readers.is_empty(),
        };
        if is_owners && !readers.contains(&spoken.owner) {
            readers.insert(0, spoken.owner.clone());
        }
        let is_there = |person: &PersonId| self.is_on_duty(person, due.at);
        if !readers.iter().any(is_there)
            && let Some(stand_in) = self.stand_ins(&spoken.owner).into_iter().find(is_there)
            && !readers.contains(&stand_in)
        {
            readers.push(stand_in);
        }
        readers
    }

    /// When the first of those who would be told is on duty again; none when somebody was at that time, when the file
    /// wants it told at any time, or when nobody's hours are known.
    fn nobody_until(
        &self,
        spoken: &Spoken<'_>,
        readers: &[PersonId],
        at: Timestamp,
    ) -> Option<Timestamp> {
        if spoken.rule.is_some_and(|rule| rule.at_any_time)
            || readers.iter().any(|person| self.is_on_duty(person, at))
        {
            return None;
        }
        let returns = readers.iter().filter_map(|person| {
            let calendar = self.world.team.calendar_of(person)?;
            calendar.next_open(at).ok()
        });
        returns.min()
    }

    /// Whether `person` works at `at`; the last second before closing counts, since marks stand at the end of a second.
    fn is_on_duty(&self, person: &PersonId, at: Timestamp) -> bool {
        let second_before = Timestamp::from_second(at.as_second() - 1).unwrap_or(at);
        self.world
            .team
            .calendar_of(person)
            .is_none_or(|calendar| calendar.is_open(at) || calendar.is_open(second_before))
    }

    /// Who is asked when `person` is not there: the workflow's backup, the person's own, whoever answers for the rest.
    fn stand_ins(&self, person: &PersonId) -> Vec<PersonId> {
        let team = self.world.team;
        let workflows = self.workflow.backup.as_ref();
        let workflows = workflows.and_then(|owner| self.resolve(owner));
        let own = team.person(person).and_then(|person| person.backup.clone());
        let in_order = [workflows, own, team.ops_lead().cloned()];
        in_order.into_iter().flatten().collect()
    }
}
