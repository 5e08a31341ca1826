//! Decides how much open time lies between two instants, and where a given amount of it ends.
//! It must not walk day by day where whole weeks can be counted, and it always comes to an end.

use jiff::Timestamp;

use super::week::DAY_SECONDS;
use super::zone::{END_DAY, FIRST_DAY};
use super::{Calendar, instant};

/// Days that are counted in one go.
pub(super) enum Block {
    /// Days `[first, end)` of ordinary weeks at one offset, no holiday among them.
    Weeks { first: i32, end: i32, offset: i64 },
    /// A holiday or a date that never was: nothing is open.
    Closed { first: i32, end: i32 },
    /// A day on which the clock changes: its open parts as instants, in order, joined where they overlap.
    Day { open: Vec<(i64, i64)> },
}

impl Calendar {
    /// The first instant after `start` by which `wanted` (at least 1) open seconds have passed.
    pub(super) fn forward(&self, start: i64, mut wanted: i64) -> Option<i64> {
        // Near a clock change an open part can begin on the date before or reach into the date after.
        let mut day = self.day_of(start)? - 1;
        let mut cursor = start;
        while day < END_DAY {
            match self.block(day) {
                Block::Weeks { end, offset, .. } => {
                    let from = (cursor + offset).max(i64::from(day) * DAY_SECONDS);
                    let to = i64::from(end) * DAY_SECONDS;
                    if from < to {
                        let before = self.week.open_until(from);
                        let open = self.week.open_until(to) - before;
                        if wanted <= open {
                            return Some(self.week.first_with(before + wanted) - offset);
                        }
                        wanted -= open;
                        cursor = to - offset;
                    }
                    day = end;
                }
                Block::Closed { end, .. } => day = end,
                Block::Day { open } => {
                    for (from, to) in open {
                        let from = from.max(cursor);
                        if from < to {
                            if wanted <= to - from {
                                return Some(from + wanted);
                            }
                            wanted -= to - from;
                            cursor = to;
                        }
                    }
                    day += 1;
                }
            }
        }
        None
    }

    /// The last instant before `start` from which `wanted` (at least 1) open seconds lead to it.
    pub(super) fn backward(&self, start: i64, mut wanted: i64) -> Option<i64> {
        let mut day = self.day_of(start)? + 1;
        let mut cursor = start;
        while FIRST_DAY <= day {
            match self.block(day) {
                Block::Weeks { first, offset, .. } => {
                    let from = i64::from(first) * DAY_SECONDS;
                    let to = (cursor + offset).min((i64::from(day) + 1) * DAY_SECONDS);
                    if from < to {
                        let until = self.week.open_until(to);
                        let open = until - self.week.open_until(from);
                        if wanted <= open {
                            return Some(self.week.last_with(until - wanted) - offset);
                        }
                        wanted -= open;
                        cursor = from - offset;
                    }
                    day = first - 1;
                }
                Block::Closed { first, .. } => day = first - 1,
                Block::Day { open } => {
                    for (from, to) in open.into_iter().rev() {
                        let to = to.min(cursor);
                        if from < to {
                            if wanted <= to - from {
                                return Some(to - wanted);
                            }
                            wanted -= to - from;
                            cursor = from;
                        }
                    }
                    day -= 1;
                }
            }
        }
        None
    }

    /// Open seconds in `[start, end)`.
    pub(super) fn open_between(&self, start: i64, end: i64) -> u64 {
        let (Some(first), Some(last)) = (self.day_of(start), self.day_of(end)) else {
            return 0;
        };
        let mut day = first - 1;
        let mut cursor = start;
        let mut total = 0;
        while cursor < end && day <= last + 1 {
            match self.block(day) {
                Block::Weeks {
                    end: end_day,
                    offset,
                    ..
                } => {
                    let from = (cursor + offset).max(i64::from(day) * DAY_SECONDS);
                    let to = (end + offset).min(i64::from(end_day) * DAY_SECONDS);
                    if from < to {
                        total += self.week.open_until(to) - self.week.open_until(from);
                        cursor = to - offset;
                    }
                    day = end_day;
                }
                Block::Closed { end: end_day, .. } => day = end_day,
                Block::Day { open } => {
                    for (from, to) in open {
                        let (from, to) = (from.max(cursor), to.min(end));
                        if from < to {
                            total += to - from;
                            cursor = to;
                        }
                    }
                    day += 1;
                }
            }
        }
        u64::try_from(total).unwrap_or(0)
    }

