//! Defects that other engines were reported for. Each is a promise here.

use domain::clock::{Change, Clock, Input, Target};

use crate::{apply, at, calendar, clock, mark, office, round_the_clock, span};

#[test]
fn a_calendar_that_never_closes_loses_no_minute_at_midnight() {
    let always = round_the_clock("Europe/Berlin");
    let clock = clock(&always, "2026-03-02T12:00Z", "240 hours", &[], &[]);
    assert_eq!(clock.due_at(), Some(at("2026-03-12T12:00Z")));
    assert_eq!(
        clock.used_seconds(&always, at("2026-03-07T12:00Z")),
        5 * 86_400
    );
}

#[test]
fn a_next_response_does_not_override_the_first() {
    let office = office();
    let mut first = clock(&office, "2026-03-02T10:00Z", "4 business hours", &[], &[]);
    let next = clock(&office, "2026-03-02T11:00Z", "30 minutes", &[], &[]);
    apply(&mut first, Input::Stop, &office, "2026-03-02T13:00Z");
    assert!(!first.is_missed(&office, at("2026-03-02T13:00Z")));
    // The other clock runs on, untouched.
    assert_eq!(next.due_at(), Some(at("2026-03-02T11:30Z")));
    assert!(next.is_missed(&office, at("2026-03-02T13:00Z")));
}

#[test]
fn a_warning_with_a_lunch_break_does_not_come_at_midnight() {
    let split = calendar(
        "Europe/Berlin",
        r#"{"mon":[["08:00","12:00"],["13:00","17:00"]],"tue":[["08:00","12:00"],["13:00","17:00"]]}"#,
    );
    // Two hours before Tuesday 08:30 is Monday 15:30, not Tuesday 06:30 and not 00:00.
    let clock = clock(
        &split,
        "2026-03-02T09:30+01:00",
        "7 hours",
        &["2 hours before", "50%"],
        &[],
    );
    assert_eq!(clock.due_at(), Some(at("2026-03-03T08:30+01:00")));
    assert_eq!(
        clock.mark_at(mark("2 hours before")),
        Some(at("2026-03-02T15:30+01:00"))
    );
    // Half of it is used up half an hour after lunch, not during lunch.
    assert_eq!(
        clock.mark_at(mark("50%")),
        Some(at("2026-03-02T14:00+01:00"))
    );
}

