//! Decides on which dates and at what time something that comes round begins: `month on the 1st business day at 09:00`.
//! It must not know what begins then, nor when it began last.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::Calendar;

/// How often something begins, as written in a workflow file after `every:`.
///
/// | written | dates |
/// | --- | --- |
/// | `day at 07:30` | each date; a time is needed |
/// | `business day` | each date on which the calendar opens |
/// | `monday`, `week on monday` | each Monday |
/// | `month on the 15th` | the 15th of each month; from 29 on, not every month has it: write `the last day` |
/// | `month on the last day` | the last date of the month |
/// | `month on the 2nd business day`, `month on the last business day` | counted over the dates on which the calendar opens; a month with fewer takes its last one |
/// | `quarter on the …`, `year on the …` | the same, counted from the first date of the quarter or year |
///
/// With `at 09:00` it begins at that time of the calendar's zone; in an hour that a clock change skips, as much later.
/// Without a time it begins when that date opens, or when the calendar opens next, where that date is closed. Dates that
/// would begin at the same opening, after weeks of closure, begin once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recurrence {
    dates: Dates,
    at: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dates {
    Every,
    EveryBusinessDay,
    Weekly(Weekday),
    Within(Period, Nth),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Month,
    Quarter,
    Year,
}

/// Which date of a period, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nth {
    Day(u16),
    LastDay,
    BusinessDay(u16),
    LastBusinessDay,
}

/// One time that a recurrence comes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The date that is meant; the same occurrence always has the same.
    pub on: Date,
    /// When it begins.
    pub at: Timestamp,
}

/// Why a text is no recurrence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    #[error(
        "`{0}` says not how often; write `business day`, `monday`, `month on the 15th`, `month on the last business day` or `quarter on the 2nd business day`, with or without `at 09:00`"
    )]
    NotARecurrence(String),
    #[error("`{0}` is no time of day; write `at 09:00`")]
    NotATime(String),
    #[error(
        "`{0}` means closed dates too; say when, such as `day at 07:30`, or write `business day`"
    )]
    NoTime(String),
    #[error("not every {1} has a {0}; write at most {2}, or `the last day`")]
    TooLate(String, &'static str, u16),
}

/// An occurrence on a closed date begins at an opening to come; no closure that people plan for is longer.
const LONGEST_CLOSURE_DAYS: i32 = 60;
/// Beyond it nothing comes round: every date of a year has come by then.
const LOOKS_AHEAD_DAYS: i32 = 3 * 366;

impl Recurrence {
    /// The first occurrence that begins after `after`. `None` where the calendar is closed for years.
    pub fn next_after(&self, calendar: &Calendar, after: Timestamp) -> Option<Occurrence> {
        let today = calendar.time_zone().to_datetime(after).date();
        let from = today.saturating_sub(LONGEST_CLOSURE_DAYS.days());
        let until = today.saturating_add(LOOKS_AHEAD_DAYS.days());
        self.dates(calendar, from)
            .take_while(|on| *on <= until)
            .filter_map(|on| {
                let at = self.begins(calendar, on)?;
                Some(Occurrence { on, at })
            })
            .find(|occurrence| after < occurrence.at)
    }

    fn begins(&self, calendar: &Calendar, on: Date) -> Option<Timestamp> {
        match self.at {
            Some(at) => {
                let zone = calendar.time_zone().clone();
                Some(on.to_datetime(at).to_zoned(zone).ok()?.timestamp())
            }
            None => calendar.next_open(midnight(calendar, on)?).ok(),
        }
    }

    /// The dates that are meant, from a period's first one on where they lie in periods.
    fn dates<'c>(&self, calendar: &'c Calendar, from: Date) -> Box<dyn Iterator<Item = Date> + 'c> {
        let all = from.series(1.day());
        match self.dates {
            Dates::Every => Box::new(all),
            Dates::EveryBusinessDay => Box::new(all.filter(|date| opens(calendar, *date))),
            Dates::Weekly(weekday) => Box::new(all.filter(move |date| date.weekday() == weekday)),
            Dates::Within(period, nth) => {
                let first = period.around(from);
                let after =
                    move |(_, last): &(Date, Date)| Some(period.around(last.tomorrow().ok()?));
                let periods = std::iter::successors(Some(first), after);
                Box::new(periods.filter_map(move |(first, last)| nth.of(calendar, first, last)))
            }
        }
    }
}

impl Nth {
    /// The date that is meant in the period from `first` to `last`.
    fn of(self, calendar: &Calendar, first: Date, last: Date) -> Option<Date> {
        let open = |date: &Date| opens(calendar, *date);
        match self {
            Nth::Day(n) => first.checked_add(i32::from(n - 1).days()).ok(),
            Nth::LastDay => Some(last),
            Nth::BusinessDay(n) => {
                let dates = first.series(1.day()).take_while(|date| *date <= last);
                dates.filter(open).take(n.into()).last()
            }
            Nth::LastBusinessDay => {
                let mut back = last.series((-1).day()).take_while(|date| first <= *date);
                back.find(open)
            }
        }
    }
}

fn midnight(calendar: &Calendar, date: Date) -> Option<Timestamp> {
    let zone = calendar.time_zone().clone();
    Some(date.to_zoned(zone).ok()?.timestamp())
}

