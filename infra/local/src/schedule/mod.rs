//! Schedule expressions of EventBridge Scheduler: `rate(…)`, `cron(…)` and `at(…)`, and when each is next due.
//! It must not know what a schedule starts.

mod cron;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// A checked schedule expression.
#[derive(Debug, Clone)]
pub struct Expression(When);

#[derive(Debug, Clone)]
enum When {
    Rate { interval_minutes: i64 },
    Cron(cron::Cron),
    At(DateTime),
}

/// Why a schedule expression or a time zone is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {mend}")]
pub struct Invalid {
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub mend: String,
}

impl Invalid {
    pub(super) fn new(problem: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            mend: mend.into(),
        }
    }
}

impl Expression {
    /// Reads an expression as AWS does: `rate(5 minutes)`, `cron(0 9 ? * MON-FRI *)`, `at(2026-11-22T09:00:00)`.
    ///
    /// # Errors
    /// What AWS refuses, such as `rate(1 minutes)`, and what this machine would read differently.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const MEND: &str =
            "write rate(5 minutes), cron(0 9 ? * MON-FRI *) or at(2026-11-22T09:00:00)";
        let (kind, inner) = text
            .strip_suffix(')')
            .and_then(|text| text.split_once('('))
            .ok_or_else(|| Invalid::new(format!("`{text}` is no schedule expression"), MEND))?;
        match kind {
            "rate" => rate(inner),
            "cron" => Ok(Self(When::Cron(cron::Cron::parse(inner)?))),
            "at" => at(inner),
            other => Err(Invalid::new(
                format!("`{other}` is no kind of schedule"),
                MEND,
            )),
        }
    }

    /// The first time later than `after` at which the schedule is due; `None` when it never is again.
    ///
    /// `zone` is the IANA zone in which `cron` and `at` are read; nothing is due in an unknown zone. A local time that the
    /// spring change leaves out is skipped, one that the autumn change repeats is due once, the first time: as on AWS.
    /// A rate is due at `anchor` and every interval after it.
    #[must_use]
    pub fn next_after(&self, after: Timestamp, zone: &str, anchor: Timestamp) -> Option<Timestamp> {
        match &self.0 {
            When::Rate { interval_minutes } => {
                if after < anchor {
                    return Some(anchor);
                }
                let interval = SignedDuration::from_mins(*interval_minutes);
                let passed = after.duration_since(anchor).as_millis() / interval.as_millis() + 1;
                let since_anchor = interval.checked_mul(i32::try_from(passed).ok()?)?;
                anchor.checked_add(since_anchor).ok()
            }
            When::Cron(cron) => {
                let zone = TimeZone::get(zone).ok()?;
                let mut local = zone.to_datetime(after);
                loop {
                    local = cron.next_after(local)?;
                    match first(&zone, local) {
                        Some(due) if due > after => return Some(due),
                        _ => {}
                    }
                }
            }
            When::At(local) => {
                let zone = TimeZone::get(zone).ok()?;
                first(&zone, *local).filter(|due| *due > after)
            }
        }
    }

    /// Whether the schedule is due once at most.
    #[must_use]
    pub fn is_once(&self) -> bool {
        matches!(self.0, When::At(_))
    }
}

/// Checks that a name is an IANA time zone.
///
/// # Errors
/// The name is none.
pub fn check_zone(name: &str) -> Result<(), Invalid> {
    match TimeZone::get(name) {
        Ok(_) => Ok(()),
        Err(_) => Err(Invalid::new(
            format!("`{name}` is no time zone"),
            "use an IANA name such as Europe/Berlin, or UTC",
        )),
    }
}

/// The first moment at which a zone shows a local time; `None` for one that the clocks jump over.
fn first(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    let offset = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { before, .. } => before,
        AmbiguousOffset::Gap { .. } => return None,
    };
    offset.to_timestamp(local).ok()
}

fn rate(inner: &str) -> Result<Expression, Invalid> {
    const MEND: &str =
        "write such as rate(1 minute), rate(5 minutes), rate(1 hour) or rate(2 days)";
    let refuse = |problem: String| Err(Invalid::new(problem, MEND));
    let Some((value, unit)) = inner.split_once(' ') else {
        return refuse(format!("`{inner}` is not a number and a unit"));
    };
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    let value: i64 = match value.parse::<u32>() {
        Ok(value) if is_number && value > 0 => value.into(),
        _ => return refuse(format!("`{value}` is no whole number above zero")),
    };
    let (single, minutes) = match unit {
        "minute" | "minutes" => ("minute", 1),
        "hour" | "hours" => ("hour", 60),
        "day" | "days" => ("day", 24 * 60),
        _ => return refuse(format!("`{unit}` is no unit")),
    };
    // AWS takes the singular with 1 alone.
    if (unit == single) != (value == 1) {
        return refuse(format!("`{value} {unit}` is not how AWS wants it written"));
    }
    Ok(Expression(When::Rate {
        interval_minutes: value * minutes,
    }))
}

fn at(inner: &str) -> Result<Expression, Invalid> {
    let refused = || {
        Invalid::new(
            format!("`{inner}` is no local time"),
            "write it as at(2026-11-22T09:00:00), without zone or fraction",
        )
    };
    let is_plain = inner.len() == "2026-11-22T09:00:00".len() && inner.as_bytes()[10] == b'T';
    match inner.parse() {
        Ok(local) if is_plain => Ok(Expression(When::At(local))),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests;
