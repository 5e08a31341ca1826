//! Every state meets every input. The table that comes out is what people may read.

use domain::clock::{Change, Clock, Input, State, Target};

use crate::{apply, at, clock, mark, office, round_the_clock, span};

fn word(state: State) -> &'static str {
    match state {
        State::Running { .. } => "running",
        State::Paused { .. } => "paused",
        State::Stopped { .. } => "stopped",
        State::Cancelled { .. } => "cancelled",
    }
}

#[test]
fn the_table_of_transitions() {
    let office = office();
    let was = round_the_clock("UTC");
    let shorter = Target {
        span: span("1 hour"),
        warn_at: &[],
        rungs: &[],
    };
    let running = clock(&office, "2026-03-02T10:00Z", "4 business hours", &[], &[]);
    let after = |input| {
        let mut clock = running.clone();
        apply(&mut clock, input, &office, "2026-03-02T11:00Z");
        clock
    };
    let states = [
        running.clone(),
        after(Input::Pause),
        after(Input::Stop),
        after(Input::Cancel),
    ];
    let inputs = [
        ("pause", Input::Pause),
        ("resume", Input::Resume),
        ("stop", Input::Stop),
        ("reopen", Input::Reopen),
        ("cancel", Input::Cancel),
        ("retarget", Input::Retarget(shorter)),
        ("calendar changed", Input::CalendarChanged { was: &was }),
    ];
    let mut table = Vec::new();
    for before in &states {
        for (name, input) in inputs {
            let mut clock = before.clone();
            let change = apply(&mut clock, input, &office, "2026-03-02T12:00Z");
            let line = format!("{} --({name})--> ", word(before.state()));
            table.push(match change {
                Change::Made => format!("{line}{}", word(clock.state())),
                Change::AlreadySo => format!("{line}nothing to do"),
                Change::Closed => format!("{line}closed, stays so"),
            });
            assert_eq!(
                change == Change::Made,
                clock != *before,
                "{name}: only a change that was made changes anything"
            );
            // The same input again is never a second change.
            let once = clock.clone();
            assert_ne!(
                apply(&mut clock, input, &office, "2026-03-02T12:00Z"),
                Change::Made,
                "{name} twice"
            );
            assert_eq!(clock, once, "{name} twice");
        }
    }
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn reopening_cuts_the_closed_time_out() {
    let office = office();
    let mut clock = clock(&office, "2026-03-02T10:00Z", "4 business hours", &[], &[]);
    apply(&mut clock, Input::Stop, &office, "2026-03-02T11:00Z");
    apply(&mut clock, Input::Reopen, &office, "2026-03-04T09:00Z");
    assert_eq!(clock.due_at(), Some(at("2026-03-04T12:00Z")));
    assert_eq!(
        clock.remaining_seconds(&office, at("2026-03-04T10:00Z")),
        2 * 3600
    );
}

#[test]
fn another_target_counts_from_the_original_start() {
    let office = office();
    let target = |text| Target {
        span: span(text),
        warn_at: &[],
        rungs: &[],
    };
    let mut clock = clock(&office, "2026-03-02T10:00Z", "8 business hours", &[], &[]);
    apply(
        &mut clock,
        Input::Retarget(target("4 business hours")),
        &office,
        "2026-03-02T12:00Z",
    );
    assert_eq!(clock.due_at(), Some(at("2026-03-02T14:00Z")));
    // So short that it is over already: missed at once, from when it would have been due.
    apply(
        &mut clock,
        Input::Retarget(target("1 business hour")),
        &office,
        "2026-03-02T12:30Z",
    );
    assert_eq!(clock.due_at(), Some(at("2026-03-02T11:00Z")));
    let due = clock.due_marks(at("2026-03-02T12:30Z"));
    assert_eq!(
        (due[0].mark, due[0].at, due[0].late_seconds),
        (mark("breach"), at("2026-03-02T11:00:01Z"), 5399)
    );
    // And longer again, in days.
    apply(
        &mut clock,
        Input::Retarget(target("2 business days")),
        &office,
        "2026-03-02T13:00Z",
    );
    assert_eq!(clock.due_at(), Some(at("2026-03-04T10:00Z")));
    assert!(!clock.is_missed(&office, at("2026-03-02T13:00Z")));
}

#[test]
fn another_target_finds_its_marks_in_runs_that_are_over() {
    let office = office();
    let mut clock = clock(&office, "2026-03-02T10:00Z", "8 business hours", &[], &[]);
    apply(&mut clock, Input::Pause, &office, "2026-03-02T13:00Z");
    let warn_at = ["50%".parse().unwrap()];
    let target = Target {
        span: span("2 business hours"),
        warn_at: &warn_at,
        rungs: &[],
    };
    apply(
        &mut clock,
        Input::Retarget(target),
        &office,
        "2026-03-02T15:00Z",
    );
    assert_eq!(clock.mark_at(mark("50%")), Some(at("2026-03-02T11:00Z")));
    assert_eq!(clock.due_at(), Some(at("2026-03-02T12:00Z")));
    assert!(clock.is_missed(&office, at("2026-03-02T15:00Z")));
}

#[test]
fn time_measured_before_a_calendar_change_stays() {
    let (office, always) = (office(), round_the_clock("UTC"));
    let mut clock = clock(&always, "2026-03-02T06:00Z", "6 hours", &["50%"], &[]);
    // Three hours were counted round the clock; from 09:00 on the office hours count.
    let change = clock
        .apply(
            Input::CalendarChanged { was: &always },
            &office,
            at("2026-03-02T09:00Z"),
        )
        .unwrap();
    assert_eq!(change, Change::Made);
    assert_eq!(clock.mark_at(mark("50%")), Some(at("2026-03-02T09:00Z")));
    assert_eq!(clock.due_at(), Some(at("2026-03-02T12:00Z")));
    assert_eq!(
        clock.used_seconds(&office, at("2026-03-02T10:00Z")),
        4 * 3600
    );
    // A stopped clock does not change any more.
    apply(&mut clock, Input::Stop, &office, "2026-03-02T10:00Z");
    let stopped = clock.clone();
    let change = clock
        .apply(
            Input::CalendarChanged { was: &office },
            &always,
            at("2026-03-03T09:00Z"),
        )
        .unwrap();
    assert_eq!((change, clock), (Change::Closed, stopped));
}

#[test]
fn what_is_dated_before_the_last_change_counts_from_that_change() {
    let office = office();
    let mut clock = clock(&office, "2026-03-02T10:00Z", "4 business hours", &[], &[]);
    apply(&mut clock, Input::Pause, &office, "2026-03-02T11:00Z");
    // A resume that a skewed machine dates five minutes too early.
    apply(&mut clock, Input::Resume, &office, "2026-03-02T10:55Z");
    assert_eq!(clock.changed_at(), at("2026-03-02T11:00Z"));
    assert_eq!(clock.due_at(), Some(at("2026-03-02T14:00Z")));
}

#[test]
fn a_stored_clock_is_small_and_comes_back_the_same() {
    let office = office();
    let warnings = ["50%", "80%", "30 minutes before"];
    let rungs = [
        "30 minutes after",
        "2 business hours after",
        "1 business day after",
    ];
    let mut clock = clock(
        &office,
        "2026-03-02T10:00Z",
        "3 business days",
        &warnings,
        &rungs,
    );
    for day in 2..28 {
        apply(
            &mut clock,
            Input::Pause,
            &office,
            &format!("2026-03-{day:02}T10:{day:02}:00Z"),
        );
        apply(
            &mut clock,
            Input::Resume,
            &office,
            &format!("2026-03-{day:02}T10:{:02}:00Z", day + 3),
        );
    }
    for due in clock.due_marks(at("2027-01-01T00:00Z")) {
        clock.fire(due.mark, at("2027-01-01T00:00Z")).unwrap();
    }
    assert_eq!(clock.fired().len(), 7);
    let stored = serde_json::to_string(&clock).unwrap();
    assert!(stored.len() < 1024, "{} bytes: {stored}", stored.len());
    assert_eq!(serde_json::from_str::<Clock>(&stored).unwrap(), clock);
}

#[test]
fn a_fresh_clock_as_it_is_stored() {
    let clock = clock(
        &office(),
        "2026-03-02T10:00Z",
        "4 business hours",
        &["80%"],
        &["1 business hour after"],
    );
    insta::assert_json_snapshot!(clock);
}
