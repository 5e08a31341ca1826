//! Which mark is told when, and that each is told once.

use domain::clock::{Input, Mark, RungAt, Target, WarnAt};

use crate::{apply, at, clock, mark, office, round_the_clock, span};

#[test]
fn what_people_write_for_a_warning() {
    let table = [
        ("50%", WarnAt::Percent(50), "50%"),
        ("80 %", WarnAt::Percent(80), "80%"),
        (
            "30 minutes before",
            WarnAt::Before { seconds: 1800 },
            "30 minutes before",
        ),
        (
            "30 minutes",
            WarnAt::Before { seconds: 1800 },
            "30 minutes before",
        ),
        (
            "2 business hours before",
            WarnAt::Before { seconds: 7200 },
            "2 business hours before",
        ),
    ];
    for (written, meant, shown) in table {
        assert_eq!(written.parse::<WarnAt>().unwrap(), meant, "{written}");
        assert_eq!(meant.to_string(), shown);
        assert_eq!(shown.parse::<Mark>().unwrap(), Mark::Warning(meant));
    }
    assert_eq!(mark("breach"), Mark::Breach);
    assert_eq!(
        mark("1 business day after").to_string(),
        "1 business day after"
    );
}

#[test]
fn what_is_refused() {
    let warnings = [
        "0%",
        "101%",
        "-5%",
        "half%",
        "early",
        "1 business day before",
        "2 days before",
        "0 minutes before",
    ];
    let rungs = ["later", "same business day after", "2 days after"];
    let told = warnings
        .iter()
        .map(|text| text.parse::<WarnAt>().unwrap_err().to_string());
    let told = told.chain(
        rungs
            .iter()
            .map(|text| text.parse::<RungAt>().unwrap_err().to_string()),
    );
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_five_minute_clock_tells_everything_once_and_in_order() {
    let always = round_the_clock("UTC");
    let mut clock = clock(
        &always,
        "2026-03-02T10:00Z",
        "5 minutes",
        &["80%", "50%"],
        &["10 minutes after", "1 hour after"],
    );
    let mut told = Vec::new();
    // A sweep each minute, the one at 10:04 lost.
    for minute in [0, 1, 2, 3, 5, 6, 7, 15, 16, 59] {
        let now = at(&format!("2026-03-02T10:{minute:02}:00Z"));
        for due in clock.due_marks(now) {
            assert_eq!(clock.fire(due.mark, now), Some(due));
            assert_eq!(clock.fire(due.mark, now), None, "never twice");
            told.push(format!(
                "10:{minute:02} {} late {} s",
                due.mark, due.late_seconds
            ));
        }
    }
    let expected = [
        "10:03 50% late 30 s",
        "10:05 80% late 60 s",
        "10:06 breach late 59 s",
        "10:16 10 minutes after late 59 s",
    ];
    assert_eq!(told, expected);
    assert_eq!(
        clock.next_mark(),
        Some((at("2026-03-02T11:05:01Z"), mark("1 hour after")))
    );
}

#[test]
fn after_an_outage_every_mark_is_told_in_order_with_how_late_it_is() {
    let office = office();
    let clock = clock(
        &office,
        "2026-03-02T10:00Z",
        "2 hours",
        &["90%", "50%", "30 minutes before"],
        &["1 hour after"],
    );
    let now = at("2026-03-03T10:00Z");
    let told: Vec<_> = clock
        .due_marks(now)
        .into_iter()
        .map(|due| (due.mark.to_string(), due.late_seconds))
        .collect();
    let hours = |hours: i64, minutes: i64| hours * 3600 + minutes * 60;
    let expected = [
        ("50%".to_owned(), hours(23, 0)),
        ("30 minutes before".to_owned(), hours(22, 30)),
        ("90%".to_owned(), hours(22, 12)),
        ("breach".to_owned(), hours(22, 0) - 1),
        ("1 business hour after".to_owned(), hours(21, 0) - 1),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_mark_crossed_but_not_told_before_a_pause_is_still_owed() {
    let office = office();
    let mut clock = clock(&office, "2026-03-02T10:00Z", "2 hours", &["50%"], &[]);
    apply(&mut clock, Input::Pause, &office, "2026-03-02T11:30Z");
    let due = clock.due_marks(at("2026-03-02T11:31Z"));
    assert_eq!(
        (due.len(), due[0].mark, due[0].at),
        (1, mark("50%"), at("2026-03-02T11:00Z"))
    );
    // The breach was not crossed and waits for the clock.
    assert_eq!(clock.mark_at(Mark::Breach), None);
}

#[test]
fn a_told_warning_is_not_told_again_under_another_target() {
    let office = office();
    let warn_at: [WarnAt; 2] = ["50%".parse().unwrap(), "90%".parse().unwrap()];
    let mut clock = clock(&office, "2026-03-02T10:00Z", "2 hours", &["50%"], &[]);
    clock.fire(mark("50%"), at("2026-03-02T11:00Z")).unwrap();
    let target = Target {
        span: span("4 hours"),
        warn_at: &warn_at,
        rungs: &[],
    };
    apply(
        &mut clock,
        Input::Retarget(target),
        &office,
        "2026-03-02T11:10Z",
    );
    let told: Vec<_> = clock
        .due_marks(at("2026-03-02T16:00Z"))
        .into_iter()
        .map(|due| due.mark)
        .collect();
    assert_eq!(told, [mark("90%"), mark("breach")]);
}

#[test]
fn after_the_stop_only_a_breach_is_still_told() {
    let office = office();
    let running = clock(
        &office,
        "2026-03-02T10:00Z",
        "1 hour",
        &["50%"],
        &["30 minutes after"],
    );
    let closed_by = |input, when| {
        let mut clock = running.clone();
        apply(&mut clock, input, &office, when);
        clock
            .due_marks(at("2026-03-31T00:00Z"))
            .into_iter()
            .map(|due| due.mark)
            .collect::<Vec<_>>()
    };
    assert_eq!(closed_by(Input::Stop, "2026-03-02T10:45Z"), []);
    assert_eq!(
        closed_by(Input::Stop, "2026-03-02T11:00Z"),
        [],
        "answered at the deadline itself"
    );
    assert_eq!(closed_by(Input::Stop, "2026-03-02T14:00Z"), [Mark::Breach]);
    assert_eq!(closed_by(Input::Cancel, "2026-03-02T14:00Z"), []);
}

#[test]
fn a_mark_fires_only_when_it_is_due_and_one_of_the_clocks() {
    let mut clock = clock(&office(), "2026-03-02T10:00Z", "1 hour", &["50%"], &[]);
    assert_eq!(clock.fire(mark("50%"), at("2026-03-02T10:29:59Z")), None);
    assert_eq!(clock.fire(mark("75%"), at("2026-03-02T12:00Z")), None);
    assert!(clock.fired().is_empty());
}

#[test]
fn the_same_mark_written_twice_is_one_and_a_long_lead_warns_at_once() {
    let clock = clock(
        &office(),
        "2026-03-02T10:00Z",
        "1 hour",
        &["2 hours before", "2 hours before"],
        &[],
    );
    let told = clock.due_marks(at("2026-03-02T10:00:01Z"));
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].mark, mark("2 hours before"));
}
