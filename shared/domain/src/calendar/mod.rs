//! Decides what is open time: adds, subtracts and counts it by a team's calendar, and turns "3 business days" into an instant.
//! It must not know what runs on that time (clocks, capacity) nor what time it is now.
//!
//! # Choices
//! Good libraries differ on these points; Baton answers each in one way.
//!
//! | question | answer |
//! | --- | --- |
//! | unit | elapsed whole seconds, never differences of wall-clock time; the fraction of a second of an instant is dropped |
//! | edges of an interval | `[from, to)`: at 17:00:00 a day that ends at 17:00 is closed |
//! | time used up exactly at closing | due at that closing, not at the next opening |
//! | going back lands exactly at an opening | that opening, not the closing before it |
//! | start while closed | counts from the next opening; zero seconds: the next opening |
//! | end before start | zero |
//! | an interval end in a clock-change gap or fold | "compatible": in a gap the time after it, in a fold the first of the two; each interval by itself, so one that a gap turns round holds nothing, and time that two then share counts once, for the one that began first |
//! | a date that a zone skipped | holds no open time |
//! | a holiday | blanks its local date, also the part of a night shift that lies on it; the part on the next date stays |
//! | overlapping intervals | refused: nearly always a slip of the pen, and counting the hour once or twice would both surprise |
//! | a calendar that never opens | refused when it is read, so no question can run without end |
//!
//! A night shift belongs to the date on which it begins: Tuesday 01:00 in a Monday shift of 22:00–06:00 is business date Monday.
//! How `3 business days` and `same business day` are read is told at [`BusinessSpan`].

mod business_date;
mod count;
mod holiday;
mod icalendar;
mod iso_week;
mod national;
mod problem;
mod recurrence;
mod span;
mod spec;
mod week;
mod zone;

pub use icalendar::{IcalendarError, IcalendarHolidays, SkippedEvent, holidays_from_icalendar};
pub use iso_week::IsoWeek;
pub use problem::{CalendarProblem, CalendarProblems, Unreachable};
pub use recurrence::{Occurrence, Recurrence, RecurrenceError};
pub use span::{BusinessSpan, SpanError};
pub use spec::{CalendarSpec, HolidaySpec, WeeklySpec};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use week::Week;
use zone::Zone;

/// A checked calendar: zone, weekly hours and holidays. It always opens again.
///
/// Stored and read as its [`CalendarSpec`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "CalendarSpec", into = "CalendarSpec")]
pub struct Calendar {
    spec: CalendarSpec,
    zone: Zone,
    week: Week,
    /// Days since 1970-01-01, sorted, each once.
    holidays: Vec<i32>,
    /// For each of them its name, where it has one.
    holiday_names: Vec<Option<String>>,
}

impl PartialEq for Calendar {
    /// Two calendars are equal when they were written equally: all else follows from that.
    fn eq(&self, other: &Calendar) -> bool {
        self.spec == other.spec
    }
}

impl Eq for Calendar {}

impl Calendar {
    /// The first instant at which `seconds` of open time have passed since `start`; for zero, the next opening.
    pub fn add(&self, start: Timestamp, seconds: u64) -> Result<Timestamp, Unreachable> {
        let start_second = start.as_second();
        let found = match i64::try_from(seconds) {
            Ok(0) => return self.next_open(start),
            Ok(wanted) => self.forward(start_second, wanted),
            Err(_) => None,
        };
        found.and_then(instant).ok_or(Unreachable {
            seconds,
            from: start,
        })
    }

    /// The last instant with `seconds` of open time between it and `start`; for zero, `start`.
    pub fn subtract(&self, start: Timestamp, seconds: u64) -> Result<Timestamp, Unreachable> {
        let found = match i64::try_from(seconds) {
            Ok(0) => Some(start.as_second()),
            Ok(wanted) => self.backward(start.as_second(), wanted),
            Err(_) => None,
        };
        found.and_then(instant).ok_or(Unreachable {
            seconds,
            from: start,
        })
    }

    /// Open seconds in `[start, end)`; zero when `end` is not after `start`.
    pub fn between(&self, start: Timestamp, end: Timestamp) -> u64 {
        self.open_between(start.as_second(), end.as_second())
    }

    /// Whether work is done at `at`.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.open_between(at.as_second(), at.as_second() + 1) == 1
    }

    /// `at` itself when open, else the first open instant after it.
    pub fn next_open(&self, at: Timestamp) -> Result<Timestamp, Unreachable> {
        // The first open second is the one whose end is one open second away.
        let found = self.forward(at.as_second(), 1).map(|end| end - 1);
        found.and_then(instant).ok_or(Unreachable {
            seconds: 0,
            from: at,
        })
    }

    /// The holidays that touch `[from, to)`, with their names where the calendar gives them.
    pub fn holidays_between(&self, from: Timestamp, to: Timestamp) -> Vec<(Date, Option<&str>)> {
        let (Some(first), Some(last)) = (
            self.day_of(from.as_second()),
            self.day_of(to.as_second() - 1),
        ) else {
            return Vec::new();
        };
        let start = self.holidays.partition_point(|day| *day < first);
        let named = self.holidays.iter().zip(&self.holiday_names).skip(start);
        let touched = named.take_while(|(day, _)| **day <= last);
        touched
            .filter_map(|(day, name)| Some((zone::date(*day)?, name.as_deref())))
            .collect()
    }

    /// The IANA name of the zone, as the bundled zone data spells it.
    pub fn zone_name(&self) -> &str {
        self.zone.name()
    }

    /// The zone in which the hours are stated.
    pub fn time_zone(&self) -> &jiff::tz::TimeZone {
        self.zone.time_zone()
    }

    /// What was written.
    pub fn spec(&self) -> &CalendarSpec {
        &self.spec
    }
}

fn instant(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}
