//! When schedules are due, and what AWS refuses.

use jiff::Timestamp;
use proptest::prelude::*;

use super::Expression;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The first times due after a time, in a zone.
fn due(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let expression = Expression::parse(expression).unwrap();
    let anchor = time("2026-01-01T00:00:30Z");
    std::iter::successors(Some(time(after)), |after| {
        expression.next_after(*after, zone, anchor)
    })
    .skip(1)
    .take(count)
    .map(|due| due.to_string())
    .collect()
}

#[track_caller]
fn check(expression: &str, zone: &str, after: &str, wanted: &[&str]) {
    // One more than wanted is asked for where the schedule ends.
    let found = due(expression, zone, after, wanted.len().max(1));
    assert_eq!(found, wanted, "{expression} in {zone} after {after}");
}

const UTC: &str = "UTC";
const BERLIN: &str = "Europe/Berlin";

#[test]
fn rates_count_from_their_anchor() {
    check(
        "rate(1 minute)",
        UTC,
        "2026-01-01T00:00:30Z",
        &["2026-01-01T00:01:30Z", "2026-01-01T00:02:30Z"],
    );
    check(
        "rate(5 minutes)",
        UTC,
        "2026-01-01T10:04:00Z",
        &["2026-01-01T10:05:30Z"],
    );
    check(
        "rate(5 minutes)",
        UTC,
        "2026-01-01T10:05:30Z",
        &["2026-01-01T10:10:30Z"],
    );
    check(
        "rate(1 hour)",
        UTC,
        "2025-06-01T00:00:00Z",
        &["2026-01-01T00:00:30Z", "2026-01-01T01:00:30Z"],
    );
    // A day is 24 hours, also over a change of the clocks.
    check(
        "rate(1 day)",
        BERLIN,
        "2026-03-28T12:00:00Z",
        &["2026-03-29T00:00:30Z", "2026-03-30T00:00:30Z"],
    );
    check("rate(4294967295 days)", UTC, "2026-03-28T12:00:00Z", &[]);
}

#[test]
fn cron_fields_are_aws_fields() {
    let cases: &[(&str, &[&str])] = &[
        (
            "cron(15 10 * * ? *)",
            &["2026-11-23T10:15:00Z", "2026-11-24T10:15:00Z"],
        ),
        (
            "cron(0/15 * * * ? *)",
            &[
                "2026-11-22T12:15:00Z",
                "2026-11-22T12:30:00Z",
                "2026-11-22T12:45:00Z",
                "2026-11-22T13:00:00Z",
            ],
        ),
        (
            "cron(*/20 * * * ? *)",
            &["2026-11-22T12:20:00Z", "2026-11-22T12:40:00Z"],
        ),
        (
            "cron(1/30 * * * ? *)",
            &[
                "2026-11-22T12:01:00Z",
                "2026-11-22T12:31:00Z",
                "2026-11-22T13:01:00Z",
            ],
        ),
        (
            "cron(5-10/5,50 12 * * ? *)",
            &[
                "2026-11-22T12:05:00Z",
                "2026-11-22T12:10:00Z",
                "2026-11-22T12:50:00Z",
                "2026-11-23T12:05:00Z",
            ],
        ),
        (
            "cron(59/7 * * * ? *)",
            &["2026-11-22T12:59:00Z", "2026-11-22T13:59:00Z"],
        ),
        // Day 1 is Sunday, and 22 November 2026 is one.
        (
            "cron(0 18 ? * 1 *)",
            &["2026-11-22T18:00:00Z", "2026-11-29T18:00:00Z"],
        ),
        (
            "cron(0 18 ? * MON-FRI *)",
            &["2026-11-23T18:00:00Z", "2026-11-24T18:00:00Z"],
        ),
        (
            "cron(0 18 ? * sat,Sun *)",
            &["2026-11-22T18:00:00Z", "2026-11-28T18:00:00Z"],
        ),
        (
            "cron(0 18 ? * L *)",
            &["2026-11-28T18:00:00Z", "2026-12-05T18:00:00Z"],
        ),
        (
            "cron(0 18 ? * 6L *)",
            &["2026-11-27T18:00:00Z", "2026-12-25T18:00:00Z"],
        ),
        ("cron(0 18 ? * FRIL *)", &["2026-11-27T18:00:00Z"]),
        (
            "cron(0 9 ? * 3#2 *)",
            &["2026-12-08T09:00:00Z", "2027-01-12T09:00:00Z"],
        ),
        (
            "cron(0 9 ? * SUN#5 *)",
            &["2026-11-29T09:00:00Z", "2027-01-31T09:00:00Z"],
        ),
        (
            "cron(0 9 L * ? *)",
            &[
                "2026-11-30T09:00:00Z",
                "2026-12-31T09:00:00Z",
                "2027-01-31T09:00:00Z",
                "2027-02-28T09:00:00Z",
            ],
        ),
        (
            "cron(0 9 LW * ? *)",
            &[
                "2026-11-30T09:00:00Z",
                "2026-12-31T09:00:00Z",
                "2027-01-29T09:00:00Z",
            ],
        ),
        // 28 November is a Saturday, 1 and 29 November Sundays, 1 August a Saturday: never out of the month.
        ("cron(0 9 28W 11 ? *)", &["2026-11-27T09:00:00Z"]),
        ("cron(0 9 29W 11 ? 2026)", &["2026-11-30T09:00:00Z"]),
        (
            "cron(0 9 1W 5,8 ? 2027)",
            &["2027-05-03T09:00:00Z", "2027-08-02T09:00:00Z"],
        ),
        (
            "cron(0 0 29 FEB ? *)",
            &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
        ),
        (
            "cron(0 0 1 1/3 ? 2026/2)",
            &["2028-01-01T00:00:00Z", "2028-04-01T00:00:00Z"],
        ),
        (
            "cron(0 0 1 1 ? 2027-2028)",
            &["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"],
        ),
        ("cron(0 0 31 2 ? *)", &[]),
        ("cron(0 0 1 1 ? 2020)", &[]),
    ];
    for (expression, wanted) in cases {
        check(expression, UTC, "2026-11-22T12:00:00Z", wanted);
    }
    check(
        "cron(0 0 1 1 ? *)",
        UTC,
        "2198-06-01T00:00:00Z",
        &["2199-01-01T00:00:00Z"],
    );
    assert_eq!(
        due("cron(0 0 1 1 ? *)", UTC, "2199-06-01T00:00:00Z", 1),
        [""; 0]
    );
}

