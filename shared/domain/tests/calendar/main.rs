//! Business time: the vectors, tables of choices and spans, and the laws.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, a failed unwrap is the failure"
)]

mod holidays;
mod icalendar;
mod laws;
mod problems;
mod recurrences;
mod spans;
mod stepped;
mod vectors;

use domain::calendar::Calendar;
use jiff::Timestamp;

pub(crate) fn calendar(json: &str) -> Calendar {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Monday to Friday 09:00–17:00 in Berlin, closed at Christmas.
pub(crate) fn berlin() -> Calendar {
    calendar(
        r#"{ "tz": "Europe/Berlin",
             "weekly": { "mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]], "wed": [["09:00", "17:00"]],
                         "thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]] },
             "holidays": [ { "date": "2026-12-25", "name": "Christmas Day" }, "2026-12-26" ] }"#,
    )
}
