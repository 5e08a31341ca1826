//! Decides what each input does to a clock in each state. A repeated input does nothing, and says so.
//! It must not guess: every pair of state and input is written out.

use jiff::Timestamp;

use super::stretch::marks_of;
use super::{Clock, State, Target, whole_second};
use crate::calendar::{Calendar, Unreachable};

/// What can happen to a clock after its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Input<'a> {
    Pause,
    Resume,
    Stop,
    Reopen,
    Cancel,
    /// Another priority or promise.
    Retarget(Target<'a>),
    /// The calendar was edited; `was` is what measured the time until now.
    CalendarChanged {
        was: &'a Calendar,
    },
}

/// What an input did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Made,
    /// The clock was so already, or the input touches nothing of it.
    AlreadySo,
    /// The clock is stopped or cancelled, and closed clocks do not change.
    Closed,
}

impl Clock {
    /// Applies `input` as of `at`. On an error nothing has changed.
    pub fn apply(
        &mut self,
        input: Input<'_>,
        calendar: &Calendar,
        at: Timestamp,
    ) -> Result<Change, Unreachable> {
        let at = whole_second(at).max(self.changed_at());
        match (self.state, input) {
            (State::Running { since }, Input::Pause) => {
                self.finish_run(since, calendar, at);
                self.state = State::Paused { since: at };
            }
            (State::Paused { .. }, Input::Resume) | (State::Stopped { .. }, Input::Reopen) => {
                self.place_marks_ahead(calendar, at);
                self.state = State::Running { since: at };
            }
            (State::Running { since }, Input::Stop) => {
                self.finish_run(since, calendar, at);
                self.state = State::Stopped { at };
            }
            (State::Paused { .. }, Input::Stop) => self.state = State::Stopped { at },
            (State::Running { since }, Input::Cancel) => {
                self.finish_run(since, calendar, at);
                self.state = State::Cancelled { at };
            }
            (State::Paused { .. }, Input::Cancel) => self.state = State::Cancelled { at },
            (State::Running { .. } | State::Paused { .. }, Input::Retarget(target)) => {
                return self.retarget(&target, calendar);
            }
            (State::Running { since }, Input::CalendarChanged { was }) => {
                return Ok(self.change_calendar(since, was, calendar, at));
            }
            (
                State::Paused { .. },
                Input::Pause | Input::Reopen | Input::CalendarChanged { .. },
            )
            | (State::Running { .. }, Input::Resume | Input::Reopen)
            | (State::Stopped { .. }, Input::Stop)
            | (State::Cancelled { .. }, Input::Cancel) => return Ok(Change::AlreadySo),
            (
                State::Stopped { .. },
                Input::Pause
                | Input::Resume
                | Input::Cancel
                | Input::Retarget(_)
                | Input::CalendarChanged { .. },
            )
            | (
                State::Cancelled { .. },
                Input::Pause
                | Input::Resume
                | Input::Stop
                | Input::Reopen
                | Input::Retarget(_)
                | Input::CalendarChanged { .. },
            ) => return Ok(Change::Closed),
        }
        Ok(Change::Made)
    }

    /// When the clock last changed its state.
    pub fn changed_at(&self) -> Timestamp {
        match self.state {
            State::Running { since } | State::Paused { since } => since,
            State::Stopped { at } | State::Cancelled { at } => at,
        }
    }

    fn change_calendar(
        &mut self,
        since: Timestamp,
        was: &Calendar,
        calendar: &Calendar,
        at: Timestamp,
    ) -> Change {
        if was == calendar {
            return Change::AlreadySo;
        }
        let before = (self.state, self.due_at, self.marks.clone());
        // A run that has only just begun holds nothing that the old calendar measured.
        if since < at {
            self.finish_run(since, was, at);
            self.state = State::Running { since: at };
        }
        self.place_marks_ahead(calendar, at);
        let same = before == (self.state, self.due_at, self.marks.clone());
        if same {
            Change::AlreadySo
        } else {
            Change::Made
        }
    }

    fn retarget(
        &mut self,
        target: &Target<'_>,
        calendar: &Calendar,
    ) -> Result<Change, Unreachable> {
        let target_seconds = calendar.open_seconds_of(self.started_at, &target.span)?;
        let marks = marks_of(target, target_seconds, calendar, self.started_at)?;
        let same_marks = marks
            .iter()
            .map(|placed| placed.mark)
            .eq(self.marks.iter().map(|placed| placed.mark));
        if self.target == target.span && same_marks {
            return Ok(Change::AlreadySo);
        }
        self.set_target(target, target_seconds, marks, calendar);
        Ok(Change::Made)
    }
}
