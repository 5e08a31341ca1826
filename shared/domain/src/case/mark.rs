//! What a task's clock says when its time has come, and to whom: each mark once, in order, and while somebody is there.
//! It must not know how a due clock is found.

use jiff::Timestamp;

use super::fact::ClockChange;
use super::flow::Turn;
use super::{Case, Duty, Effect, Fact, Notice, Refusal, World};
use crate::clock::{self, Change, Clock, DueMark, Mark, Target};
use crate::company::Hours;
use crate::definition::{ResponseRule, Workflow};
use crate::id::{PersonId, StepId};

/// A clock that stands elsewhere once the files are edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    pub step: StepId,
    pub run: u32,
    pub owner: PersonId,
    pub how: ClockChange,
    pub was: Clock,
    pub is: Clock,
}

/// The clocks of a case that move when `world` is put in force at `at`, where its hours were `was` before.
pub fn moved(
    world: World<'_>,
    workflow: &Workflow,
    case: &Case,
    was: &Hours,
    at: Timestamp,
) -> Result<Vec<Moved>, Refusal> {
    Turn::resume(world, workflow, case.clone(), at).moved(was, at)
}

/// The task or clock that speaks.
struct Spoken<'a> {
    step: StepId,
    run: u32,
    rule: Option<&'a ResponseRule>,
    owner: PersonId,
    title: String,
    due_at: Timestamp,
}

impl<'a> Turn<'a> {
    /// Fires every mark of a clock that is due, each once, in order.
    pub fn time_reached(&mut self, step: &StepId) -> Result<(), Refusal> {
        if self.wait_is_over(step)? {
            return Ok(());
        }
        let Some((spoken, clock)) = self.spoken(step) else {
            return Err(Refusal::Repeat(format!("no clock of {step} runs any more")));
        };
        for due in clock.due_marks(self.now) {
            let readers = self.readers(&spoken, &due);
            if let Some(until) = self.nobody_until(&spoken, &readers, due.at)
                && self.now < until
            {
                self.record(Fact::MarkHeld {
                    step: step.clone(),
                    run: spoken.run,
                    mark: due.mark,
                    until,
                });
                continue;
            }
            self.fire(&spoken, &due, readers);
        }
        Ok(())
    }

    /// Says what a stopped clock still owes, whoever is on duty.
    pub fn last_words(&mut self, step: &StepId) {
        let Some((spoken, clock)) = self.spoken(step) else {
            return;
        };
        for due in clock.due_marks(Timestamp::MAX) {
            let late_seconds = self.now.as_second() - due.at.as_second();
            let due = DueMark {
                late_seconds,
                ..due
            };
            let readers = self.readers(&spoken, &due);
            self.fire(&spoken, &due, readers);
        }
    }

    fn spoken(&self, step: &StepId) -> Option<(Spoken<'a>, Clock)> {
        let Duty {
            run,
            owner,
            title,
            clock,
            ..
        } = self.case.duty(step)?;
        let clock = clock?;
        let spoken = Spoken {
            step: step.clone(),
            run,
            rule: self.workflow.response(step),
            owner: owner.clone(),
            title: title.to_owned(),
            due_at: clock.due_at().unwrap_or(self.now),
        };
        Some((spoken, clock.clone()))
    }

    fn fire(&mut self, spoken: &Spoken<'_>, due: &DueMark, readers: Vec<PersonId>) {
        self.record(Fact::MarkFired {
            step: spoken.step.clone(),
            run: spoken.run,
            mark: due.mark,
            late_seconds: due.late_seconds,
            at: Some(due.at),
        });
        for to in readers {
            self.tell(spoken, due, to);
        }
    }

    /// Places what is left of every running clock by the company in force since `at`: what was measured before stays.
    pub fn clocks_follow(&mut self, was: &Hours, at: Timestamp) -> Result<(), Refusal> {
        for Moved {
            step,
            run,
            how,
            was,
            is,
            ..
        } in self.moved(was, at)?
        {
            self.record(Fact::ClockChanged {
                step,
                run,
                how,
                due_was: was.due_at(),
                clock: is,
            });
        }
        Ok(())
    }

    fn moved(&self, was: &Hours, at: Timestamp) -> Result<Vec<Moved>, Refusal> {
        let mut moved = Vec::new();
        for duty in self.case.duties() {
            let Some(before) = duty.clock else { continue };
            let rule = self.workflow.response(duty.step);
            let calendar = self.clock_calendar(rule)?;
            let mut after = before.clone();
            let hours = clock::Input::CalendarChanged { was: was.of(rule) };
            let mut how = after
                .apply(hours, calendar, at)
                .map(|change| (change == Change::Made).then_some(ClockChange::HoursEdited));
            if let Some(rule) = rule {
                let target = clock::Input::Retarget(Target {
                    span: self.span(duty.step, rule),
                    warn_at: &rule.warnings(),
                    rungs: &rule.rungs(),
                });
                let promised = after.apply(target, calendar, at);
                how = how.and_then(|how| match promised? {
                    Change::Made => Ok(Some(ClockChange::Retargeted)),
                    Change::AlreadySo | Change::Closed => Ok(how),
                });
            }
            let how = how.map_err(|error| {
                Refusal::Never(format!("the clock {} can not follow: {error}", duty.step))
            })?;
            if let Some(how) = how {
                moved.push(Moved {
                    step: duty.step.clone(),
                    run: duty.run,
                    owner: duty.owner.clone(),
                    how,
                    was: before.clone(),
                    is: after,
                });
            }
        }
        Ok(moved)
    }

    fn tell(&mut self, spoken: &Spoken<'_>, due: &DueMark, to: PersonId) {
        let (step, title) = (spoken.step.clone(), spoken.title.clone());
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
            && let Some(stand_in) = self.stand_ins(&spoken.owner).find(is_there)
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
}