/// Whether any time of a date is open.
fn opens(calendar: &Calendar, date: Date) -> bool {
    let tomorrow = date.tomorrow().ok();
    let (Some(from), Some(to)) = (
        midnight(calendar, date),
        tomorrow.and_then(|date| midnight(calendar, date)),
    ) else {
        return false;
    };
    calendar.next_open(from).is_ok_and(|open| open < to)
}

impl Period {
    const ALL: [Period; 3] = [Period::Month, Period::Quarter, Period::Year];

    fn name(self) -> &'static str {
        match self {
            Period::Month => "month",
            Period::Quarter => "quarter",
            Period::Year => "year",
        }
    }

    /// The number of dates that every such period has.
    fn shortest(self) -> u16 {
        match self {
            Period::Month => 28,
            Period::Quarter => 90,
            Period::Year => 365,
        }
    }

    /// The first and the last date of the period of a date.
    fn around(self, date: Date) -> (Date, Date) {
        let months = match self {
            Period::Month => 1,
            Period::Quarter => 3,
            Period::Year => 12,
        };
        let first_month = (date.month() - 1) / months * months + 1;
        let first = Date::constant(date.year(), first_month, 1);
        let last_month = first_month + months - 1;
        let last = Date::constant(date.year(), last_month, 1).last_of_month();
        (first, last)
    }
}

impl FromStr for Recurrence {
    type Err = RecurrenceError;

    fn from_str(text: &str) -> Result<Self, RecurrenceError> {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower.split([' ', ',']).filter(|w| !w.is_empty()).collect();
        let (words, at) = match words.as_slice() {
            [rest @ .., "at", time] => (rest, Some(time_of_day(time)?)),
            all => (all, None),
        };
        let unknown = || RecurrenceError::NotARecurrence(text.to_owned());
        let dates = match words {
            ["day"] if at.is_none() => return Err(RecurrenceError::NoTime(text.to_owned())),
            ["day"] => Dates::Every,
            ["business", "day"] => Dates::EveryBusinessDay,
            [day] | ["week", "on", day] => Dates::Weekly(weekday(day).ok_or_else(unknown)?),
            [period, "on", "the", nth @ ..] => {
                let period = Period::ALL
                    .into_iter()
                    .find(|known| known.name() == *period);
                let period = period.ok_or_else(unknown)?;
                Dates::Within(period, nth_of(period, nth, text)?)
            }
            _ => return Err(unknown()),
        };
        Ok(Recurrence { dates, at })
    }
}

fn time_of_day(text: &str) -> Result<Time, RecurrenceError> {
    Time::strptime("%H:%M", text).map_err(|_| RecurrenceError::NotATime(text.to_owned()))
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

fn weekday(text: &str) -> Option<Weekday> {
    let known = WEEKDAYS.into_iter().find(|(name, _)| *name == text);
    known.map(|(_, weekday)| weekday)
}

fn nth_of(period: Period, words: &[&str], text: &str) -> Result<Nth, RecurrenceError> {
    let unknown = || RecurrenceError::NotARecurrence(text.to_owned());
    let (nth, is_business) = match words {
        [nth] | [nth, "day"] => (*nth, false),
        [nth, "business", "day"] => (*nth, true),
        _ => return Err(unknown()),
    };
    if nth == "last" {
        return match (words, is_business) {
            (_, true) => Ok(Nth::LastBusinessDay),
            ([_, _], false) => Ok(Nth::LastDay),
            _ => Err(unknown()),
        };
    }
    let digits = nth.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let n: u16 = digits.parse().map_err(|_| unknown())?;
    if n == 0 || nth != ordinal(n) {
        return Err(unknown());
    }
    if period.shortest() < n {
        return Err(RecurrenceError::TooLate(
            ordinal(n),
            period.name(),
            period.shortest(),
        ));
    }
    Ok(match is_business {
        true => Nth::BusinessDay(n),
        false => Nth::Day(n),
    })
}

/// `1st`, `2nd`, `3rd`, `11th`, `21st`.
fn ordinal(n: u16) -> String {
    let ending = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dates {
            Dates::Every => f.write_str("day")?,
            Dates::EveryBusinessDay => f.write_str("business day")?,
            Dates::Weekly(weekday) => {
                let known = WEEKDAYS.into_iter().find(|(_, known)| *known == weekday);
                f.write_str(known.map_or("week", |(name, _)| name))?;
            }
            Dates::Within(period, nth) => {
                write!(f, "{} on the ", period.name())?;
                match nth {
                    Nth::Day(n) => f.write_str(&ordinal(n))?,
                    Nth::LastDay => f.write_str("last day")?,
                    Nth::BusinessDay(n) => write!(f, "{} business day", ordinal(n))?,
                    Nth::LastBusinessDay => f.write_str("last business day")?,
                }
            }
        }
        match self.at {
            Some(at) => write!(f, " at {}", at.strftime("%H:%M")),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for Recurrence {
    type Error = RecurrenceError;

    fn try_from(text: String) -> Result<Self, RecurrenceError> {
        text.parse()
    }
}

impl From<Recurrence> for String {
    fn from(recurrence: Recurrence) -> String {
        recurrence.to_string()
    }
}
