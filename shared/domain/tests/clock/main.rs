//! Response-time clocks: the vectors, every transition, the defects seen elsewhere, and the laws.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, a failed unwrap is the failure"
)]

mod defects;
mod explain;
mod laws;
mod marks;
mod transitions;
mod vectors;

use domain::calendar::{BusinessSpan, Calendar};
use domain::clock::{Change, Clock, Input, Mark, RungAt, Target, WarnAt};
use jiff::Timestamp;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn span(text: &str) -> BusinessSpan {
    text.parse().unwrap()
}

pub(crate) fn mark(text: &str) -> Mark {
    text.parse().unwrap()
}

/// `weekly` as JSON.
pub(crate) fn calendar(tz: &str, weekly: &str) -> Calendar {
    serde_json::from_str(&format!(r#"{{"tz":"{tz}","weekly":{weekly}}}"#)).unwrap()
}

/// Monday to Friday 09:00–17:00, universal time. 2026-03-02 is a Monday.
pub(crate) fn office() -> Calendar {
    let day = r#"[["09:00","17:00"]]"#;
    calendar(
        "UTC",
        &format!(r#"{{"mon":{day},"tue":{day},"wed":{day},"thu":{day},"fri":{day}}}"#),
    )
}

pub(crate) fn round_the_clock(tz: &str) -> Calendar {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let week: Vec<String> = days
        .iter()
        .map(|day| format!(r#""{day}":[["00:00","24:00"]]"#))
        .collect();
    calendar(tz, &format!("{{{}}}", week.join(",")))
}

/// A clock from what people write.
pub(crate) fn clock(
    calendar: &Calendar,
    start: &str,
    target: &str,
    warn_at: &[&str],
    rungs: &[&str],
) -> Clock {
    let warn_at: Vec<WarnAt> = warn_at.iter().map(|text| text.parse().unwrap()).collect();
    let rungs: Vec<RungAt> = rungs.iter().map(|text| text.parse().unwrap()).collect();
    Clock::start_for(
        Target {
            span: span(target),
            warn_at: &warn_at,
            rungs: &rungs,
        },
        calendar,
        at(start),
    )
    .unwrap()
}

pub(crate) fn apply(
    clock: &mut Clock,
    input: Input<'_>,
    calendar: &Calendar,
    when: &str,
) -> Change {
    clock.apply(input, calendar, at(when)).unwrap()
}
