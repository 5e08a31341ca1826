//! Decides how used time is kept and where a clock's marks stand in time.
//! It must not know why a clock pauses or changes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Clock, Mark, State, Target};
use crate::calendar::{BusinessSpan, Calendar, Unreachable};

/// More finished runs than this are kept as one, so that a ticket that is paused for ever keeps a small item.
const MOST_STRETCHES: usize = 8;

/// A finished run with the open time measured in it, by the calendar of that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, i64, u64, u32)", into = "(i64, i64, u64, u32)")]
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) open_seconds: u64,
    /// How many runs it stands for; more than 1 when old ones were joined, pauses between them left out.
    pub(super) runs: u32,
}

/// A mark, the used open seconds it stands for, and when these are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(Mark, u64, Option<i64>)", into = "(Mark, u64, Option<i64>)")]
pub(super) struct PlacedMark {
    pub(super) mark: Mark,
    pub(super) used_seconds: u64,
    /// None while a pause or a stop comes before it.
    pub(super) at: Option<Timestamp>,
}

/// The marks of a target in the order of the time they stand for, not yet placed. The same mark written twice is one.
pub(super) fn marks_of(
    target: &Target<'_>,
    target_seconds: u64,
    calendar: &Calendar,
    started_at: Timestamp,
) -> Result<Vec<PlacedMark>, Unreachable> {
    let mut marks: Vec<PlacedMark> = Vec::new();
    let mut add = |mark, used_seconds| {
        if marks.iter().all(|placed| placed.mark != mark) {
            marks.push(PlacedMark {
                mark,
                used_seconds,
                at: None,
            });
        }
    };
    for warning in target.warn_at {
        add(
            Mark::Warning(*warning),
            warning.used_seconds(target_seconds),
        );
    }
    let missed_seconds = target_seconds + 1;
    add(Mark::Breach, missed_seconds);
    for rung in target.rungs {
        let after = match rung.span() {
            BusinessSpan::Seconds(seconds) => u64::from(*seconds),
            BusinessSpan::BusinessDays(_) | BusinessSpan::SameBusinessDay { .. } => {
                calendar.open_seconds_of(calendar.add(started_at, target_seconds)?, rung.span())?
            }
        };
        add(Mark::Rung(*rung), missed_seconds + after);
    }
    // Stable: what stands at the same time keeps the order warning, breach, rung.
    marks.sort_by_key(|placed| placed.used_seconds);
    Ok(marks)
}

impl Clock {
    /// Open seconds of the finished runs.
    pub(super) fn past_seconds(&self) -> u64 {
        self.past.iter().map(|stretch| stretch.open_seconds).sum()
    }

    /// Places what a run from `since` will reach; what finished runs reached stays where it is.
    pub(super) fn place_marks_ahead(&mut self, calendar: &Calendar, since: Timestamp) {
        let past = self.past_seconds();
        let ahead = |used: u64| {
            used.checked_sub(past)
                .and_then(|ahead| calendar.add(since, ahead).ok())
        };
        if past < self.target_seconds {
            self.due_at = ahead(self.target_seconds);
        }
        for placed in self
            .marks
            .iter_mut()
            .filter(|placed| past < placed.used_seconds)
        {
            placed.at = ahead(placed.used_seconds);
            self.held.retain(|(mark, _)| *mark != placed.mark);
        }
    }

    /// Ends the run that began at `since`: measures it, and takes what it did not reach out of time.
    pub(super) fn finish_run(&mut self, since: Timestamp, calendar: &Calendar, at: Timestamp) {
        let open_seconds = calendar.between(since, at);
        self.past.push(Stretch {
            from: since,
            to: at,
            open_seconds,
            runs: 1,
        });
        if MOST_STRETCHES < self.past.len() {
            let oldest = self.past.remove(0);
            let next = &mut self.past[0];
            next.from = oldest.from;
            next.open_seconds += oldest.open_seconds;
            next.runs += oldest.runs;
        }
        let past = self.past_seconds();
        let reached = |placed: Option<Timestamp>, used: u64| {
            placed
                .filter(|_| used <= past)
                .map(|reached| reached.min(at))
        };
        self.due_at = reached(self.due_at, self.target_seconds);
        for placed in &mut self.marks {
            placed.at = reached(placed.at, placed.used_seconds);
        }
    }

    /// Replaces the target: every mark is placed anew, as if the target had been so from the start.
    pub(super) fn set_target(
        &mut self,
        target: &Target<'_>,
        target_seconds: u64,
        marks: Vec<PlacedMark>,
        calendar: &Calendar,
    ) {
        self.target = target.span;
        self.target_seconds = target_seconds;
        self.marks = marks;
        self.held.clear();
        self.due_at = self.reached_in_past(target_seconds, calendar);
        for n in 0..self.marks.len() {
            self.marks[n].at = self.reached_in_past(self.marks[n].used_seconds, calendar);
        }
        if let State::Running { since } = self.state {
            self.place_marks_ahead(calendar, since);
        }
    }

    /// When the finished runs had used up so many open seconds.
    fn reached_in_past(&self, used_seconds: u64, calendar: &Calendar) -> Option<Timestamp> {
        let mut before = 0;
        for stretch in &self.past {
            if used_seconds <= before + stretch.open_seconds {
                // A run measured by an earlier calendar is placed by today's, but never outside the run.
                let at = calendar
                    .add(stretch.from, used_seconds - before)
                    .unwrap_or(stretch.to);
                return Some(at.min(stretch.to));
            }
            before += stretch.open_seconds;
        }
        None
    }
}

fn instant(second: i64) -> Timestamp {
    let nearest = if second < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(second).unwrap_or(nearest)
}

impl From<(i64, i64, u64, u32)> for Stretch {
    fn from((from, to, open_seconds, runs): (i64, i64, u64, u32)) -> Stretch {
        Stretch {
            from: instant(from),
            to: instant(to),
            open_seconds,
            runs,
        }
    }
}

impl From<Stretch> for (i64, i64, u64, u32) {
    fn from(stretch: Stretch) -> (i64, i64, u64, u32) {
        (
            stretch.from.as_second(),
            stretch.to.as_second(),
            stretch.open_seconds,
            stretch.runs,
        )
    }
}

impl From<(Mark, u64, Option<i64>)> for PlacedMark {
    fn from((mark, used_seconds, at): (Mark, u64, Option<i64>)) -> PlacedMark {
        PlacedMark {
            mark,
            used_seconds,
            at: at.map(instant),
        }
    }
}

impl From<PlacedMark> for (Mark, u64, Option<i64>) {
    fn from(placed: PlacedMark) -> (Mark, u64, Option<i64>) {
        (
            placed.mark,
            placed.used_seconds,
            placed.at.map(|at| at.as_second()),
        )
    }
}