#[test]
fn cron_follows_the_local_clock_and_skips_what_it_skips() {
    check(
        "cron(0 9 * * ? *)",
        BERLIN,
        "2026-03-28T12:00:00Z",
        &["2026-03-29T07:00:00Z"],
    );
    check(
        "cron(0 9 * * ? *)",
        "America/New_York",
        "2026-11-22T12:00:00Z",
        &["2026-11-22T14:00:00Z"],
    );
    // On 29 March 2026 Berlin has no 02:30: AWS leaves that day out.
    check(
        "cron(30 2 * * ? *)",
        BERLIN,
        "2026-03-28T00:00:00Z",
        &["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"],
    );
    check(
        "cron(0/30 * * * ? *)",
        BERLIN,
        "2026-03-29T00:00:00Z",
        &["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"],
    );
    // On 25 October 2026 Berlin has 02:30 twice: due once, the first time.
    check(
        "cron(30 2 * * ? *)",
        BERLIN,
        "2026-10-24T12:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
    check(
        "cron(0/30 * * * ? *)",
        BERLIN,
        "2026-10-25T00:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"],
    );
    // Asked within the second pass of the repeated hour.
    check(
        "cron(0/30 * * * ? *)",
        BERLIN,
        "2026-10-25T01:10:00Z",
        &["2026-10-25T02:00:00Z"],
    );
    assert_eq!(
        due(
            "cron(0 9 * * ? *)",
            "Mars/Olympus",
            "2026-03-28T12:00:00Z",
            1
        ),
        [""; 0]
    );
}

#[test]
fn at_is_due_once() {
    check(
        "at(2026-12-24T18:00:00)",
        BERLIN,
        "2026-11-22T12:00:00Z",
        &["2026-12-24T17:00:00Z"],
    );
    check("at(2026-12-24T18:00:00)", UTC, "2026-12-24T18:00:00Z", &[]);
    check(
        "at(2026-03-29T02:30:00)",
        BERLIN,
        "2026-01-01T00:00:00Z",
        &[],
    );
    assert!(
        Expression::parse("at(2026-12-24T18:00:00)")
            .unwrap()
            .is_once()
    );
}

