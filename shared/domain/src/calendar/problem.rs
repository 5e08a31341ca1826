//! Decides how a calendar that cannot be used is told to the person who wrote it: which field, why, and the fix.
//! It must not know the file the calendar came from; `path` is what a loader needs to find the line.

use std::fmt;

use jiff::Timestamp;

/// One reason why a calendar is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarProblem {
    /// No zone of this name in the bundled zone data.
    #[error("tz: `{zone}` is no zone of the IANA list; {}", match .suggestion { Some(name) => format!("did you mean `{name}`?"), None => "write one like `Europe/Berlin`".to_owned() })]
    UnknownZone {
        zone: String,
        suggestion: Option<String>,
    },
    /// A time that is none, or `24:00` where a day begins.
    #[error("{path}: `{text}` is not a time of day; write `HH:MM` from `00:00` to `{last}`")]
    BadTime {
        path: String,
        text: String,
        last: &'static str,
    },
    /// Two intervals share time.
    #[error("{path}: {interval} overlaps {other}; join them into one interval or move an end")]
    Overlap {
        path: String,
        interval: String,
        other: String,
    },
    /// Neither a date nor a rule.
    #[error(
        "{path}: `{text}` is not a holiday; write a date such as `2026-12-24`, a rule such as `12-25`, `easter +1` or `last monday of may`, or `all of DE-BY`"
    )]
    BadHoliday { path: String, text: String },
    /// `all of` a place whose holidays are not known.
    #[error(
        "{path}: the holidays of `{text}` are not known; list them, or write `all of` one of {known}"
    )]
    UnknownPlace {
        path: String,
        text: String,
        known: String,
    },
    /// Not one interval in the week.
    #[error(
        "weekly: the calendar never opens; give at least one weekday an interval, such as `mon: [[\"09:00\", \"17:00\"]]`"
    )]
    NeverOpens,
}

impl CalendarProblem {
    /// The field it is about, such as `weekly.tue[1]`.
    pub fn path(&self) -> &str {
        match self {
            CalendarProblem::UnknownZone { .. } => "tz",
            CalendarProblem::BadTime { path, .. }
            | CalendarProblem::Overlap { path, .. }
            | CalendarProblem::BadHoliday { path, .. }
            | CalendarProblem::UnknownPlace { path, .. } => path,
            CalendarProblem::NeverOpens => "weekly",
        }
    }
}

/// Everything wrong with one calendar, found in one pass. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarProblems(pub Vec<CalendarProblem>);

impl fmt::Display for CalendarProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            let between = if n == 0 { "" } else { "\n" };
            write!(f, "{between}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CalendarProblems {}

/// The answer lies outside the years 1 to 9997, for which instants are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{seconds} s of open time from {from} end outside the years 1 to 9997; use a shorter duration"
)]
pub struct Unreachable {
    pub seconds: u64,
    pub from: Timestamp,
}
