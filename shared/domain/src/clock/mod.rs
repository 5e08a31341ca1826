//! Decides when a running response-time rule warns, is missed and escalates, and what pauses and changes do to it.
//! It must not know whose work it measures, nor send anything: it names what is due, once.
//!
//! # Choices
//! | question | answer |
//! | --- | --- |
//! | pause | in open time, to the second: a pause outside working hours changes nothing, and no pause shifts a deadline by wall-clock time |
//! | due | the first instant at which the used time equals the target |
//! | missed | the used time is more than the target; answered after hours with nothing left is still met |
//! | breach | one open second after the deadline, so a breach that was told is never taken back by an answer at the deadline itself |
//! | reopening | counting goes on; the closed time is cut out |
//! | new target or priority | counts from the original start; a warning with the same name that was given is not given again |
//! | calendar changed | time already measured stays, the rest follows the new calendar; stopped clocks never change |
//! | several marks crossed at once | each once, in the order in which they were crossed |
//! | a mark crossed and not told before a pause | is still owed, and says how late it is |
//! | a mark not told before the stop | warnings and rungs lapse, the work is done; a breach is a fact and is still told |
//! | input dated before the last change | taken as of that change: measured time is never unmeasured |
//!
//! A case has one clock per promise (first response, next response, resolution): none overrides another.

mod change;
mod explain;
mod mark;
mod stretch;

pub use change::{Change, Input};
pub use explain::Line;
pub use mark::{Mark, MarkError, RungAt, WarnAt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::calendar::{BusinessSpan, Calendar, Unreachable};
use stretch::{PlacedMark, Stretch};

/// What a clock promises: so much open time, what to warn at, and whom to reach when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    pub span: BusinessSpan,
    pub warn_at: &'a [WarnAt],
    pub rungs: &'a [RungAt],
}

/// Where a clock is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum State {
    Running { since: Timestamp },
    Paused { since: Timestamp },
    Stopped { at: Timestamp },
    Cancelled { at: Timestamp },
}

/// A response-time rule at work on one task or case.
///
/// Its marks are placed in time whenever it changes, so that finding what is due needs no calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    target: BusinessSpan,
    target_seconds: u64,
    started_at: Timestamp,
    state: State,
    /// When the used time equals the target; none while a pause or a stop comes before it.
    due_at: Option<Timestamp>,
    marks: Vec<PlacedMark>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fired: Vec<Mark>,
    /// Marks that were crossed while nobody was there, and when they are told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<(Mark, Timestamp)>,
    /// The finished runs, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    past: Vec<Stretch>,
}

/// A mark that is due and not told yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueMark {
    pub mark: Mark,
    /// When it became due.
    pub at: Timestamp,
    /// Seconds from then to now, never negative.
    pub late_seconds: i64,
}

impl Clock {
    /// A clock that runs from `now`, without an escalation ladder.
    pub fn start(
        span: &BusinessSpan,
        warn_at: &[WarnAt],
        calendar: &Calendar,
        now: Timestamp,
    ) -> Result<Clock, Unreachable> {
        Clock::start_for(
            Target {
                span: *span,
                warn_at,
                rungs: &[],
            },
            calendar,
            now,
        )
    }

    /// A clock that runs from `now`.
    pub fn start_for(
        target: Target<'_>,
        calendar: &Calendar,
        now: Timestamp,
    ) -> Result<Clock, Unreachable> {
        let now = whole_second(now);
        let target_seconds = calendar.open_seconds_of(now, &target.span)?;
        let mut clock = Clock {
            target: target.span,
            target_seconds,
            started_at: now,
            state: State::Running { since: now },
            due_at: None,
            marks: stretch::marks_of(&target, target_seconds, calendar, now)?,
            fired: Vec::new(),
            held: Vec::new(),
            past: Vec::new(),
        };
        clock.place_marks_ahead(calendar, now);
        Ok(clock)
    }