    /// The open intervals within `[from, to)`, in order, touching ones joined: one entry for each stretch of work.
    ///
    /// Their number grows with the days asked for.
    pub fn open_intervals(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let (from, to) = (from.as_second(), to.as_second());
        let mut open: Vec<(i64, i64)> = Vec::new();
        let (Some(first), Some(last)) = (self.day_of(from), self.day_of(to)) else {
            return Vec::new();
        };
        for day in (first - 1).max(FIRST_DAY)..=(last + 1).min(END_DAY) {
            for (start, end) in self.open_on(day) {
                let (start, end) = (start.max(from), end.min(to));
                match open.last_mut() {
                    Some(before) if start <= before.1 => before.1 = before.1.max(end),
                    _ if start < end => open.push((start, end)),
                    _ => {}
                }
            }
        }
        let instants = open
            .into_iter()
            .map(|(start, end)| Some((instant(start)?, instant(end)?)));
        instants.flatten().collect()
    }

    /// The open parts of one date as instants.
    fn open_on(&self, day: i32) -> Vec<(i64, i64)> {
        match self.block(day) {
            Block::Weeks { offset, .. } => {
                let midnight = i64::from(day) * DAY_SECONDS - offset;
                let pieces = self.week.pieces(day).iter();
                pieces
                    .map(|(from, to)| (midnight + from, midnight + to))
                    .collect()
            }
            Block::Closed { .. } => Vec::new(),
            Block::Day { open } => open,
        }
    }

    /// The days around `day` that can be counted in one go.
    pub(super) fn block(&self, day: i32) -> Block {
        if !(FIRST_DAY..END_DAY).contains(&day) {
            // Steps into or out of the years that are computed.
            return Block::Closed {
                first: day,
                end: if day < FIRST_DAY { FIRST_DAY } else { day + 1 },
            };
        }
        let next = self.holidays.partition_point(|holiday| *holiday < day);
        if self.holidays.get(next) == Some(&day) {
            return Block::Closed {
                first: day,
                end: day + 1,
            };
        }
        let stretch = self.zone.stretch(day);
        let Some(offset) = stretch.offset else {
            return if self.zone.exists(day) {
                Block::Day {
                    open: self.open_parts(day),
                }
            } else {
                Block::Closed {
                    first: day,
                    end: day + 1,
                }
            };
        };
        let after_holiday = next
            .checked_sub(1)
            .and_then(|n| self.holidays.get(n))
            .map_or(FIRST_DAY, |day| day + 1);
        let next_holiday = self.holidays.get(next).copied().unwrap_or(END_DAY);
        Block::Weeks {
            first: stretch.first.max(after_holiday),
            end: stretch.end.min(next_holiday),
            offset,
        }
    }

    /// The open parts of a day whose local times must each be looked up.
    fn open_parts(&self, day: i32) -> Vec<(i64, i64)> {
        let (Some(begins), Some(ends)) = (self.zone.day_start(day), self.zone.day_start(day + 1))
        else {
            return Vec::new();
        };
        // What ends inside a gap before midnight ends after midnight.
        let yesterday = self.is_worked(day - 1).then_some(day - 1);
        let mut parts: Vec<(i64, i64)> = yesterday
            .into_iter()
            .chain([day])
            .flat_map(|day| self.week.parts(day).iter().map(move |part| (day, part)))
            .filter_map(|(day, (from, to))| self.placed(day, *from, *to))
            .map(|(from, to)| (from.max(begins), to.min(ends)))
            .filter(|(from, to)| from < to)
            .collect();
        parts.sort_unstable();
        parts.dedup_by(|later, earlier| {
            let joins = later.0 <= earlier.1;
            if joins {
                earlier.1 = earlier.1.max(later.1);
            }
            joins
        });
        parts
    }

    /// The instants of a part of `day`, as far as the date after it is no holiday.
    pub(super) fn placed(&self, day: i32, from: i64, to: i64) -> Option<(i64, i64)> {
        let midnight = i64::from(day) * DAY_SECONDS;
        let (from, to) = (
            self.zone.instant(midnight + from)?,
            self.zone.instant(midnight + to)?,
        );
        let to = match self.is_holiday(day + 1) {
            true => to.min(self.zone.day_start(day + 1)?),
            false => to,
        };
        (from < to).then_some((from, to))
    }

    /// The local date of an instant as a day number, kept one day away from the ends of an `i32`.
    pub(super) fn day_of(&self, second: i64) -> Option<i32> {
        i32::try_from(self.zone.local(second).div_euclid(DAY_SECONDS)).ok()
    }
}
