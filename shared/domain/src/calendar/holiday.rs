//! Decides on which dates a holiday falls that is written as a rule: `12-25`, `easter +1`, `last monday of may`.
//! It must not know hours or zones.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::HolidaySpec;
use super::national;

/// The years for which rules are computed; a date written in full counts in any year.
const YEARS: std::ops::RangeInclusive<i16> = 2020..=2060;

/// A holiday as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// `2026-12-25`
    On(Date),
    /// `12-25`, `12-25 observed`, `12-25 or next weekday`
    Yearly {
        month: i8,
        day: i8,
        weekend: Weekend,
    },
    /// `easter`, `easter -2`: days from the Easter Sunday of the western churches.
    Easter { days: i16 },
    /// `4th thursday of november`, `last monday of may` (-1)
    Nth { n: i8, weekday: Weekday, month: i8 },
    /// `wednesday before 11-23`
    Before {
        weekday: Weekday,
        month: i8,
        day: i8,
    },
    /// `saturday from 06-20`: that day or the first such weekday after it.
    From {
        weekday: Weekday,
        month: i8,
        day: i8,
    },
}

/// What else is a holiday when a yearly date falls on a weekend. The date itself stays one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weekend {
    Nothing,
    /// The Friday before a Saturday, the Monday after a Sunday.
    Nearest,
    /// The next Monday to Friday that is no holiday already.
    NextWeekday,
}

/// Why a text is no holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotAHoliday {
    Unreadable,
    UnknownPlace,
}

/// The dates of a list, each with its name where it has one, in order.
pub(super) fn dates(
    written: &[HolidaySpec],
    mut refuse: impl FnMut(usize, NotAHoliday),
) -> BTreeMap<Date, Option<String>> {
    let mut rules: Vec<(Rule, Option<&str>)> = Vec::new();
    for (n, holiday) in written.iter().enumerate() {
        match holiday.date().strip_prefix("all of ") {
            Some(place) => match national::holidays(place.trim()) {
                Some(known) => rules.extend(known.map(|(rule, name)| (rule, Some(name)))),
                None => refuse(n, NotAHoliday::UnknownPlace),
            },
            None => match Rule::read(holiday.date()) {
                Some(rule) => rules.push((rule, holiday.name())),
                None => refuse(n, NotAHoliday::Unreadable),
            },
        }
    }
    let mut dates: BTreeMap<Date, Option<String>> = BTreeMap::new();
    let mut add = |date, name: Option<&str>| {
        dates.entry(date).or_insert_with(|| name.map(str::to_owned));
    };
    for (rule, name) in &rules {
        match rule {
            Rule::On(date) => add(*date, *name),
            yearly => YEARS
                .filter_map(|year| yearly.in_year(year))
                .for_each(|date| add(date, *name)),
        }
    }
    for year in YEARS {
        for (rule, name) in &rules {
            if let Some(date) = rule.instead_in_year(year, |date| dates.contains_key(&date)) {
                dates
                    .entry(date)
                    .or_insert_with(|| name.map(|name| format!("{name} (observed)")));
            }
        }
    }
    dates
}

impl Rule {
    pub(super) fn read(text: &str) -> Option<Rule> {
        // A time or a zone after a date would be silently dropped by the parser.
        if let Some(date) = text.parse().ok().filter(|_| text.len() == 10) {
            return Some(Rule::On(date));
        }
        let words: Vec<&str> = text.split(' ').collect();
        match words.as_slice() {
            [date] if *date != "easter" => yearly(date, Weekend::Nothing),
            [date, "observed"] => yearly(date, Weekend::Nearest),
            [date, "or", "next", "weekday"] => yearly(date, Weekend::NextWeekday),
            ["easter"] => Some(Rule::Easter { days: 0 }),
            ["easter", days] => {
                let signed = days.starts_with(['+', '-']);
                let days = days
                    .parse()
                    .ok()
                    .filter(|days: &i16| signed && days.abs() <= 100)?;
                Some(Rule::Easter { days })
            }
            [day, "before", date] => {
                let (month, day_of_month) = month_and_day(date)?;
                Some(Rule::Before {
                    weekday: weekday(day)?,
                    month,
                    day: day_of_month,
                })
            }
            [day, "from", date] => {
                let (month, day_of_month) = month_and_day(date)?;
                Some(Rule::From {
                    weekday: weekday(day)?,
                    month,
                    day: day_of_month,
                })
            }
            [nth, day, "of", name] => {
                let n = ["1st", "2nd", "3rd", "4th"]
                    .iter()
                    .position(|known| known == nth);
                let n = if *nth == "last" { -1 } else { n? as i8 + 1 };
                Some(Rule::Nth {
                    n,
                    weekday: weekday(day)?,
                    month: month(name)?,
                })
            }
            _ => None,
        }
    }

