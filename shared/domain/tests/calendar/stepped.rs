//! A third way to count, which shares nothing with the calendar but its offsets from universal time: it walks over the
//! minutes of a fortnight, asks the clock on the wall at each, and marks those that a shift holds.

use std::collections::BTreeMap;

use domain::calendar::Calendar;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::laws::{holidays_of, shifts, weekly};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY_MINUTES: i64 = 1440;

/// Where a clock change is awkward: half hours, midnights, skipped and repeated dates, two hours, twice a year for a fast.
const MOMENTS: [(&str, &str); 30] = [
    ("Australia/Lord_Howe", "2025-10-04T15:30Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00Z"),
    ("Pacific/Apia", "2011-09-24T14:00Z"),
    ("Pacific/Fakaofo", "2011-12-30T10:00Z"),
    ("Pacific/Kiritimati", "1994-12-31T10:00Z"),
    ("Pacific/Kwajalein", "1993-08-21T12:00Z"),
    ("America/St_Johns", "2025-03-09T05:30Z"),
    ("America/St_Johns", "2006-04-02T03:31Z"),
    ("America/St_Johns", "2006-10-29T02:31Z"),
    ("Pacific/Chatham", "2025-09-27T14:00Z"),
    ("Pacific/Chatham", "2026-04-04T14:00Z"),
    ("Antarctica/Troll", "2025-03-30T01:00Z"),
    ("Antarctica/Troll", "2025-10-26T01:00Z"),
    ("Africa/Casablanca", "2025-02-23T02:00Z"),
    ("Africa/Casablanca", "2025-04-06T02:00Z"),
    ("America/Havana", "2025-03-09T05:00Z"),
    ("America/Havana", "2025-11-02T05:00Z"),
    ("Asia/Beirut", "2025-03-29T22:00Z"),
    ("Asia/Beirut", "2025-10-25T21:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00Z"),
    ("America/Sao_Paulo", "2018-02-18T02:00Z"),
    ("America/New_York", "2025-03-09T07:00Z"),
    ("America/New_York", "2025-11-02T06:00Z"),
    ("Africa/Cairo", "2025-04-24T22:00Z"),
    ("Asia/Pyongyang", "2018-05-04T15:00Z"),
    ("America/Caracas", "2016-05-01T07:00Z"),
    ("Asia/Gaza", "2025-04-11T23:00Z"),
    ("America/Asuncion", "2024-03-24T03:00Z"),
    ("Asia/Kathmandu", "2025-06-01T00:00Z"),
];

/// For each minute of the days around a moment, the date whose shift holds it.
struct Stepped {
    first: Timestamp,
    owner: Vec<Option<Date>>,
    local: Vec<Date>,
}

impl Stepped {
    fn new(calendar: &Calendar, around: Timestamp) -> Stepped {
        let zone = TimeZoneDatabase::bundled()
            .get(calendar.zone_name())
            .unwrap();
        let first = around - SignedDuration::from_hours(24 * 9);
        let minutes = 24 * 60 * 18;
        let wall: Vec<_> = (0..minutes)
            .map(|n| zone.to_datetime(first + MINUTE * n))
            .collect();
        let local: Vec<Date> = wall.iter().map(|time| time.date()).collect();
        let mut owner = vec![None; wall.len()];
        // The first minute that shows a time on the wall, or, for a time never shown, as many minutes after the jump as
        // it lies after the time at which the clock jumped.
        let mut shown = BTreeMap::new();
        for (n, time) in wall.iter().enumerate() {
            shown.entry(*time).or_insert(n);
        }
        let place = |date: Date, minutes: i64| {
            let wanted = date.to_datetime(jiff::civil::Time::midnight())
                + MINUTE * i32::try_from(minutes).unwrap();
            shown.get(&wanted).copied().or_else(|| {
                let jump = wall
                    .windows(2)
                    .position(|pair| pair[0] < wanted && wanted < pair[1])?;
                let past = wanted.duration_since(wall[jump]).as_mins();
                Some(jump + usize::try_from(past).unwrap())
            })
        };
        let closed = holidays_of(calendar);
        let mut date = local[0].tomorrow().unwrap().tomorrow().unwrap();
        while date < *local.last().unwrap() {
            for (from, to) in shifts(calendar.spec(), date) {
                let tomorrow = date.tomorrow().unwrap();
                for (date_of_part, from, to) in [
                    (date, from, to.min(DAY_MINUTES)),
                    (tomorrow, 0, to - DAY_MINUTES),
                ] {
                    if to <= from
                        || closed.contains(&date_of_part)
                        || !local.contains(&date_of_part)
                    {
                        continue;
                    }
                    let (Some(from), Some(to)) =
                        (place(date_of_part, from), place(date_of_part, to))
                    else {
                        continue;
                    };
                    for n in from..to.min(owner.len()) {
                        // A time moved over midnight by a gap is closed when the next date is a holiday.
                        let moved = date_of_part < local[n];
                        if !(moved && closed.contains(&local[n])) {
                            owner[n].get_or_insert(date);
                        }
                    }
                }
            }
            date = date.tomorrow().unwrap();
        }
        Stepped {
            first,
            owner,
            local,
        }
    }

