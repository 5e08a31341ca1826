//! Laws that hold whatever happens to a clock, in whatever order.

use domain::calendar::{BusinessSpan, Calendar};
use domain::clock::{Change, Clock, Input, Mark, RungAt, State, Target, WarnAt};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::{calendar, office, round_the_clock};

#[derive(Debug, Clone)]
enum Step {
    Pause,
    Resume,
    Stop,
    Reopen,
    Retarget(BusinessSpan, Vec<WarnAt>),
    /// The calendar becomes the n-th.
    Calendar(usize),
    /// The sweep looks, and tells what is due.
    Sweep,
    /// The clock is stored and loaded.
    Store,
}

fn calendars() -> Vec<Calendar> {
    let night = r#"[["22:00","06:00"]]"#;
    let split = r#"[["08:00","12:00"],["13:00","17:00"]]"#;
    vec![
        office(),
        round_the_clock("Australia/Lord_Howe"),
        calendar(
            "America/New_York",
            &format!(r#"{{"mon":{night},"wed":{night},"sat":{night}}}"#),
        ),
        calendar(
            "Europe/Berlin",
            &format!(r#"{{"mon":{split},"tue":{split},"sun":{split}}}"#),
        ),
    ]
}

fn spans() -> impl Strategy<Value = BusinessSpan> {
    prop_oneof![
        (1..200_000_u32).prop_map(BusinessSpan::Seconds),
        (1..12_u16).prop_map(BusinessSpan::BusinessDays),
        Just(BusinessSpan::SameBusinessDay {
            cut_off_minutes: Some(900)
        }),
    ]
}

fn warnings() -> impl Strategy<Value = Vec<WarnAt>> {
    let one = prop_oneof![
        (1..=100_u8).prop_map(WarnAt::Percent),
        (1..10_000_u32).prop_map(|seconds| WarnAt::Before { seconds }),
    ];
    prop::collection::vec(one, 0..4)
}

fn rungs() -> impl Strategy<Value = Vec<RungAt>> {
    let one = prop_oneof![
        (1..50_000_u32).prop_map(BusinessSpan::Seconds),
        (1..4_u16).prop_map(BusinessSpan::BusinessDays),
    ];
    prop::collection::vec(one.prop_map(|span| RungAt::after(span).unwrap()), 0..3)
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let step = prop_oneof![
        2 => Just(Step::Pause),
        3 => Just(Step::Resume),
        1 => Just(Step::Stop),
        1 => Just(Step::Reopen),
        1 => (spans(), warnings()).prop_map(|(span, warn_at)| Step::Retarget(span, warn_at)),
        1 => (0..4_usize).prop_map(Step::Calendar),
        4 => Just(Step::Sweep),
        1 => Just(Step::Store),
    ];
    // Mostly forward in time, now and then a skewed clock.
    prop::collection::vec((-300..90_000_i64, step), 0..40)
}

fn start() -> Timestamp {
    "2026-03-04T09:17:23Z".parse().unwrap()
}

proptest! {
    #[test]
    fn whatever_happens(target in spans(), warn_at in warnings(), rungs in rungs(), first in 0..4_usize, steps in steps()) {
        let calendars = calendars();
        let mut calendar = &calendars[first];
        let mut now = start();
        let mut clock = Clock::start_for(Target { span: target, warn_at: &warn_at, rungs: &rungs }, calendar, now).unwrap();
        let mut told: Vec<Mark> = Vec::new();
        let mut used_before = 0;
        for (seconds, step) in &steps {
            now += SignedDuration::from_secs(*seconds);
            let before = clock.clone();
            let change = match step {
                Step::Pause => clock.apply(Input::Pause, calendar, now).unwrap(),
                Step::Resume => clock.apply(Input::Resume, calendar, now).unwrap(),
                Step::Stop => clock.apply(Input::Stop, calendar, now).unwrap(),
                Step::Reopen => clock.apply(Input::Reopen, calendar, now).unwrap(),
                Step::Retarget(span, warn_at) => {
                    let target = Target { span: *span, warn_at, rungs: &rungs };
                    clock.apply(Input::Retarget(target), calendar, now).unwrap()
                }
                Step::Calendar(next) => {
                    let was = std::mem::replace(&mut calendar, &calendars[*next]);
                    clock.apply(Input::CalendarChanged { was }, calendar, now).unwrap()
                }
                Step::Sweep => {
                    for due in clock.due_marks(now) {
                        prop_assert!(due.at <= now && 0 <= due.late_seconds);
                        prop_assert!(!told.contains(&due.mark), "{} is told twice", due.mark);
                        prop_assert_eq!(clock.fire(due.mark, now), Some(due));
                        told.push(due.mark);
                    }
                    prop_assert!(clock.due_marks(now).is_empty());
                    Change::AlreadySo
                }
                Step::Store => {
                    clock = serde_json::from_str(&serde_json::to_string(&clock).unwrap()).unwrap();
                    Change::AlreadySo
                }
            };
            if change != Change::Made && !matches!(step, Step::Sweep) {
                prop_assert_eq!(&clock, &before);
            }
            // Measured time never shrinks, and running is the only way to use it.
            let used = clock.used_seconds(calendar, clock.changed_at().max(now));
            let recounted = matches!(step, Step::Calendar(_)) || *seconds < 0;
            prop_assert!(used_before <= used || recounted, "{used_before} s were used, now {used}");
            used_before = used;
            check_marks(&clock)?;
            check_figures(&clock, calendar, now)?;
        }
        prop_assert_eq!(clock.fired(), told.as_slice());
        let stored = serde_json::to_string(&clock).unwrap();
        prop_assert!(stored.len() < 1500, "{} bytes", stored.len());
    }
}

/// A warning is never later than its deadline, a breach never before it, rungs after the breach.
fn check_marks(clock: &Clock) -> Result<(), TestCaseError> {
    let breach = clock.mark_at(Mark::Breach);
    if let Some(breach) = breach {
        prop_assert!(clock.due_at().is_some_and(|due| due <= breach));
    }
    for due in clock.due_marks(Timestamp::MAX) {
        match due.mark {
            Mark::Warning(_) => prop_assert!(clock.due_at().is_none_or(|due_at| due.at <= due_at)),
            Mark::Breach => {}
            Mark::Rung(_) => prop_assert!(breach.is_some_and(|breach| breach <= due.at)),
        }
    }
    Ok(())
}

/// What is shown agrees with itself, and the explanation adds up to it.
fn check_figures(clock: &Clock, calendar: &Calendar, now: Timestamp) -> Result<(), TestCaseError> {
    let now = now.max(clock.changed_at());
    let (used, left) = (
        clock.used_seconds(calendar, now),
        clock.remaining_seconds(calendar, now),
    );
    prop_assert_eq!(used as i64 + left, clock.target_seconds() as i64);
    prop_assert_eq!(clock.is_missed(calendar, now), left < 0);
    // Missed exactly when the breach is in the past.
    prop_assert_eq!(
        left < 0,
        clock
            .mark_at(Mark::Breach)
            .is_some_and(|breach| breach <= now)
    );
    let lines = clock.explain(calendar, now);
    prop_assert_eq!(
        lines.iter().map(|line| line.counted_seconds).sum::<u64>(),
        used
    );
    if let State::Running { .. } = clock.state() {
        let due_at = clock.due_at().unwrap();
        prop_assert_eq!(left <= 0, due_at <= now);
    }
    Ok(())
}
