//! Decides how the marks of a clock are named and at how much used time each stands.
//! It must not know instants; the clock places its marks in time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::calendar::{BusinessSpan, SpanError};

/// When to warn: a share of the target used up, or so much open time before the deadline.
///
/// Written `80%` or `30 minutes before` (the word `before` may be left out). Minutes are business minutes: half an hour
/// before a deadline on Monday at 09:15 is Friday at 16:45, while somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WarnAt {
    /// 1 to 100.
    Percent(u8),
    /// Seconds of open time, at least 1.
    Before { seconds: u32 },
}

/// When a rung of the escalation ladder is due: so much time after the breach. Written `2 business hours after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RungAt {
    span: BusinessSpan,
}

/// Something that a clock does once in its life. The text names it: the same share written again is the same mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Mark {
    Warning(WarnAt),
    Breach,
    Rung(RungAt),
}

/// Why a text names no mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    #[error(
        "`{0}` is not a warning; write a share of the target such as `80%` or a time before the deadline such as `30 minutes before`"
    )]
    NotAWarning(String),
    #[error(
        "`{0}` is not between 1% and 100% of the target; after the deadline an escalation takes over"
    )]
    OutOfRange(String),
    #[error("`{0}` cannot be counted back from a deadline; write it in minutes or hours")]
    DaysBefore(String),
    #[error("`{0}` is not a rung; write a time after the breach such as `2 business hours after`")]
    NotARung(String),
    #[error("{0}")]
    Span(#[from] SpanError),
}

impl WarnAt {
    /// Open seconds of the target that are used up at this warning; at least 1, at most the target.
    pub(super) fn used_seconds(&self, target_seconds: u64) -> u64 {
        let used = match self {
            WarnAt::Percent(percent) => {
                // Rounded down: a warning may come a second early, never late.
                let share = u128::from(target_seconds) * u128::from(*percent) / 100;
                u64::try_from(share).unwrap_or(target_seconds)
            }
            WarnAt::Before { seconds } => target_seconds.saturating_sub(u64::from(*seconds)),
        };
        used.clamp(1, target_seconds.max(1))
    }
}

impl RungAt {
    /// So much after the breach; `same business day` has no length and makes no rung.
    pub fn after(span: BusinessSpan) -> Option<RungAt> {
        match span {
            BusinessSpan::Seconds(_) | BusinessSpan::BusinessDays(_) => Some(RungAt { span }),
            BusinessSpan::SameBusinessDay { .. } => None,
        }
    }

    /// How long after the breach.
    pub fn span(&self) -> &BusinessSpan {
        &self.span
    }
}

impl FromStr for WarnAt {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<WarnAt, MarkError> {
        let trimmed = text.trim();
        if let Some(percent) = trimmed.strip_suffix('%') {
            let percent: i64 = percent
                .trim()
                .parse()
                .map_err(|_| MarkError::NotAWarning(text.to_owned()))?;
            return match u8::try_from(percent) {
                Ok(percent @ 1..=100) => Ok(WarnAt::Percent(percent)),
                _ => Err(MarkError::OutOfRange(text.to_owned())),
            };
        }
        match trimmed
            .strip_suffix("before")
            .unwrap_or(trimmed)
            .trim()
            .parse()
        {
            Ok(BusinessSpan::Seconds(seconds)) => Ok(WarnAt::Before { seconds }),
            Ok(BusinessSpan::BusinessDays(_) | BusinessSpan::SameBusinessDay { .. })
            | Err(SpanError::PlainDays(..)) => Err(MarkError::DaysBefore(text.to_owned())),
            Err(SpanError::NotASpan(_)) => Err(MarkError::NotAWarning(text.to_owned())),
            Err(error) => Err(MarkError::Span(error)),
        }
    }
}

impl FromStr for RungAt {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<RungAt, MarkError> {
        let trimmed = text.trim();
        let span = match trimmed
            .strip_suffix("after")
            .unwrap_or(trimmed)
            .trim()
            .parse()
        {
            Ok(span) => span,
            Err(SpanError::NotASpan(_)) => return Err(MarkError::NotARung(text.to_owned())),
            Err(error) => return Err(MarkError::Span(error)),
        };
        RungAt::after(span).ok_or_else(|| MarkError::NotARung(text.to_owned()))
    }
}

impl FromStr for Mark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Mark, MarkError> {
        match text {
            "breach" => Ok(Mark::Breach),
            _ if text.ends_with("after") => text.parse().map(Mark::Rung),
            _ => text.parse().map(Mark::Warning),
        }
    }
}

impl fmt::Display for WarnAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WarnAt::Percent(percent) => write!(f, "{percent}%"),
            WarnAt::Before { seconds } => write!(f, "{} before", BusinessSpan::Seconds(*seconds)),
        }
    }
}

impl fmt::Display for RungAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after", self.span)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mark::Warning(warning) => warning.fmt(f),
            Mark::Breach => f.write_str("breach"),
            Mark::Rung(rung) => rung.fmt(f),
        }
    }
}

impl TryFrom<String> for WarnAt {
    type Error = MarkError;

    fn try_from(text: String) -> Result<WarnAt, MarkError> {
        text.parse()
    }
}

impl TryFrom<String> for RungAt {
    type Error = MarkError;

    fn try_from(text: String) -> Result<RungAt, MarkError> {
        text.parse()
    }
}

impl TryFrom<String> for Mark {
    type Error = MarkError;

    fn try_from(text: String) -> Result<Mark, MarkError> {
        text.parse()
    }
}

impl From<WarnAt> for String {
    fn from(warning: WarnAt) -> String {
        warning.to_string()
    }
}

impl From<RungAt> for String {
    fn from(rung: RungAt) -> String {
        rung.to_string()
    }
}

impl From<Mark> for String {
    fn from(mark: Mark) -> String {
        mark.to_string()
    }
}
