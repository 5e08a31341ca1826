//! Decides which instant a local time is, and over which runs of days that needs no look at the zone's rules.
//! It must not know what is open.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use super::CalendarProblem;
use super::week::DAY_SECONDS;

/// 0001-01-01 and 9998-01-01, in days since 1970-01-01: beyond them nothing is computed.
pub(super) const FIRST_DAY: i32 = -719_162;
pub(super) const END_DAY: i32 = 2_932_167;

/// The years whose clock changes are kept ready, 1970 to 2100; others are looked up when asked.
const READY_FIRST_DAY: i32 = 0;
const READY_END_DAY: i32 = 47_482;

/// Days `[first, end)` whose local times are all `offset` away from universal time, or, without an offset,
/// one day on which the clock changes, so that each of its local times must be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) first: i32,
    pub(super) end: i32,
    pub(super) offset: Option<i64>,
}

/// A zone with its clock changes laid out by day.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    tz: TimeZone,
    /// Without a hole, in order, from `READY_FIRST_DAY` or before.
    ready: Vec<Stretch>,
}

impl Zone {
    /// From the bundled zone data, so that every machine answers alike.
    pub(super) fn named(name: &str) -> Result<Zone, CalendarProblem> {
        let zones = TimeZoneDatabase::bundled();
        // `Etc/Unknown` is jiff's word for "no zone"; nobody works there.
        match zones.get(name) {
            Ok(tz) if !tz.is_unknown() => {
                let ready = survey(&tz, READY_FIRST_DAY, READY_END_DAY);
                Ok(Zone { tz, ready })
            }
            _ => Err(CalendarProblem::UnknownZone {
                zone: name.to_owned(),
                suggestion: suggestion(&zones, name),
            }),
        }
    }

    pub(super) fn name(&self) -> &str {
        self.tz.iana_name().unwrap_or("UTC")
    }

    pub(super) fn time_zone(&self) -> &TimeZone {
        &self.tz
    }

    /// The stretch that holds `day`.
    pub(super) fn stretch(&self, day: i32) -> Stretch {
        let found = self.ready.partition_point(|stretch| stretch.end <= day);
        match self.ready.get(found) {
            Some(stretch) if stretch.first <= day => *stretch,
            _ => {
                let around = survey(&self.tz, day - 200, day + 200);
                let alone = Stretch {
                    first: day,
                    end: day + 1,
                    offset: None,
                };
                around
                    .into_iter()
                    .find(|stretch| stretch.first <= day && day < stretch.end)
                    .unwrap_or(alone)
            }
        }
    }

    /// The instant of a local second (seconds since 1970-01-01 00:00 local), "compatible" in gaps and folds.
    pub(super) fn instant(&self, local_second: i64) -> Option<i64> {
        let day = local_second.div_euclid(DAY_SECONDS);
        let date = date(i32::try_from(day).ok()?)?;
        let time = date.to_datetime(jiff::civil::Time::midnight());
        let time = time
            .checked_add(jiff::SignedDuration::from_secs(
                local_second - day * DAY_SECONDS,
            ))
            .ok()?;
        self.tz
            .to_ambiguous_timestamp(time)
            .compatible()
            .ok()
            .map(Timestamp::as_second)
    }

    /// The first instant of a date; of one that begins inside a gap, the instant of the gap.
    pub(super) fn day_start(&self, day: i32) -> Option<i64> {
        let midnight = date(day)?.to_datetime(jiff::civil::Time::midnight());
        match self.tz.to_ambiguous_timestamp(midnight).offset() {
            AmbiguousOffset::Gap { after, .. } => {
                let before_the_gap = after.to_timestamp(midnight).ok()?;
                let gap = self.tz.following(before_the_gap).next()?;
                Some(gap.timestamp().as_second())
            }
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => {
                self.instant(i64::from(day) * DAY_SECONDS)
            }
        }
    }