#[test]
fn what_aws_refuses_is_refused_with_its_mend() {
    let refused = [
        "",
        "5 minutes",
        "rate",
        "rate()",
        "every(5 minutes)",
        "RATE(5 minutes)",
        "rate(5 minutes",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(-5 minutes)",
        "rate(+5 minutes)",
        "rate(1.5 hours)",
        "rate(5  minutes)",
        "rate(5 seconds)",
        "rate(5 weeks)",
        "rate(99999999999 days)",
        "at(2026-12-24)",
        "at(2026-12-24 18:00:00)",
        "at(2026-12-24T18:00:00Z)",
        "at(2026-12-24T18:00)",
        "at(2026-02-30T18:00:00)",
        "at()",
        "cron()",
        "cron(0 9 * * *)",
        "cron(0 0 9 * * ? *)",
        "cron(0 9 * * * *)",
        "cron(0 9 ? * ? *)",
        "cron(0 9 1 * MON *)",
        "cron(60 9 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 9 0 * ? *)",
        "cron(0 9 32 * ? *)",
        "cron(0 9 * 13 ? *)",
        "cron(0 9 ? * 0 *)",
        "cron(0 9 ? * 8 *)",
        "cron(0 9 ? * 3#6 *)",
        "cron(0 9 ? * 3#1,6#3 *)",
        "cron(0 9 ? * 2/2 *)",
        "cron(0 9 ? * MO *)",
        "cron(0 9 * JANUARY ? *)",
        "cron(0 9 * * ? 1969)",
        "cron(0 9 * * ? 2200)",
        "cron(? 9 * * ? *)",
        "cron(0/0 9 * * ? *)",
        "cron(0/60 9 * * ? *)",
        "cron(0/+5 9 * * ? *)",
        "cron(/5 9 * * ? *)",
        "cron(10-5 9 * * ? *)",
        "cron(0, 9 * * ? *)",
        "cron(1--5 9 * * ? *)",
        "cron(-5 9 * * ? *)",
        "cron(0 9 W * ? *)",
        "cron(0 9 L,1 * ? *)",
        "cron(0 9 L-3 * ? *)",
        "cron(0 9 *,1 * ? *)",
        "cron(0 9 @daily * ? *)",
        "cron(0 9 ? * +MON *)",
    ];
    for text in refused {
        let refusal = Expression::parse(text).expect_err(text);
        assert!(
            !refusal.problem.is_empty() && !refusal.mend.is_empty(),
            "{text}"
        );
    }
    let reads = |text: &str| Expression::parse(text).unwrap_err().to_string();
    assert_eq!(
        reads("rate(1 minutes)"),
        "`1 minutes` is not how AWS wants it written; write such as rate(1 minute), rate(5 minutes), rate(1 hour) or rate(2 days)"
    );
    assert_eq!(
        reads("cron(0 9 * * ? 1969)"),
        "`1969` cannot stand for the year; write 1970 to 2199"
    );
}

/// Whether a simple local-time rule agrees with a time: an independent reading for the law below.
fn is_in(time: Timestamp, minute_step: i8, hours: (i8, i8), weekday: i8) -> bool {
    let local = time.to_zoned(jiff::tz::TimeZone::get(BERLIN).unwrap());
    local.minute() % minute_step == 0
        && (hours.0..=hours.1).contains(&local.hour())
        && local.weekday().to_sunday_one_offset() == weekday
        && local.second() == 0
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_never_a_panic(text in "(rate|cron|at)?\\(?[-0-9*?/,LW#A-Za-z: TéÉ]{0,30}\\)?", after in 0..4_000_000_000_i64) {
        if let Ok(expression) = Expression::parse(&text) {
            let after = Timestamp::from_second(after).unwrap();
            if let Some(due) = expression.next_after(after, BERLIN, after) {
                prop_assert!(due > after);
            }
        }
    }

}

proptest! {
    // Each case walks up to a week by minutes.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_next_time_is_the_first_that_agrees(
        after in 1_700_000_000..1_900_000_000_i64,
        minute_step in prop::sample::select(vec![1_i8, 5, 15, 30]),
        from in 0..24_i8,
        length in 0..6_i8,
        weekday in 1..8_i8,
    ) {
        let hours = (from, (from + length).min(23));
        let text = format!("cron(0/{minute_step} {}-{} ? * {weekday} *)", hours.0, hours.1);
        let expression = Expression::parse(&text).unwrap();
        let after = Timestamp::from_second(after).unwrap();
        let due = expression.next_after(after, BERLIN, after).unwrap();
        prop_assert!(due > after);
        prop_assert!(is_in(due, minute_step, hours, weekday), "{} after {}: {}", text, after, due);
        // Minute by minute up to there, nothing else agrees; the hour that autumn repeats is due once only.
        let minutes = (after.as_second() / 60 + 1)..(due.as_second() / 60);
        for minute in minutes {
            let between = Timestamp::from_second(minute * 60).unwrap();
            let local = between.to_zoned(jiff::tz::TimeZone::get(BERLIN).unwrap());
            let repeated = (between - jiff::SignedDuration::from_hours(1)).to_zoned(local.time_zone().clone()).datetime() == local.datetime();
            prop_assert!(repeated || !is_in(between, minute_step, hours, weekday), "{} after {}: {} is before {}", text, after, between, due);
        }
    }
}