#[test]
fn no_hour_is_shifted_after_the_clock_changes() {
    let day = r#"[["09:00","17:00"]]"#;
    let berlin = calendar("Europe/Berlin", &format!(r#"{{"fri":{day},"mon":{day}}}"#));
    let spring = clock(&berlin, "2026-03-27T16:00+01:00", "2 hours", &[], &[]);
    assert_eq!(spring.due_at(), Some(at("2026-03-30T10:00+02:00")));
    let autumn = clock(&berlin, "2026-10-23T16:00+02:00", "2 hours", &[], &[]);
    assert_eq!(autumn.due_at(), Some(at("2026-10-26T10:00+01:00")));
}

#[test]
fn nobody_is_reminded_at_midnight() {
    let office = office();
    let clock = clock(
        &office,
        "2026-03-02T16:00Z",
        "2 hours",
        &["30 minutes before"],
        &["1 business hour after", "1 business day after"],
    );
    for due in clock.due_marks(at("2026-03-31T00:00Z")) {
        assert!(office.is_open(due.at), "{} at {}", due.mark, due.at);
    }
    assert_eq!(
        clock.mark_at(mark("30 minutes before")),
        Some(at("2026-03-03T09:30Z"))
    );
    assert_eq!(
        clock.mark_at(mark("1 business hour after")),
        Some(at("2026-03-03T11:00:01Z"))
    );
}

#[test]
fn leaving_pending_does_not_escalate_at_once() {
    let office = office();
    let mut clock = clock(
        &office,
        "2026-03-02T10:00Z",
        "4 business hours",
        &["50%"],
        &["1 hour after"],
    );
    apply(&mut clock, Input::Pause, &office, "2026-03-02T11:00Z");
    // Waiting on the client for a week.
    apply(&mut clock, Input::Resume, &office, "2026-03-09T10:00Z");
    assert!(clock.due_marks(at("2026-03-09T10:00Z")).is_empty());
    assert_eq!(
        clock.next_mark(),
        Some((at("2026-03-09T11:00Z"), mark("50%")))
    );
    assert_eq!(clock.due_at(), Some(at("2026-03-09T13:00Z")));
}

#[test]
fn a_pause_by_the_wall_clock_does_not_shift_a_deadline_in_business_hours() {
    let office = office();
    let mut clock = clock(&office, "2026-03-06T15:00Z", "4 hours", &[], &[]);
    apply(&mut clock, Input::Pause, &office, "2026-03-06T16:30Z");
    assert_eq!(clock.due_at(), None);
    apply(&mut clock, Input::Resume, &office, "2026-03-09T09:30Z");
    assert_eq!(clock.due_at(), Some(at("2026-03-09T12:00Z")));
}

#[test]
fn a_pause_outside_hours_changes_nothing() {
    let office = office();
    let mut clock = clock(&office, "2026-03-06T15:00Z", "4 hours", &["80%"], &[]);
    let before = (clock.due_at(), clock.mark_at(mark("80%")));
    apply(&mut clock, Input::Pause, &office, "2026-03-06T17:00Z");
    apply(&mut clock, Input::Resume, &office, "2026-03-09T09:00Z");
    assert_eq!((clock.due_at(), clock.mark_at(mark("80%"))), before);
}

#[test]
fn a_target_used_up_at_closing_is_due_then_and_an_answer_after_hours_is_met() {
    let office = office();
    let mut answered = clock(&office, "2026-03-06T09:00Z", "8 hours", &[], &[]);
    assert_eq!(answered.due_at(), Some(at("2026-03-06T17:00Z")));
    // Nothing is told on Friday evening or at the weekend: it can still be met.
    assert!(answered.due_marks(at("2026-03-08T12:00Z")).is_empty());
    let unanswered = answered.clone();
    apply(&mut answered, Input::Stop, &office, "2026-03-08T20:00Z");
    assert!(!answered.is_missed(&office, at("2026-03-31T00:00Z")));
    assert_eq!(answered.next_mark(), None);
    let due = unanswered.due_marks(at("2026-03-09T09:00:01Z"));
    assert_eq!(
        (due[0].mark, due[0].at),
        (mark("breach"), at("2026-03-09T09:00:01Z"))
    );
}

#[test]
fn a_pause_survives_another_target() {
    let office = office();
    let mut clock = clock(&office, "2026-03-02T10:00Z", "8 business hours", &[], &[]);
    apply(&mut clock, Input::Pause, &office, "2026-03-02T11:00Z");
    let urgent = Target {
        span: span("2 business hours"),
        warn_at: &[],
        rungs: &[],
    };
    assert_eq!(
        apply(
            &mut clock,
            Input::Retarget(urgent),
            &office,
            "2026-03-02T12:00Z"
        ),
        Change::Made
    );
    assert_eq!(clock.due_at(), None, "still paused");
    apply(&mut clock, Input::Resume, &office, "2026-03-02T14:00Z");
    // One hour was used before the pause, one is left.
    assert_eq!(clock.due_at(), Some(at("2026-03-02T15:00Z")));
}

#[test]
fn two_pauses_in_one_minute_are_two_pauses_to_the_second() {
    let office = office();
    let mut clock = clock(&office, "2026-03-02T10:00:00Z", "5 minutes", &[], &[]);
    for (pause, resume) in [("10:00:05", "10:00:20"), ("10:00:30", "10:00:50")] {
        apply(
            &mut clock,
            Input::Pause,
            &office,
            &format!("2026-03-02T{pause}Z"),
        );
        apply(
            &mut clock,
            Input::Resume,
            &office,
            &format!("2026-03-02T{resume}Z"),
        );
    }
    assert_eq!(clock.due_at(), Some(at("2026-03-02T10:05:35Z")));
}

#[test]
fn a_clock_can_start_while_closed() {
    let office = office();
    let clock = Clock::start(
        &span("5 minutes"),
        &["50%".parse().unwrap()],
        &office,
        at("2026-03-07T22:00Z"),
    )
    .unwrap();
    assert_eq!(clock.due_at(), Some(at("2026-03-09T09:05Z")));
    assert_eq!(
        clock.next_mark(),
        Some((at("2026-03-09T09:02:30Z"), mark("50%")))
    );
}
