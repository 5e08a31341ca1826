//! Decides how a clock's arithmetic is told: which time counted, which did not, and why.
//! It must not count anything differently from the clock itself; every figure comes from it or from the calendar.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::stretch::Stretch;
use super::{Clock, Mark, State};
use crate::calendar::Calendar;

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What happened, with local times of the calendar's zone.
    pub text: String,
    /// Open seconds that this line adds.
    pub counted_seconds: u64,
    /// Open seconds used up to and with this line.
    pub used_seconds: u64,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.counted_seconds == 0 {
            return f.write_str(&self.text);
        }
        let (counted, used) = (Length(self.counted_seconds), Length(self.used_seconds));
        write!(f, "{}: +{counted}, used {used}", self.text)
    }
}

/// Runs over more local days than this are told by the week.
const MOST_DAYS_TOLD: i64 = 10;

impl Clock {
    /// The arithmetic of the clock as of `now`, line by line, in the order of time.
    pub fn explain(&self, calendar: &Calendar, now: Timestamp) -> Vec<Line> {
        let mut told = Told {
            calendar,
            zone: calendar.time_zone(),
            lines: Vec::new(),
            used_seconds: 0,
        };
        let target = Length(self.target_seconds);
        told.say(format!(
            "target {}: {target} of open time, counted from {} in {}",
            self.target,
            told.at(self.started_at),
            calendar.zone_name()
        ));
        let mut ended_at = self.started_at;
        for run in &self.past {
            told.pause(ended_at, run.from);
            told.run(run);
            ended_at = run.to;
        }
        match self.state {
            State::Running { since } => {
                told.pause(ended_at, since);
                let open_seconds = calendar.between(since, now);
                told.run(&Stretch {
                    from: since,
                    to: now.max(since),
                    open_seconds,
                    runs: 1,
                });
            }
            State::Paused { since } => {
                told.say(format!("paused since {}", told.at(since)));
                told.pause(since, now);
            }
            State::Stopped { at } => told.say(format!("stopped {}", told.at(at))),
            State::Cancelled { at } => told.say(format!("cancelled {}", told.at(at))),
        }
        self.tell_deadline(&mut told, calendar, now);
        told.lines
    }

    fn tell_deadline(&self, told: &mut Told<'_>, calendar: &Calendar, now: Timestamp) {
        let (used, target) = (Length(told.used_seconds), Length(self.target_seconds));
        let left = self.remaining_seconds(calendar, now);
        let standing = match u64::try_from(left) {
            Ok(left) => format!("{} left", Length(left)),
            Err(_) => format!("missed by {}", Length(left.unsigned_abs())),
        };
        told.say(format!("used {used} of {target}, {standing}"));
        match self.due_at {
            Some(due_at) => told.say(format!("due {}", told.at(due_at))),
            None => told.say("no deadline while the clock does not run".to_owned()),
        }
        for placed in self
            .marks
            .iter()
            .filter(|placed| placed.mark != Mark::Breach || placed.at.is_some())
        {
            let told_yet = if self.fired.contains(&placed.mark) {
                ", told"
            } else {
                ""
            };
            let when = match placed.at {
                Some(at) => format!("{}{told_yet}", told.at(at)),
                None => format!(
                    "after {} of open time{told_yet}",
                    Length(placed.used_seconds)
                ),
            };
            told.say(format!("{}: {when}", placed.mark));
        }
    }
}

/// The lines told so far.
struct Told<'a> {
    calendar: &'a Calendar,
    zone: &'a TimeZone,
    lines: Vec<Line>,
    used_seconds: u64,
}