    fn in_year(&self, year: i16) -> Option<Date> {
        match *self {
            Rule::On(date) => Some(date).filter(|date| date.year() == year),
            Rule::Yearly { month, day, .. } => Date::new(year, month, day).ok(),
            Rule::Easter { days } => easter(year)?.checked_add(days_later(days)).ok(),
            Rule::Nth { n, weekday, month } => Date::new(year, month, 1)
                .ok()?
                .nth_weekday_of_month(n, weekday)
                .ok(),
            Rule::Before {
                weekday,
                month,
                day,
            } => Date::new(year, month, day)
                .ok()?
                .nth_weekday(-1, weekday)
                .ok(),
            Rule::From {
                weekday,
                month,
                day,
            } => Date::new(year, month, day)
                .ok()?
                .yesterday()
                .ok()?
                .nth_weekday(1, weekday)
                .ok(),
        }
    }

    /// The day off instead of one that falls on a weekend.
    fn instead_in_year(&self, year: i16, taken: impl Fn(Date) -> bool) -> Option<Date> {
        let Rule::Yearly { weekend, .. } = self else {
            return None;
        };
        let date = self.in_year(year)?;
        match (weekend, date.weekday()) {
            (Weekend::Nearest, Weekday::Saturday) => date.yesterday().ok(),
            (Weekend::Nearest, Weekday::Sunday) => date.tomorrow().ok(),
            (Weekend::NextWeekday, Weekday::Saturday | Weekday::Sunday) => {
                let works =
                    |date: Date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
                (1..=14)
                    .filter_map(|days| date.checked_add(days_later(days)).ok())
                    .find(|date| works(*date) && !taken(*date))
            }
            (Weekend::Nothing, _) | (Weekend::Nearest | Weekend::NextWeekday, _) => None,
        }
    }
}

fn days_later(days: i16) -> Span {
    i64::from(days).days()
}

fn yearly(date: &str, weekend: Weekend) -> Option<Rule> {
    let (month, day) = month_and_day(date)?;
    Some(Rule::Yearly {
        month,
        day,
        weekend,
    })
}

/// `12-25`; 29 February counts in leap years.
fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-').filter(|_| text.len() == 5)?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    Date::new(2024, month, day).ok().map(|_| (month, day))
}

fn weekday(name: &str) -> Option<Weekday> {
    let names = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let place = names.iter().position(|known| *known == name)?;
    Weekday::from_monday_zero_offset(place as i8).ok()
}

fn month(name: &str) -> Option<i8> {
    let names = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    names
        .iter()
        .position(|known| *known == name)
        .map(|place| place as i8 + 1)
}

/// Easter Sunday by the Gregorian reckoning: the Sunday after the church's full moon of spring.
fn easter(year: i16) -> Option<Date> {
    let year_number = i32::from(year);
    let (golden, century) = (year_number % 19, year_number / 100);
    let leap_centuries = century / 4;
    let moon_correction = (8 * century + 13) / 25;
    let epact = (19 * golden + century - leap_centuries - moon_correction + 15) % 30;
    // Two exceptions keep the full moon before 19 April.
    let full_moon = epact - i32::from(epact == 29 || (epact == 28 && 10 < golden));
    let full_moon = Date::new(year, 3, 21)
        .ok()?
        .checked_add(i64::from(full_moon).days())
        .ok()?;
    full_moon.nth_weekday(1, Weekday::Sunday).ok()
}