    /// The deadline; `None` while a pause or a stop comes before it.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.due_at
    }

    /// When `mark` was or will be crossed; `None` when it is not one of the clock's, or a pause or a stop comes before it.
    pub fn mark_at(&self, mark: Mark) -> Option<Timestamp> {
        self.marks.iter().find(|placed| placed.mark == mark)?.at
    }

    pub fn state(&self) -> State {
        self.state
    }

    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// The target as written.
    pub fn target(&self) -> BusinessSpan {
        self.target
    }

    /// The target in open seconds, as of the start.
    pub fn target_seconds(&self) -> u64 {
        self.target_seconds
    }

    /// Open seconds used until `now`, or until the pause or stop it rests in.
    pub fn used_seconds(&self, calendar: &Calendar, now: Timestamp) -> u64 {
        let running = match self.state {
            State::Running { since } => calendar.between(since, now),
            State::Paused { .. } | State::Stopped { .. } | State::Cancelled { .. } => 0,
        };
        self.past_seconds() + running
    }

    /// Open seconds left at `now`; negative when the target is missed.
    pub fn remaining_seconds(&self, calendar: &Calendar, now: Timestamp) -> i64 {
        let used = self.used_seconds(calendar, now);
        i64::try_from(self.target_seconds)
            .unwrap_or(i64::MAX)
            .saturating_sub_unsigned(used)
    }

    /// Whether more than the target is used at `now`.
    pub fn is_missed(&self, calendar: &Calendar, now: Timestamp) -> bool {
        self.target_seconds < self.used_seconds(calendar, now)
    }

    /// The next mark to tell and its instant, which may lie in the past: the clock's time in the due index.
    pub fn next_mark(&self) -> Option<(Timestamp, Mark)> {
        self.owed().first().map(|(at, mark, _)| (*at, *mark))
    }

    /// What is due at `now` and was not told, in the order in which it was crossed, each with how late it is.
    pub fn due_marks(&self, now: Timestamp) -> Vec<DueMark> {
        let due = self
            .owed()
            .into_iter()
            .take_while(|(told_at, ..)| *told_at <= now);
        due.map(|(_, mark, at)| DueMark {
            mark,
            at,
            late_seconds: seconds_between(at, now),
        })
        .collect()
    }

    /// Records that `mark` is told at `now`. `None`, and no change, when it was told before or is not due.
    pub fn fire(&mut self, mark: Mark, now: Timestamp) -> Option<DueMark> {
        let due = self
            .due_marks(now)
            .into_iter()
            .find(|due| due.mark == mark)?;
        self.fired.push(mark);
        Some(due)
    }

    /// Records that `mark` was told, whenever it was due.
    pub fn told(&mut self, mark: Mark) {
        if !self.fired.contains(&mark) {
            self.fired.push(mark);
        }
    }

    /// Keeps a mark that is due from being told before `until`, because nobody is there to hear it.
    pub fn hold(&mut self, mark: Mark, until: Timestamp) {
        self.held.retain(|(held, _)| *held != mark);
        self.held.push((mark, until));
    }

    /// The marks told so far, in the order in which they were.
    pub fn fired(&self) -> &[Mark] {
        &self.fired
    }

    /// Every placed mark that still has to be told, soonest first: when it is told, the mark, when it was crossed.
    fn owed(&self) -> Vec<(Timestamp, Mark, Timestamp)> {
        let tells = |mark: &Mark| match self.state {
            State::Running { .. } | State::Paused { .. } => true,
            State::Stopped { .. } => *mark == Mark::Breach,
            State::Cancelled { .. } => false,
        };
        let untold = self
            .marks
            .iter()
            .filter(|placed| tells(&placed.mark) && !self.fired.contains(&placed.mark));
        let mut owed: Vec<_> = untold
            .filter_map(|placed| {
                let at = placed.at?;
                let held = self.held.iter().find(|(mark, _)| *mark == placed.mark);
                let told_at = held.map_or(at, |(_, until)| at.max(*until));
                Some((told_at, placed.mark, at))
            })
            .collect();
        // Stable: marks of one instant keep the order of the time they stand for.
        owed.sort_by_key(|(told_at, ..)| *told_at);
        owed
    }
}

/// Clocks count whole seconds: the fraction of an instant is dropped.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second() - from.as_second()
}
