//! How durations written by people are read, and when they end.

use domain::calendar::BusinessSpan;

use crate::{at, berlin, calendar};

#[test]
fn what_people_write() {
    let table = [
        ("30 minutes", "30 minutes"),
        ("5 Minutes", "5 minutes"),
        ("1 minute", "1 minute"),
        ("60 min", "1 business hour"),
        ("90 business minutes", "90 minutes"),
        ("2 hours", "2 business hours"),
        ("4 business hours", "4 business hours"),
        ("1 business hour", "1 business hour"),
        ("45 seconds", "45 seconds"),
        ("3 business days", "3 business days"),
        ("1 business day", "1 business day"),
        ("10 business days", "10 business days"),
        ("same business day", "same business day"),
        (
            "same business day, cut-off 15:00",
            "same business day, cut-off 15:00",
        ),
        (
            "same business day (cut-off 15:30)",
            "same business day, cut-off 15:30",
        ),
        (
            "same business day before 15:00",
            "same business day, cut-off 15:00",
        ),
    ];
    for (written, read) in table {
        let span: BusinessSpan = written.parse().unwrap();
        assert_eq!(span.to_string(), read, "{written}");
        assert_eq!(
            read.parse::<BusinessSpan>().unwrap(),
            span,
            "{read} is read back"
        );
        let json = serde_json::to_value(span).unwrap();
        assert_eq!(serde_json::from_value::<BusinessSpan>(json).unwrap(), span);
    }
}

