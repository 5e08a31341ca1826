//! Decides how open time falls into ISO weeks, Monday to Sunday in the calendar's zone.
//! It must not know who works in them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Calendar;
use super::week::DAY_SECONDS;
use super::zone::{END_DAY, FIRST_DAY, date};

/// A week as ISO 8601 numbers it; written `2026-W48`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IsoWeek {
    /// The week-numbering year, which near New Year can differ from the calendar year.
    pub year: i16,
    /// 1 to 53.
    pub week: i8,
}

impl fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl Calendar {
    /// Open seconds in `[from, to)` per ISO week, in order, weeks without any included. Empty when `to` is not after `from`.
    pub fn open_seconds_by_iso_week(&self, from: Timestamp, to: Timestamp) -> Vec<(IsoWeek, u64)> {
        let (from, to) = (from.as_second(), to.as_second());
        let mut weeks = Vec::new();
        let Some(first_day) = self.day_of(from) else {
            return weeks;
        };
        // 1970-01-01 was a Thursday: three days after a Monday.
        let mut monday = first_day - (first_day + 3).rem_euclid(7);
        let mut cursor = from;
        while cursor < to && (FIRST_DAY..END_DAY).contains(&monday) {
            let next_monday = monday + 7;
            let end = self
                .zone
                .instant(i64::from(next_monday) * DAY_SECONDS)
                .unwrap_or(to)
                .min(to);
            if let Some(week) = date(monday).map(|date| date.iso_week_date())
                && cursor < end
            {
                weeks.push((
                    IsoWeek {
                        year: week.year(),
                        week: week.week(),
                    },
                    self.open_between(cursor, end),
                ));
                cursor = end;
            }
            monday = next_monday;
        }
        weeks
    }
}
