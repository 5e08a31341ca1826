//! Laws that hold for every calendar, and a second, slower way to count that must agree.

use std::collections::BTreeSet;

use domain::calendar::{BusinessSpan, Calendar, CalendarSpec, HolidaySpec, WeeklySpec};
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// Zones with large, small, early, late and no clock changes, and two that skipped a date.
const ZONES: [&str; 12] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Chatham",
];

fn time(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Up to three intervals a day from sorted edges; the last one of a day may run over midnight, as far as the next day's first.
pub(crate) fn weekly() -> impl Strategy<Value = WeeklySpec> {
    let edges = prop::collection::btree_set(0..96_u32, 0..=6);
    (
        prop::collection::vec(edges, 7),
        prop::collection::vec(any::<bool>(), 7),
    )
        .prop_map(|(days, nights)| {
            let mut week: Vec<Vec<(String, String)>> = Vec::new();
            for (day, edges) in days.iter().enumerate() {
                let edges: Vec<u32> = edges.iter().map(|quarter| quarter * 15).collect();
                let mut intervals: Vec<_> = edges
                    .chunks_exact(2)
                    .map(|pair| (time(pair[0]), time(pair[1])))
                    .collect();
                let first_tomorrow = days[(day + 1) % 7]
                    .iter()
                    .next()
                    .map_or(480, |quarter| (quarter * 15).min(480));
                if let (true, [last]) = (nights[day], edges.chunks_exact(2).remainder())
                    && 0 < first_tomorrow
                    && first_tomorrow <= *last
                {
                    intervals.push((time(*last), time(first_tomorrow)));
                }
                week.push(intervals);
            }
            if week.iter().all(Vec::is_empty) {
                week[2].push(("09:00".to_owned(), "24:00".to_owned()));
            }
            let mut days = week.into_iter();
            let mut next = || days.next().unwrap();
            WeeklySpec {
                mon: next(),
                tue: next(),
                wed: next(),
                thu: next(),
                fri: next(),
                sat: next(),
                sun: next(),
            }
        })
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let holidays = prop::collection::btree_set(0..900_i64, 0..12);
    (
        prop::sample::select(&ZONES[..]),
        weekly(),
        holidays,
        prop::sample::select(vec![1969, 1993, 2010, 2025, 2099]),
    )
        .prop_map(|(tz, weekly, holidays, year)| {
            let first = Date::new(year, 6, 1).unwrap();
            let holidays: BTreeSet<String> = holidays
                .iter()
                .map(|days| (first + SignedDuration::from_hours(24 * days)).to_string())
                .collect();
            let holidays = holidays.into_iter().map(HolidaySpec::Date).collect();
            Calendar::try_from(CalendarSpec {
                tz: tz.to_owned(),
                weekly,
                holidays,
            })
            .unwrap()
        })
}

/// An instant near a change of clocks or of dates more often than not.
fn instants() -> impl Strategy<Value = Timestamp> {
    let moments = vec![
        "1969-12-30T00:00Z",
        "1993-08-20T12:00Z",
        "2010-11-07T03:00Z",
        "2011-12-30T00:00Z",
        "2025-03-09T06:00Z",
        "2025-03-30T01:00Z",
        "2025-04-25T00:00Z",
        "2025-10-26T01:00Z",
        "2025-11-02T05:00Z",
        "2026-10-03T14:00Z",
        "2099-12-30T00:00Z",
        "2101-10-25T00:00Z",
    ];
    (prop::sample::select(moments), -200_000..200_000_i64).prop_map(|(moment, seconds)| {
        moment.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    })
}

/// Counts open seconds by looking up both ends of every interval of every date, and nothing else.
fn counted_slowly(calendar: &Calendar, from: Timestamp, to: Timestamp) -> i64 {
    let zone = TimeZoneDatabase::bundled()
        .get(calendar.zone_name())
        .unwrap();
    let mut intervals = Vec::new();
    let mut date = zone.to_datetime(from).date() - SignedDuration::from_hours(72);
    let last = zone.to_datetime(to).date() + SignedDuration::from_hours(72);
    while date <= last {
        for (start, end) in shifts(calendar.spec(), date) {
            intervals.extend(part(calendar, &zone, date, start, end.min(1440)));
            if 1440 < end {
                intervals.extend(part(
                    calendar,
                    &zone,
                    date.tomorrow().unwrap(),
                    0,
                    end - 1440,
                ));
            }
        }
        date = date.tomorrow().unwrap();
    }
    intervals.sort();
    let (mut total, mut cursor) = (0, from);
    for (start, end) in intervals {
        let (start, end) = (start.max(cursor), end.min(to));
        if start < end {
            total += end.as_second() - start.as_second();
            cursor = end;
        }
    }
    total
}

pub(crate) fn shifts(spec: &CalendarSpec, date: Date) -> Vec<(i64, i64)> {
    let week = &spec.weekly;
    let days = [
        &week.mon, &week.tue, &week.wed, &week.thu, &week.fri, &week.sat, &week.sun,
    ];
    let minutes = |text: &str| {
        let (hours, minutes) = text.split_once(':').unwrap();
        hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap()
    };
    let day = days[date.weekday().to_monday_zero_offset() as usize];
    let read = day.iter().map(|(from, to)| (minutes(from), minutes(to)));
    read.map(|(from, to)| (from, if to <= from { to + 1440 } else { to }))
        .collect()
}

/// The holidays, which are all written as dates.
pub(crate) fn holidays_of(calendar: &Calendar) -> BTreeSet<Date> {
    let written = calendar.spec().holidays.iter();
    written
        .map(|holiday| holiday.date().parse().unwrap())
        .collect()
}

fn part(
    calendar: &Calendar,
    zone: &TimeZone,
    date: Date,
    from: i64,
    to: i64,
) -> Option<(Timestamp, Timestamp)> {
    let instant = |date: Date, minutes: i64| {
        let midnight = date.to_datetime(jiff::civil::Time::midnight());
        zone.to_timestamp(midnight + SignedDuration::from_mins(minutes))
            .unwrap()
    };
    let skipped = instant(date, 0) == instant(date, 1440);
    let holiday = holidays_of(calendar).contains(&date);
    let (start, end) = (instant(date, from), instant(date, to));
    (!skipped && !holiday && start < end).then_some((start, end))
}

proptest! {
    #[test]
    fn two_ways_of_counting_agree(calendar in calendars(), from in instants(), seconds in 0..4_000_000_i64) {
        let to = from + SignedDuration::from_secs(seconds);
        prop_assert_eq!(calendar.between(from, to) as i64, counted_slowly(&calendar, from, to));
    }

    #[test]
    fn add_then_between_gives_back_what_was_added(calendar in calendars(), from in instants(), seconds in 1..2_000_000_u64) {
        let end = calendar.add(from, seconds).unwrap();
        prop_assert_eq!(calendar.between(from, end), seconds);
        // And `end` is the first such instant: its last second was an open one.
        prop_assert!(calendar.is_open(end - SignedDuration::from_secs(1)));
    }

    #[test]
    fn subtract_then_between_gives_back_what_was_taken(calendar in calendars(), to in instants(), seconds in 1..2_000_000_u64) {
        let start = calendar.subtract(to, seconds).unwrap();
        prop_assert_eq!(calendar.between(start, to), seconds);
        // And `start` is the last such instant: an open second begins there.
        prop_assert!(calendar.is_open(start));
    }

    #[test]
    fn open_time_adds_up(calendar in calendars(), from in instants(), first in 0..3_000_000_i64, second in 0..3_000_000_i64) {
        let middle = from + SignedDuration::from_secs(first);
        let end = middle + SignedDuration::from_secs(second);
        prop_assert_eq!(calendar.between(from, middle) + calendar.between(middle, end), calendar.between(from, end));
        prop_assert_eq!(calendar.between(end, from), 0);
        let intervals = calendar.open_intervals(from, end);
        let length: i64 = intervals.iter().map(|(from, to)| to.as_second() - from.as_second()).sum();
        prop_assert_eq!(length as u64, calendar.between(from, end));
        let weeks = calendar.open_seconds_by_iso_week(from, end);
        prop_assert_eq!(weeks.iter().map(|(_, seconds)| seconds).sum::<u64>(), calendar.between(from, end));
    }

    #[test]
    fn next_open_is_open_and_nothing_before_it_is(calendar in calendars(), at in instants()) {
        let open = calendar.next_open(at).unwrap();
        prop_assert!(calendar.is_open(open));
        prop_assert!(at <= open);
        prop_assert_eq!(calendar.between(at, open), 0);
        prop_assert_eq!(calendar.is_open(at), at == open);
    }

    #[test]
    fn a_business_day_ends_at_a_closing_after_the_start(calendar in calendars(), at in instants()) {
        let closing = calendar.end_of_business_day(at).unwrap();
        prop_assert!(at < closing);
        prop_assert!(0 < calendar.between(at, closing));
        prop_assert!(calendar.is_open(closing - SignedDuration::from_secs(1)));
    }

    #[test]
    fn more_days_end_later_and_a_later_start_ends_no_sooner(
        calendar in calendars(), at in instants(), later in 0..400_000_i64, days in 1..30_u16,
    ) {
        let due = calendar.due(at, &BusinessSpan::BusinessDays(days)).unwrap();
        prop_assert!(at < due);
        prop_assert!(due < calendar.due(at, &BusinessSpan::BusinessDays(days + 1)).unwrap());
        let same_day = calendar.due(at, &BusinessSpan::SameBusinessDay { cut_off_minutes: None }).unwrap();
        prop_assert_eq!(same_day, calendar.end_of_business_day(at).unwrap());
        let later = at + SignedDuration::from_secs(later);
        prop_assert!(calendar.due(at, &BusinessSpan::Seconds(3600)).unwrap() <= calendar.due(later, &BusinessSpan::Seconds(3600)).unwrap());
    }
}

#[test]
fn what_lies_beyond_the_computed_years_is_told_and_not_searched_for() {
    let calendar: Calendar =
        serde_json::from_str(r#"{"tz":"Europe/Berlin","weekly":{"mon":[["09:00","09:01"]]}}"#)
            .unwrap();
    let now: Timestamp = "2026-11-22T00:00Z".parse().unwrap();
    for seconds in [u64::MAX, i64::MAX as u64, 1_000_000_000_000] {
        let told = calendar.add(now, seconds).unwrap_err().to_string();
        assert!(told.contains("outside the years 1 to 9997"), "{told}");
        assert!(calendar.subtract(now, seconds).is_err());
    }
    assert!(calendar.add(Timestamp::MAX, 1).is_err());
    assert!(calendar.subtract(Timestamp::MIN, 1).is_err());
    assert_eq!(
        calendar.next_open(Timestamp::MIN).unwrap().to_string(),
        "0001-01-01T08:06:32Z"
    );
    assert!(0 < calendar.between(Timestamp::MIN, Timestamp::MAX));
    assert!(!calendar.is_open(Timestamp::MAX));
}
