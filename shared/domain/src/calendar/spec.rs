//! Decides whether a calendar as people write it can be used, and reads it into the checked form.
//! It must not count time.

use serde::{Deserialize, Serialize};

use super::holiday::{self, NotAHoliday};
use super::national;
use super::week::{DAY_SECONDS, Week};
use super::zone::{Zone, day_number};
use super::{Calendar, CalendarProblem, CalendarProblems};

/// A calendar as written: IANA zone, weekly hours, holidays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    pub tz: String,
    pub weekly: WeeklySpec,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<HolidaySpec>,
}

/// `[from, to]` local times per weekday, `HH:MM` or `HH:MM:SS`.
///
/// `24:00` may be a `to`. A `to` not after its `from` runs over midnight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeeklySpec {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mon: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tue: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wed: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thu: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fri: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sat: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sun: Vec<(String, String)>,
}

/// Local dates without open time, with the name that explanations show where one is given.
///
/// | written | meaning |
/// | --- | --- |
/// | `2026-12-24` | that date |
/// | `12-25` | that date every year |
/// | `12-25 observed` | the same, and the Friday before a Saturday or the Monday after a Sunday |
/// | `12-25 or next weekday` | the same, and when it falls on a weekend the next Monday to Friday that is no holiday |
/// | `easter`, `easter -2`, `easter +39` | days from the Easter Sunday of the western churches |
/// | `last monday of may`, `4th thursday of november` | `1st` to `4th` or `last` |
/// | `wednesday before 11-23`, `saturday from 06-20` | before that date; on it or the first after it |
/// | `all of DE-BY` | the public holidays of a place, as the law stands at the end of 2026 |
///
/// Rules are computed for the years 2020 to 2060.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HolidaySpec {
    Date(String),
    Named { date: String, name: String },
}

impl HolidaySpec {
    /// The date as written.
    pub fn date(&self) -> &str {
        match self {
            HolidaySpec::Date(date) | HolidaySpec::Named { date, .. } => date,
        }
    }

    /// The name, where one was given.
    pub fn name(&self) -> Option<&str> {
        match self {
            HolidaySpec::Date(_) => None,
            HolidaySpec::Named { name, .. } => Some(name),
        }
    }
}

impl From<Calendar> for CalendarSpec {
    fn from(calendar: Calendar) -> CalendarSpec {
        calendar.spec
    }
}

impl TryFrom<CalendarSpec> for Calendar {
    type Error = CalendarProblems;

    fn try_from(spec: CalendarSpec) -> Result<Calendar, CalendarProblems> {
        let mut problems = Vec::new();
        let zone = match Zone::named(&spec.tz) {
            Ok(zone) => Some(zone),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let shifts = read_week(&spec.weekly, &mut problems);
        let (holidays, holiday_names) = read_holidays(&spec.holidays, &mut problems);
        match zone {
            Some(zone) if problems.is_empty() => Ok(Calendar {
                spec,
                zone,
                week: Week::new(shifts),
                holidays,
                holiday_names,
            }),
            _ => Err(CalendarProblems(problems)),
        }
    }
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A shift within its week: seconds since Monday 00:00, and where it was written.
struct Written {
    path: String,
    text: String,
    from: i64,
    to: i64,
}

/// Shifts per weekday in seconds of their day; `to` is more than a day's seconds when the shift runs over midnight.
fn read_week(weekly: &WeeklySpec, problems: &mut Vec<CalendarProblem>) -> [Vec<(i64, i64)>; 7] {
    let days = [
        &weekly.mon,
        &weekly.tue,
        &weekly.wed,
        &weekly.thu,
        &weekly.fri,
        &weekly.sat,
        &weekly.sun,
    ];
    let mut shifts: [Vec<(i64, i64)>; 7] = Default::default();
    let mut written = Vec::new();
    for (weekday, intervals) in days.into_iter().enumerate() {
        let monday_to_day = weekday as i64 * DAY_SECONDS;
        for (n, (from, to)) in intervals.iter().enumerate() {
            let path = format!("weekly.{}[{n}]", WEEKDAYS[weekday]);
            let (Some(from_second), Some(mut to_second)) = (
                read_time(from, &path, DAY_SECONDS - 1, problems),
                read_time(to, &path, DAY_SECONDS, problems),
            ) else {
                continue;
            };
            if to_second <= from_second {
                to_second += DAY_SECONDS;
            }
            shifts[weekday].push((from_second, to_second));
            let text = format!("{} {from}–{to}", WEEKDAYS[weekday]);
            written.push(Written {
                path,
                text,
                from: monday_to_day + from_second,
                to: monday_to_day + to_second,
            });
        }
        shifts[weekday].sort_unstable();
    }
    if days.iter().all(|intervals| intervals.is_empty()) {
        problems.push(CalendarProblem::NeverOpens);
    }
    find_overlaps(written, problems);
    shifts
}

/// Two neighbours in the round of the week that share time, Sunday night and Monday morning included.
fn find_overlaps(mut written: Vec<Written>, problems: &mut Vec<CalendarProblem>) {
    written.sort_by_key(|shift| (shift.from, shift.to));
    for pair in written.windows(2) {
        if let [before, after] = pair
            && after.from < before.to
        {
            problems.push(overlap(after, before));
        }
    }
    if let (Some(first), Some(last)) = (written.first(), written.last())
        && written.len() > 1
        && first.from + 7 * DAY_SECONDS < last.to
    {
        problems.push(overlap(first, last));
    }
}

fn overlap(shift: &Written, other: &Written) -> CalendarProblem {
    CalendarProblem::Overlap {
        path: shift.path.clone(),
        interval: shift.text.clone(),
        other: other.text.clone(),
    }
}

/// Seconds since midnight; `24:00` only where `last` allows it.
fn read_time(
    text: &str,
    path: &str,
    last: i64,
    problems: &mut Vec<CalendarProblem>,
) -> Option<i64> {
    let second = time_of_day(text).filter(|second| *second <= last);
    if second.is_none() {
        let last = if last == DAY_SECONDS {
            "24:00"
        } else {
            "23:59"
        };
        problems.push(CalendarProblem::BadTime {
            path: path.to_owned(),
            text: text.to_owned(),
            last,
        });
    }
    second
}

/// `HH:MM` or `HH:MM:SS` up to `24:00` as seconds since midnight.
pub(super) fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| {
        let two_digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if two_digits {
            part.parse::<i64>().ok()
        } else {
            None
        }
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() || minute > 59 || second > 59 {
        return None;
    }
    let total = hour * 3600 + minute * 60 + second;
    (total <= DAY_SECONDS).then_some(total)
}

/// Day numbers, sorted, each once, and beside each its name.
fn read_holidays(
    written: &[HolidaySpec],
    problems: &mut Vec<CalendarProblem>,
) -> (Vec<i32>, Vec<Option<String>>) {
    let dates = holiday::dates(written, |n, why| {
        let (path, text) = (format!("holidays[{n}]"), written[n].date().to_owned());
        problems.push(match why {
            NotAHoliday::Unreadable => CalendarProblem::BadHoliday { path, text },
            NotAHoliday::UnknownPlace => {
                let known = national::places().collect::<Vec<_>>().join(", ");
                CalendarProblem::UnknownPlace { path, text, known }
            }
        });
    });
    dates
        .into_iter()
        .map(|(date, name)| (day_number(date), name))
        .unzip()
}
