//! What comes round: how it is written, and on which dates it falls.

use domain::calendar::{Calendar, Recurrence};
use jiff::Timestamp;
use proptest::prelude::*;

fn office() -> Calendar {
    crate::calendar(
        r#"{ "tz": "Europe/Berlin",
             "weekly": { "mon": [["09:00", "17:00"]], "tue": [["09:00", "17:00"]], "wed": [["09:00", "17:00"]],
                         "thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]] },
             "holidays": [ "all of DE-BE" ] }"#,
    )
}

fn next(every: &str, after: &str, times: usize) -> Vec<String> {
    let calendar = office();
    let every: Recurrence = every.parse().expect("it is written rightly");
    let mut after: Timestamp = after.parse().expect("the time is written rightly");
    let mut found = Vec::new();
    for _ in 0..times {
        let occurrence = every.next_after(&calendar, after).expect("it comes round");
        let local = occurrence.at.to_zoned(calendar.time_zone().clone());
        found.push(format!(
            "{} {}",
            occurrence.on,
            local.strftime("%a %d %b %H:%M")
        ));
        after = occurrence.at;
    }
    found
}

#[test]
fn each_way_of_writing_falls_on_its_dates() {
    let after = "2026-11-27T12:00:00Z";
    for (every, expected) in [
        (
            "day at 07:30",
            ["2026-11-28 Sat 28 Nov 07:30", "2026-11-29 Sun 29 Nov 07:30"],
        ),
        (
            "business day",
            ["2026-11-30 Mon 30 Nov 09:00", "2026-12-01 Tue 01 Dec 09:00"],
        ),
        (
            "Monday at 08:00",
            ["2026-11-30 Mon 30 Nov 08:00", "2026-12-07 Mon 07 Dec 08:00"],
        ),
        (
            "week on friday",
            ["2026-12-04 Fri 04 Dec 09:00", "2026-12-11 Fri 11 Dec 09:00"],
        ),
        // 1 January is a holiday and a Friday.
        (
            "month on the 1st business day",
            ["2026-12-01 Tue 01 Dec 09:00", "2027-01-04 Mon 04 Jan 09:00"],
        ),
        (
            "month on the last business day at 16:00",
            ["2026-11-30 Mon 30 Nov 16:00", "2026-12-31 Thu 31 Dec 16:00"],
        ),
        // A closed date begins when the office opens next; the date that is meant stays.
        (
            "month on the 13th",
            ["2026-12-13 Mon 14 Dec 09:00", "2027-01-13 Wed 13 Jan 09:00"],
        ),
        (
            "month on the last day at 23:30",
            ["2026-11-30 Mon 30 Nov 23:30", "2026-12-31 Thu 31 Dec 23:30"],
        ),
        (
            "quarter on the 2nd business day",
            ["2027-01-05 Tue 05 Jan 09:00", "2027-04-02 Fri 02 Apr 09:00"],
        ),
        (
            "year on the 1st at 00:00",
            ["2027-01-01 Fri 01 Jan 00:00", "2028-01-01 Sat 01 Jan 00:00"],
        ),
        (
            "year on the last business day",
            ["2026-12-31 Thu 31 Dec 09:00", "2027-12-31 Fri 31 Dec 09:00"],
        ),
    ] {
        assert_eq!(next(every, after, 2), expected, "{every}");
    }
}

#[test]
fn an_occurrence_on_a_closed_date_is_found_after_that_date() {
    // Sunday the 13th is over, the opening at which it begins is not.
    let found = next("month on the 13th", "2026-12-14T07:00:00Z", 1);
    assert_eq!(found, ["2026-12-13 Mon 14 Dec 09:00"]);
}

#[test]
fn an_hour_that_a_clock_change_skips_begins_as_much_later() {
    let found = next("day at 02:30", "2027-03-27T12:00:00Z", 2);
    assert_eq!(
        found,
        ["2027-03-28 Sun 28 Mar 03:30", "2027-03-29 Mon 29 Mar 02:30"]
    );
}

#[test]
fn a_month_with_fewer_business_days_takes_its_last_one() {
    let found = next("month on the 23rd business day", "2026-11-01T12:00:00Z", 2);
    assert_eq!(
        found,
        ["2026-11-30 Mon 30 Nov 09:00", "2026-12-31 Thu 31 Dec 09:00"]
    );
}

#[test]
fn what_is_written_wrongly_is_told_with_the_right_way() {
    let told: Vec<String> = [
        "",
        "month",
        "month on the 31st",
        "month on the 3th",
        "month on the 0th",
        "quarter on the last",
        "day",
        "monday at nine",
        "fortnight",
        "month on the 99999th",
        "month on the 2é business day",
    ]
    .into_iter()
    .map(|text| match text.parse::<Recurrence>() {
        Ok(read) => panic!("{text} was read as {read}"),
        Err(error) => error.to_string(),
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

fn written() -> impl Strategy<Value = String> {
    let period = prop::sample::select(vec!["month", "quarter", "year"]);
    let nth = prop::sample::select(vec!["1st", "2nd", "3rd", "11th", "22nd", "28th", "last"]);
    let kind = prop::sample::select(vec!["day", "business day"]);
    let within = (period, nth, kind).prop_map(|(period, nth, kind)| {
        let kind = if kind == "day" && nth != "last" {
            String::new()
        } else {
            format!(" {kind}")
        };
        format!("{period} on the {nth}{kind}")
    });
    let plain =
        prop::sample::select(vec!["business day", "monday", "sunday"]).prop_map(str::to_owned);
    let at = prop::sample::select(vec!["", " at 00:00", " at 02:30", " at 23:59"]);
    (prop_oneof![within, plain], at).prop_map(|(dates, at)| format!("{dates}{at}"))
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_written_again(text in written()) {
        let read: Recurrence = text.parse().expect("it is right");
        prop_assert_eq!(read.to_string(), text);
    }

    /// The next one is after the question, comes after nothing in between, and is found again by its own time.
    #[test]
    fn occurrences_follow_each_other_without_a_hole(
        text in written(),
        seconds in 1_700_000_000_i64..2_000_000_000,
        later in 1_i64..40 * 86_400,
    ) {
        let (calendar, every) = (office(), text.parse::<Recurrence>().expect("it is right"));
        let after = Timestamp::from_second(seconds).expect("in range");
        let next = every.next_after(&calendar, after).expect("it comes round");
        prop_assert!(after < next.at);
        let between = Timestamp::from_second(seconds + later).expect("in range");
        let from_between = every.next_after(&calendar, between).expect("it comes round");
        if between < next.at {
            prop_assert_eq!(from_between, next);
        } else {
            prop_assert!(next.at < from_between.at);
        }
        let just_before = Timestamp::from_second(next.at.as_second() - 1).expect("in range");
        prop_assert_eq!(every.next_after(&calendar, just_before).expect("it comes round").at, next.at);
    }
}
