//! What a person reads who asks why a clock says what it says.

use domain::calendar::Calendar;
use domain::clock::{Clock, Input};

use crate::{apply, at, clock, office, round_the_clock};

fn told(clock: &Clock, calendar: &Calendar, now: &str) -> String {
    let lines = clock.explain(calendar, at(now));
    let counted: u64 = lines.iter().map(|line| line.counted_seconds).sum();
    assert_eq!(
        counted,
        clock.used_seconds(calendar, at(now)),
        "the lines add up to what is used"
    );
    lines
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_pause_over_a_weekend() {
    let office = office();
    let mut clock = clock(
        &office,
        "2026-03-06T15:00Z",
        "4 business hours",
        &["80%"],
        &["1 business hour after"],
    );
    apply(&mut clock, Input::Pause, &office, "2026-03-06T16:30Z");
    let paused = told(&clock, &office, "2026-03-07T12:00Z");
    apply(&mut clock, Input::Resume, &office, "2026-03-09T09:30Z");
    clock
        .fire("80%".parse().unwrap(), at("2026-03-09T11:15Z"))
        .unwrap();
    let running = told(&clock, &office, "2026-03-09T13:10:30Z");
    insta::assert_snapshot!(format!("{paused}\n\n{running}"));
}

#[test]
fn holidays_clock_changes_and_nights() {
    let calendar: Calendar = serde_json::from_str(
        r#"{ "tz": "Europe/Berlin",
             "weekly": { "sat": [["22:00", "06:00"]], "thu": [["08:00", "12:00"], ["13:00", "17:00"]], "fri": [["08:00", "16:00"]] },
             "holidays": [ { "date": "2026-04-03", "name": "Good Friday" } ] }"#,
    )
    .unwrap();
    let spring = clock(&calendar, "2026-03-28T20:00+01:00", "20 hours", &[], &[]);
    insta::assert_snapshot!(told(&spring, &calendar, "2026-04-05T12:00+02:00"));
}

#[test]
fn a_long_run_is_told_by_the_week() {
    let office = office();
    let mut clock = clock(&office, "2026-03-02T10:00Z", "30 business days", &[], &[]);
    apply(&mut clock, Input::Stop, &office, "2026-04-01T10:00Z");
    insta::assert_snapshot!(told(&clock, &office, "2026-05-01T00:00Z"));
}

#[test]
fn a_changed_calendar_and_many_pauses() {
    let (office, always) = (office(), round_the_clock("UTC"));
    let mut clock = clock(&always, "2026-03-02T06:00Z", "40 hours", &[], &[]);
    clock
        .apply(
            Input::CalendarChanged { was: &always },
            &office,
            at("2026-03-02T09:00Z"),
        )
        .unwrap();
    for day in 3..14 {
        apply(
            &mut clock,
            Input::Pause,
            &office,
            &format!("2026-03-{day:02}T10:00Z"),
        );
        apply(
            &mut clock,
            Input::Resume,
            &office,
            &format!("2026-03-{day:02}T16:00Z"),
        );
    }
    insta::assert_snapshot!(told(&clock, &office, "2026-03-13T16:30Z"));
}