    /// The local second of an instant.
    pub(super) fn local(&self, second: i64) -> i64 {
        let day = second.div_euclid(DAY_SECONDS) as i32;
        let found = self.ready.partition_point(|stretch| stretch.end <= day);
        if let Some(Stretch {
            first,
            end,
            offset: Some(offset),
        }) = self.ready.get(found)
            && i64::from(*first) * DAY_SECONDS <= second + offset
            && second + offset < i64::from(*end) * DAY_SECONDS
        {
            return second + offset;
        }
        let at = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
        second + i64::from(self.tz.to_offset(at).seconds())
    }

    /// Whether the date was lived through: some zones skipped one when they crossed the date line.
    pub(super) fn exists(&self, day: i32) -> bool {
        let midnight = i64::from(day) * DAY_SECONDS;
        self.instant(midnight) < self.instant(midnight + DAY_SECONDS)
    }
}

/// Lays out the days from `from` to at least `to`.
fn survey(tz: &TimeZone, from: i32, to: i32) -> Vec<Stretch> {
    let (from, to) = (from.max(FIRST_DAY), to.min(END_DAY));
    // Two days of margin: no zone is a day and a half away from universal time.
    let Ok(begin) = Timestamp::from_second((i64::from(from) - 2) * DAY_SECONDS) else {
        return Vec::new();
    };
    let mut offset = i64::from(tz.to_offset(begin).seconds());
    let mut stretches = Vec::new();
    let mut day = from;
    // The local second from which `offset` alone holds.
    let mut settled = i64::from(from) * DAY_SECONDS;
    for change in tz.following(begin) {
        let at = change.timestamp().as_second();
        let after = i64::from(change.offset().seconds());
        let end = (at + offset.min(after)).div_euclid(DAY_SECONDS) as i32;
        lay(&mut stretches, &mut day, settled, end.min(END_DAY), offset);
        if end >= to {
            return stretches;
        }
        // A time inside a gap is read as long after the gap as it lies after its beginning.
        settled = at + offset.max(after) + (after - offset).max(0);
        offset = after;
    }
    lay(&mut stretches, &mut day, settled, END_DAY, offset);
    stretches
}

/// Adds the days from `day` to `end`: first those before `settled` one by one, then the rest as one stretch.
fn lay(stretches: &mut Vec<Stretch>, day: &mut i32, settled: i64, end: i32, offset: i64) {
    let first = -((-settled).div_euclid(DAY_SECONDS)) as i32;
    if first >= end {
        return;
    }
    while *day < first {
        stretches.push(Stretch {
            first: *day,
            end: *day + 1,
            offset: None,
        });
        *day += 1;
    }
    stretches.push(Stretch {
        first: *day,
        end,
        offset: Some(offset),
    });
    *day = end;
}

/// Days since 1970-01-01.
pub(super) fn day_number(date: Date) -> i32 {
    let since = date.duration_since(Date::constant(1970, 1, 1));
    since.as_hours().div_euclid(24) as i32
}

/// The date of a day number within the years jiff knows.
pub(super) fn date(day: i32) -> Option<Date> {
    Date::constant(1970, 1, 1)
        .checked_add(jiff::SignedDuration::from_hours(i64::from(day) * 24))
        .ok()
}

/// The zone that was probably meant: `Berlin`, `europe berlin` and `Europe/Brlin` all mean one.
fn suggestion(zones: &TimeZoneDatabase, name: &str) -> Option<String> {
    let plain = |text: &str| text.to_ascii_lowercase().replace([' ', '-', '_', '/'], "");
    let city = |text: &str| plain(text.rsplit(['/', ' ']).next().unwrap_or(text));
    let (wanted, wanted_city) = (plain(name), city(name));
    let distance = |known: &str| {
        let whole = strsim::damerau_levenshtein(&plain(known), &wanted);
        whole.min(strsim::damerau_levenshtein(&city(known), &wanted_city))
    };
    let names = zones.available().map(|known| known.as_str().to_owned());
    let near = names
        .map(|known| (distance(&known), known))
        .filter(|(distance, _)| *distance <= 2);
    // Of names equally near, `Europe/Berlin` before a plain old alias.
    near.min_by_key(|(distance, known)| (*distance, !known.contains('/')))
        .map(|(_, known)| known)
}