    fn instant(&self, n: usize) -> Timestamp {
        self.first + MINUTE * i32::try_from(n).unwrap()
    }

    fn forward(&self, from: usize, wanted: usize) -> Option<Timestamp> {
        let open = (from..self.owner.len()).filter(|n| self.owner[*n].is_some());
        open.take(wanted)
            .nth(wanted - 1)
            .map(|n| self.instant(n + 1))
    }

    fn backward(&self, to: usize, wanted: usize) -> Option<Timestamp> {
        let open = (0..to).rev().filter(|n| self.owner[*n].is_some());
        open.take(wanted).nth(wanted - 1).map(|n| self.instant(n))
    }

    fn between(&self, from: usize, to: usize) -> u64 {
        (from..to).filter(|n| self.owner[*n].is_some()).count() as u64 * 60
    }

    /// The last closing of the business date of `n` that is still ahead, or of the next date that has one.
    fn end_of_business_day(&self, n: usize) -> Option<Timestamp> {
        let yesterday = self.local[n].yesterday().unwrap();
        let today = if self.owner[n] == Some(yesterday) {
            yesterday
        } else {
            self.local[n]
        };
        let ahead = (n..self.owner.len())
            .filter_map(|n| self.owner[n])
            .filter(|date| today <= *date);
        let date = ahead.min()?;
        let last = (n..self.owner.len())
            .rev()
            .find(|n| self.owner[*n] == Some(date))?;
        Some(self.instant(last + 1))
    }
}

fn cases() -> impl Strategy<Value = (Calendar, Timestamp)> {
    let holidays = prop::collection::btree_set(-6..6_i64, 0..3);
    (prop::sample::select(&MOMENTS[..]), weekly(), holidays).prop_map(
        |((tz, moment), weekly, holidays)| {
            let moment: Timestamp = moment.parse().unwrap();
            let day = |days: &i64| {
                let at = moment + SignedDuration::from_hours(24 * days);
                at.to_zoned(TimeZone::UTC).date().to_string()
            };
            let holidays: Vec<String> = holidays.iter().map(day).collect();
            let spec = serde_json::json!({ "tz": tz, "weekly": weekly, "holidays": holidays });
            (serde_json::from_value(spec).unwrap(), moment)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(20_000) / 4, ..ProptestConfig::default() })]

    #[test]
    fn walking_over_the_minutes_gives_every_answer_again(
        (calendar, moment) in cases(), starts in prop::collection::vec((0..5 * DAY_MINUTES, 1..3 * DAY_MINUTES), 8),
    ) {
        let stepped = Stepped::new(&calendar, moment);
        let middle = stepped.owner.len() / 2;
        for (start, length) in starts {
            let n = (middle as i64 + start - 5 * DAY_MINUTES / 2) as usize;
            let length = length as usize;
            let at = stepped.instant(n);
            prop_assert_eq!(calendar.is_open(at), stepped.owner[n].is_some(), "is_open {}", at);
            prop_assert_eq!(calendar.between(at, stepped.instant(n + length)), stepped.between(n, n + length), "between {}", at);
            if let Some(end) = stepped.forward(n, length) {
                prop_assert_eq!(calendar.add(at, length as u64 * 60).unwrap(), end, "add {} to {}", length, at);
            }
            if let Some(begin) = stepped.backward(n, length) {
                prop_assert_eq!(calendar.subtract(at, length as u64 * 60).unwrap(), begin, "subtract {} from {}", length, at);
            }
            if let Some(second) = stepped.forward(n, 1) {
                prop_assert_eq!(calendar.next_open(at).unwrap(), second - MINUTE, "next_open {}", at);
            }
            if let Some(closing) = stepped.end_of_business_day(n).filter(|closing| *closing < stepped.instant(stepped.owner.len() - 3 * 1440)) {
                prop_assert_eq!(calendar.end_of_business_day(at).unwrap(), closing, "end_of_business_day {}", at);
            }
        }
    }
}