impl Told<'_> {
    fn say(&mut self, text: String) {
        self.count(text, 0);
    }

    fn count(&mut self, text: String, counted_seconds: u64) {
        self.used_seconds += counted_seconds;
        self.lines.push(Line {
            text,
            counted_seconds,
            used_seconds: self.used_seconds,
        });
    }

    /// Time between two runs; nothing when there was none, as at a calendar change.
    fn pause(&mut self, from: Timestamp, to: Timestamp) {
        if from < to {
            let open = Length(self.calendar.between(from, to));
            self.say(format!(
                "{} not running: {open} of open time not counted",
                self.period(from, to)
            ));
        }
    }

    fn run(&mut self, run: &Stretch) {
        let days = (run.to.as_second() - run.from.as_second()) / 86_400;
        let measured = self.calendar.between(run.from, run.to);
        if 1 < run.runs {
            let text = format!(
                "{} {} runs taken together, pauses left out",
                self.period(run.from, run.to),
                run.runs
            );
            self.count(text, run.open_seconds);
        } else if measured != run.open_seconds {
            let text = format!(
                "{} counted by the calendar of that time",
                self.period(run.from, run.to)
            );
            self.count(text, run.open_seconds);
        } else if MOST_DAYS_TOLD < days {
            self.run_by_week(run);
        } else {
            self.run_by_interval(run);
        }
    }

    fn run_by_interval(&mut self, run: &Stretch) {
        let mut cursor = run.from;
        for (from, to) in self.calendar.open_intervals(run.from, run.to) {
            self.closed(cursor, from);
            let seconds = self.calendar.between(from, to);
            self.count(
                format!(
                    "{} open{}",
                    self.period(from, to),
                    self.clock_change(from, to)
                ),
                seconds,
            );
            cursor = to;
        }
        self.closed(cursor, run.to);
    }

    fn run_by_week(&mut self, run: &Stretch) {
        for (week, seconds) in self.calendar.open_seconds_by_iso_week(run.from, run.to) {
            self.count(format!("week {week} open"), seconds);
        }
        let holidays = self.holidays(run.from, run.to);
        if !holidays.is_empty() {
            self.say(format!("holidays in that time: {holidays}"));
        }
    }

    fn closed(&mut self, from: Timestamp, to: Timestamp) {
        if from < to {
            let holidays = self.holidays(from, to);
            let why = if holidays.is_empty() {
                String::new()
            } else {
                format!(", holiday {holidays}")
            };
            self.say(format!("{} closed{why}", self.period(from, to)));
        }
    }

    fn holidays(&self, from: Timestamp, to: Timestamp) -> String {
        let named = self
            .calendar
            .holidays_between(from, to)
            .into_iter()
            .map(|(date, name)| {
                let date = date.strftime("%a %-d %b");
                name.map_or_else(|| date.to_string(), |name| format!("{date} ({name})"))
            });
        named.collect::<Vec<_>>().join(", ")
    }

    /// Why an interval is longer or shorter than its clock times say.
    fn clock_change(&self, from: Timestamp, to: Timestamp) -> String {
        let seconds = |at| i64::from(self.zone.to_offset(at).seconds());
        match seconds(to) - seconds(from) {
            0 => String::new(),
            forward @ 1.. => format!(
                ", the clock goes forward {}",
                Length(forward.unsigned_abs())
            ),
            back => format!(", the clock goes back {}", Length(back.unsigned_abs())),
        }
    }

    fn at(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        format!(
            "{} {}",
            local.strftime("%a %-d %b %Y"),
            TimeOfDay(local.time())
        )
    }

    fn period(&self, from: Timestamp, to: Timestamp) -> String {
        let (start, end) = (
            from.to_zoned(self.zone.clone()),
            to.to_zoned(self.zone.clone()),
        );
        if start.date() == end.date() {
            format!("{}–{}", self.at(from), TimeOfDay(end.time()))
        } else if start.date().tomorrow().is_ok_and(|next| next == end.date())
            && end.time() == jiff::civil::Time::midnight()
        {
            format!("{}–24:00", self.at(from))
        } else {
            format!("{} – {}", self.at(from), self.at(to))
        }
    }
}

/// `09:00`, with seconds only where there are some.
struct TimeOfDay(jiff::civil::Time);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())?;
        if self.0.second() == 0 {
            Ok(())
        } else {
            write!(f, ":{:02}", self.0.second())
        }
    }
}

/// `1 h 30 min`, from hours down to seconds, zero parts left out.
struct Length(u64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.0 / 3600, "h"),
            (self.0 / 60 % 60, "min"),
            (self.0 % 60, "s"),
        ];
        let mut first = true;
        for (number, unit) in parts.into_iter().filter(|(number, _)| *number != 0) {
            let space = if first { "" } else { " " };
            write!(f, "{space}{number} {unit}")?;
            first = false;
        }
        if first { f.write_str("0 min") } else { Ok(()) }
    }
}
