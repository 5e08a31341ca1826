//! Decides which durations people may write in a workflow and how each is read.
//! It must not know a calendar; [`Calendar::due`](super::Calendar::due) gives a span its end.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::spec::time_of_day;

/// A duration in open time, as written in a workflow file.
///
/// | written | meaning |
/// | --- | --- |
/// | `30 minutes`, `30 business minutes` | 30 minutes of open time |
/// | `4 business hours`, `2 hours` | so many hours of open time; the word `business` changes nothing, because every clock runs on a calendar (round the clock is a calendar that is always open) |
/// | `3 business days` | until the same local time on the third business date after the start, see below |
/// | `same business day, cut-off 15:00` | until closing on the business date of the start, or of the next one when it starts at 15:00 or later |
///
/// A business day is a date, not a number of hours: begun on Tuesday at 10:00, `3 business days` end on Friday at 10:00
/// whether Thursday is short or long. Begun at a date's opening, or while closed before it, that whole date is the first
/// day: what comes in on Tuesday after hours and has `1 business day` is due when Wednesday closes. Where the last date
/// closes before that local time, it ends at the closing; where it opens only later, as it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum BusinessSpan {
    /// Seconds of open time, at least 1.
    Seconds(u32),
    /// Business dates, at least 1.
    BusinessDays(u16),
    /// Until closing; minutes after local midnight at which it is too late for this date.
    SameBusinessDay { cut_off_minutes: Option<u16> },
}

/// Ten years of working days: longer is a slip of the pen.
const MOST_DAYS: u64 = 2_600;
/// Ten years of working hours.
const MOST_SECONDS: u64 = MOST_DAYS * 8 * 3600;

/// Why a text is no span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    #[error(
        "`{0}` is not a duration; write one like `30 minutes`, `4 business hours`, `3 business days` or `same business day, cut-off 15:00`"
    )]
    NotASpan(String),
    #[error("`{0}` does not say which days count; write `{1}`")]
    PlainDays(String, BusinessSpan),
    #[error(
        "`{0}` is not a whole number of a unit; write it in a smaller unit, such as `90 minutes`"
    )]
    NotWhole(String),
    #[error("`{0}` is no time at all; write at least 1")]
    Nothing(String),
    #[error("`{0}` is longer than ten working years; is the unit right?")]
    TooLong(String),
    #[error(
        "`{0}` is not a cut-off; write `same business day, cut-off 15:00`, hours and minutes of the calendar's zone"
    )]
    BadCutOff(String),
}

impl BusinessSpan {
    /// Whole minutes of open time.
    pub const fn minutes(minutes: u16) -> BusinessSpan {
        BusinessSpan::Seconds(minutes as u32 * 60)
    }

    /// Whether it is `same business day` without the time from which the next day counts.
    pub fn lacks_cut_off(&self) -> bool {
        matches!(
            self,
            BusinessSpan::SameBusinessDay {
                cut_off_minutes: None
            }
        )
    }
}

impl FromStr for BusinessSpan {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<BusinessSpan, SpanError> {
        let words: Vec<String> = text
            .split([' ', ',', '(', ')'])
            .filter(|w| !w.is_empty())
            .map(str::to_lowercase)
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let ["same", "business", "day", rest @ ..] = words.as_slice() {
            return cut_off(text, rest);
        }
        let (number, unit) = match words.as_slice() {
            [number, unit] => (*number, (*unit, false)),
            [number, "business", unit] => (*number, (*unit, true)),
            _ => return Err(SpanError::NotASpan(text.to_owned())),
        };
        let Ok(number) = number.parse::<u64>() else {
            let digits = number.bytes().all(|byte| byte.is_ascii_digit());
            let fraction = number.parse::<f64>().is_ok_and(|number| 0.0 < number);
            return Err(match (digits, fraction) {
                (true, true) => SpanError::TooLong(text.to_owned()),
                (false, true) => SpanError::NotWhole(text.to_owned()),
                (true | false, false) => SpanError::NotASpan(text.to_owned()),
            });
        };
        let span = match unit {
            ("second" | "seconds", _) => in_seconds(number, 1),
            ("minute" | "minutes" | "min", _) => in_seconds(number, 60),
            ("hour" | "hours", _) => in_seconds(number, 3600),
            ("day" | "days", true) => u16::try_from(number)
                .ok()
                .filter(|_| number <= MOST_DAYS)
                .map(BusinessSpan::BusinessDays),
            ("day" | "days", false) => {
                let days = u16::try_from(number).unwrap_or(u16::MAX);
                return Err(SpanError::PlainDays(
                    text.to_owned(),
                    BusinessSpan::BusinessDays(days),
                ));
            }
            _ => return Err(SpanError::NotASpan(text.to_owned())),
        };
        match span {
            _ if number == 0 => Err(SpanError::Nothing(text.to_owned())),
            Some(span) => Ok(span),
            None => Err(SpanError::TooLong(text.to_owned())),
        }
    }
}

fn in_seconds(number: u64, unit_seconds: u64) -> Option<BusinessSpan> {
    let seconds = number
        .checked_mul(unit_seconds)
        .filter(|seconds| *seconds <= MOST_SECONDS)?;
    u32::try_from(seconds).ok().map(BusinessSpan::Seconds)
}

fn cut_off(text: &str, rest: &[&str]) -> Result<BusinessSpan, SpanError> {
    let bad = || SpanError::BadCutOff(text.to_owned());
    let time = match rest {
        [] => {
            return Ok(BusinessSpan::SameBusinessDay {
                cut_off_minutes: None,
            });
        }
        ["cut-off" | "cutoff" | "before", time] | ["cut", "off", time] => *time,
        _ => return Err(bad()),
    };
    let seconds = time_of_day(time)
        .filter(|second| second % 60 == 0)
        .ok_or_else(bad)?;
    let minutes = u16::try_from(seconds / 60).map_err(|_| bad())?;
    Ok(BusinessSpan::SameBusinessDay {
        cut_off_minutes: Some(minutes),
    })
}

impl fmt::Display for BusinessSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |number: u32| if number == 1 { "" } else { "s" };
        match self {
            BusinessSpan::Seconds(seconds) if seconds % 3600 == 0 => {
                let hours = seconds / 3600;
                write!(f, "{hours} business hour{}", plural(hours))
            }
            BusinessSpan::Seconds(seconds) if seconds % 60 == 0 => {
                let minutes = seconds / 60;
                write!(f, "{minutes} minute{}", plural(minutes))
            }
            BusinessSpan::Seconds(seconds) => write!(f, "{seconds} second{}", plural(*seconds)),
            BusinessSpan::BusinessDays(days) => {
                write!(f, "{days} business day{}", plural(u32::from(*days)))
            }
            BusinessSpan::SameBusinessDay {
                cut_off_minutes: None,
            } => write!(f, "same business day"),
            BusinessSpan::SameBusinessDay {
                cut_off_minutes: Some(minutes),
            } => {
                write!(
                    f,
                    "same business day, cut-off {:02}:{:02}",
                    minutes / 60,
                    minutes % 60
                )
            }
        }
    }
}

impl TryFrom<String> for BusinessSpan {
    type Error = SpanError;

    fn try_from(text: String) -> Result<BusinessSpan, SpanError> {
        text.parse()
    }
}

impl From<BusinessSpan> for String {
    fn from(span: BusinessSpan) -> String {
        span.to_string()
    }
}