#[test]
fn what_is_refused() {
    let written = [
        "",
        "soon",
        "3",
        "three business days",
        "3 business weeks",
        "-1 hours",
        "1.5 hours",
        "0 minutes",
        "3 days",
        "1 day",
        "same day",
        "same business day, cut-off 3pm",
        "same business day until noon",
        "same business day, cut-off 25:00",
        "9999999 hours",
        "99999999999999999999 minutes",
        "70000 business days",
    ];
    let told: Vec<String> = written
        .iter()
        .map(|text| text.parse::<BusinessSpan>().unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// 2026-11-23 is a Monday; Berlin is one hour ahead in winter.
#[test]
fn when_a_span_ends() {
    let office = berlin();
    let short_thursday = calendar(
        r#"{"tz":"Europe/Berlin","weekly":{"tue":[["09:00","17:00"]],"wed":[["09:00","17:00"]],"thu":[["09:00","12:00"]],"fri":[["09:00","17:00"]]}}"#,
    );
    let late_friday = calendar(
        r#"{"tz":"Europe/Berlin","weekly":{"thu":[["09:00","17:00"]],"fri":[["13:00","17:00"]]}}"#,
    );
    let night = calendar(
        r#"{"tz":"Europe/Berlin","weekly":{"mon":[["22:00","06:00"]],"tue":[["22:00","06:00"]],"wed":[["22:00","06:00"]]},"holidays":["2026-11-25"]}"#,
    );
    let always = calendar(
        r#"{"tz":"Europe/Berlin","weekly":{"mon":[["00:00","24:00"]],"tue":[["00:00","24:00"]],"wed":[["00:00","24:00"]],"thu":[["00:00","24:00"]],"fri":[["00:00","24:00"]],"sat":[["00:00","24:00"]],"sun":[["00:00","24:00"]]}}"#,
    );
    let table = [
        // Days: the same local time so many business dates later.
        (
            &office,
            "2026-11-24T10:00+01:00",
            "3 business days",
            "2026-11-27T10:00+01:00",
        ),
        (
            &office,
            "2026-11-26T10:00+01:00",
            "1 business day",
            "2026-11-27T10:00+01:00",
        ),
        (
            &office,
            "2026-11-27T10:00+01:00",
            "1 business day",
            "2026-11-30T10:00+01:00",
        ),
        (
            &office,
            "2026-11-27T16:59:59+01:00",
            "10 business days",
            "2026-12-11T16:59:59+01:00",
        ),
        // Over Christmas: Friday the 25th is a holiday.
        (
            &office,
            "2026-12-24T10:00+01:00",
            "1 business day",
            "2026-12-28T10:00+01:00",
        ),
        // After hours or before: from the next opening, so the day is used up when it closes.
        (
            &office,
            "2026-11-24T18:00+01:00",
            "1 business day",
            "2026-11-25T17:00+01:00",
        ),
        (
            &office,
            "2026-11-25T07:00+01:00",
            "1 business day",
            "2026-11-25T17:00+01:00",
        ),
        (
            &office,
            "2026-11-28T12:00+01:00",
            "2 business days",
            "2026-12-01T17:00+01:00",
        ),
        // A short date counts as a date; one that closes earlier than the start's time is due when it closes.
        (
            &short_thursday,
            "2026-11-25T10:00+01:00",
            "2 business days",
            "2026-11-27T10:00+01:00",
        ),
        (
            &short_thursday,
            "2026-11-25T15:00+01:00",
            "1 business day",
            "2026-11-26T12:00+01:00",
        ),
        // A date that opens later than the start's time is due as it opens; a whole late date is a day.
        (
            &late_friday,
            "2026-11-26T10:00+01:00",
            "1 business day",
            "2026-11-27T13:00:01+01:00",
        ),
        (
            &late_friday,
            "2026-11-26T15:00+01:00",
            "1 business day",
            "2026-11-27T15:00+01:00",
        ),
        (
            &late_friday,
            "2026-11-27T10:00+01:00",
            "1 business day",
            "2026-11-27T17:00+01:00",
        ),
        // At the opening itself, the whole date counts.
        (
            &office,
            "2026-11-24T09:00+01:00",
            "1 business day",
            "2026-11-24T17:00+01:00",
        ),
        (
            &office,
            "2026-11-24T09:00:01+01:00",
            "1 business day",
            "2026-11-25T09:00:01+01:00",
        ),
        // Round the clock, over the change to winter time: the same local time, 25 hours later.
        (
            &always,
            "2026-10-24T12:00+02:00",
            "1 business day",
            "2026-10-25T12:00+01:00",
        ),
        // A night shift belongs to the date on which it begins.
        (
            &night,
            "2026-11-24T01:00+01:00",
            "1 business day",
            "2026-11-25T00:00+01:00",
        ),
        // Hours and minutes: open time.
        (
            &office,
            "2026-11-27T15:00+01:00",
            "4 business hours",
            "2026-11-30T11:00+01:00",
        ),
        (
            &office,
            "2026-11-27T16:50+01:00",
            "30 minutes",
            "2026-11-30T09:20+01:00",
        ),
        (
            &office,
            "2026-11-27T16:30+01:00",
            "30 minutes",
            "2026-11-27T17:00+01:00",
        ),
        // Same business day, with and without the time from which the next day counts.
        (
            &office,
            "2026-11-24T14:59:59+01:00",
            "same business day, cut-off 15:00",
            "2026-11-24T17:00+01:00",
        ),
        (
            &office,
            "2026-11-24T15:00+01:00",
            "same business day, cut-off 15:00",
            "2026-11-25T17:00+01:00",
        ),
        (
            &office,
            "2026-11-24T15:00+01:00",
            "same business day",
            "2026-11-24T17:00+01:00",
        ),
        (
            &office,
            "2026-11-24T20:00+01:00",
            "same business day, cut-off 15:00",
            "2026-11-25T17:00+01:00",
        ),
        (
            &office,
            "2026-11-27T15:30+01:00",
            "same business day, cut-off 15:00",
            "2026-11-30T17:00+01:00",
        ),
        (
            &office,
            "2026-11-28T16:00+01:00",
            "same business day, cut-off 15:00",
            "2026-11-30T17:00+01:00",
        ),
        (
            &office,
            "2026-12-24T16:00+01:00",
            "same business day, cut-off 15:00",
            "2026-12-28T17:00+01:00",
        ),
        (
            &night,
            "2026-11-24T01:00+01:00",
            "same business day",
            "2026-11-24T06:00+01:00",
        ),
        (
            &night,
            "2026-11-24T12:00+01:00",
            "same business day",
            "2026-11-25T00:00+01:00",
        ),
        (
            &night,
            "2026-11-25T12:00+01:00",
            "same business day",
            "2026-11-26T06:00+01:00",
        ),
    ];
    for (calendar, start, span, due) in table {
        let found = calendar.due(at(start), &span.parse().unwrap()).unwrap();
        assert_eq!(found, at(due), "{span} from {start}");
    }
}

#[test]
fn open_time_per_iso_week() {
    let weeks = berlin()
        .open_seconds_by_iso_week(at("2026-12-23T12:00+01:00"), at("2027-01-05T10:00+01:00"));
    let hours: Vec<String> = weeks
        .iter()
        .map(|(week, seconds)| format!("{week} {} h", seconds / 3600))
        .collect();
    // Christmas Day is closed; week 53 belongs to 2026 although it ends in January.
    assert_eq!(hours, ["2026-W52 13 h", "2026-W53 40 h", "2027-W01 9 h"]);
    assert!(
        berlin()
            .open_seconds_by_iso_week(at("2026-12-23T12:00Z"), at("2026-12-23T12:00Z"))
            .is_empty()
    );
}

#[test]
fn holidays_are_found_by_name() {
    let calendar = berlin();
    let found =
        calendar.holidays_between(at("2026-12-24T12:00+01:00"), at("2026-12-26T00:00+01:00"));
    assert_eq!(
        found,
        [(jiff::civil::date(2026, 12, 25), Some("Christmas Day"))]
    );
}

/// Shifts that touch inside the hour that New York skips on 9 March 2025. The night shift until 02:15 ends at 03:15,
/// which is 02:15 read as "compatible"; the one from there to 03:00 would end before it begins and holds nothing.
#[test]
fn a_shift_that_a_skipped_hour_turns_round_holds_nothing() {
    let calendar = calendar(
        r#"{ "tz": "America/New_York", "weekly": { "sat": [["02:45", "02:15"]], "sun": [["02:15", "03:00"]] } }"#,
    );
    let (from, to) = (at("2025-03-08T00:00Z"), at("2025-03-10T12:00Z"));
    let night = (at("2025-03-08T07:45Z"), at("2025-03-09T07:15Z"));
    assert_eq!(calendar.open_intervals(from, to), [night]);
    assert_eq!(calendar.between(from, to), 23 * 3600 + 1800);
    let one_o_clock = at("2025-03-09T06:00Z");
    assert_eq!(calendar.end_of_business_day(one_o_clock).unwrap(), night.1);
    // That Sunday is no business date: one day later is the same hour of the next Saturday night.
    let due = |days: &str| calendar.due(one_o_clock, &days.parse().unwrap()).unwrap();
    assert_eq!(due("1 business day"), at("2025-03-16T05:00Z"));
    assert_eq!(due("2 business days"), at("2025-03-16T07:00Z"));
}
