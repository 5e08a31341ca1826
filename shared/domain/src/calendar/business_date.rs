//! Decides on which business date an instant falls, when that date closes, and when a span written by people ends.
//! It must not know what the span is for.

use jiff::Timestamp;

use super::week::DAY_SECONDS;
use super::zone::END_DAY;
use super::{BusinessSpan, Calendar, Unreachable, instant};

impl Calendar {
    /// The last closing instant of the business date on which `at` falls; when no open time is left on it, of the next
    /// date that has some.
    pub fn end_of_business_day(&self, at: Timestamp) -> Result<Timestamp, Unreachable> {
        let found = self
            .closing_after(at.as_second())
            .map(|(_, closing)| closing);
        found.and_then(instant).ok_or(Unreachable {
            seconds: 0,
            from: at,
        })
    }

    /// When `span`, begun at `start`, is used up. How days are counted is told at [`BusinessSpan`].
    pub fn due(&self, start: Timestamp, span: &BusinessSpan) -> Result<Timestamp, Unreachable> {
        let seconds = self.open_seconds_of(start, span)?;
        self.add(start, seconds)
    }

    /// The open seconds that `span` holds when it begins at `start`; at least 1.
    pub fn open_seconds_of(
        &self,
        start: Timestamp,
        span: &BusinessSpan,
    ) -> Result<u64, Unreachable> {
        let unreachable = Unreachable {
            seconds: 0,
            from: start,
        };
        let start = start.as_second();
        let end = match span {
            BusinessSpan::Seconds(seconds) => return Ok(u64::from(*seconds).max(1)),
            BusinessSpan::BusinessDays(days) => self.end_of_days(start, *days),
            BusinessSpan::SameBusinessDay { cut_off_minutes } => {
                let (date, closing) = self.closing_after(start).ok_or(unreachable)?;
                let time_of_day = self.zone.local(start) - i64::from(date) * DAY_SECONDS;
                match cut_off_minutes {
                    Some(cut_off) if i64::from(*cut_off) * 60 <= time_of_day => self
                        .business_dates_later(date, 1)
                        .and_then(|next| self.closing(next)),
                    Some(_) | None => Some(closing),
                }
            }
        };
        Ok(self.open_between(start, end.ok_or(unreachable)?).max(1))
    }

    /// When `days` business dates, begun at `start`, are over.
    fn end_of_days(&self, start: i64, days: u16) -> Option<i64> {
        let start = self.forward(start, 1)? - 1;
        let first = self.business_date(start)?;
        if self.opening(first) == Some(start) {
            let last = self.business_dates_later(first, days - 1)?;
            return self.closing(last);
        }
        let last = self.business_dates_later(first, days)?;
        let time_of_day = self.zone.local(start) - i64::from(first) * DAY_SECONDS;
        let same_time = self
            .zone
            .instant(i64::from(last) * DAY_SECONDS + time_of_day)?;
        // One second of that date must count, or the end would fall on the closing of the date before.
        // At the latest when that date closes: what is open later belongs to another business date.
        Some(
            same_time
                .min(self.closing(last)?)
                .max(self.opening(last)? + 1),
        )
    }

    /// The business date of an instant: the local date, or the one before while its night shift still runs.
    fn business_date(&self, second: i64) -> Option<i32> {
        let day = self.day_of(second)?;
        let in_night_shift = self.may_reach_into(day)
            && self
                .shift_parts(day - 1)
                .into_iter()
                .any(|(from, to)| from <= second && second < to);
        Some(if in_night_shift { day - 1 } else { day })
    }

    /// The first business date, from that of `second` on, that closes after it, with that closing.
    fn closing_after(&self, second: i64) -> Option<(i32, i64)> {
        let first = self.business_date(second)?;
        (first..END_DAY)
            .find_map(|day| Some((day, self.closing(day).filter(|closing| second < *closing)?)))
    }

    /// The `days`-th business date after `day`.
    fn business_dates_later(&self, day: i32, days: u16) -> Option<i32> {
        if days == 0 {
            return Some(day);
        }
        let mut left = days;
        for later in day + 1..END_DAY {
            if self.is_business_date(later) {
                left -= 1;
            }
            if left == 0 {
                return Some(later);
            }
        }
        None
    }

    fn is_business_date(&self, day: i32) -> bool {
        let ordinary = self.zone.stretch(day).offset.is_some() && !self.is_holiday(day);
        if ordinary {
            !self.week.shifts(day).is_empty()
        } else {
            self.closing(day).is_some()
        }
    }

    /// When the first shift that begins on `day` begins to be open.
    fn opening(&self, day: i32) -> Option<i64> {
        self.shift_parts(day)
            .into_iter()
            .map(|(from, _)| from)
            .min()
    }

    /// When the last shift that begins on `day` ends; none when nothing of them is open.
    fn closing(&self, day: i32) -> Option<i64> {
        self.shift_parts(day).into_iter().map(|(_, to)| to).max()
    }

    /// What is open of the shifts that begin on `day`: holidays and skipped dates are cut out. Where a clock change
    /// makes them overlap a night shift of the date before, the shared time belongs to that night shift.
    fn shift_parts(&self, day: i32) -> Vec<(i64, i64)> {
        let mut parts = self.shift_parts_as_written(day);
        if self.zone.stretch(day).offset.is_none() {
            let night = self.shift_parts_as_written(day - 1);
            if let Some(ends) = night.into_iter().map(|(_, to)| to).max() {
                parts.retain_mut(|(from, to)| {
                    *from = ends.max(*from);
                    from < to
                });
            }
        }
        parts
    }

    /// Whether a shift of the date before may run into `day`: over midnight, or moved there by a skipped hour.
    fn may_reach_into(&self, day: i32) -> bool {
        self.week.runs_over_midnight_into(day) || self.zone.stretch(day).offset.is_none()
    }

    fn shift_parts_as_written(&self, day: i32) -> Vec<(i64, i64)> {
        let shifts = self.week.shifts(day);
        if shifts.is_empty() {
            return Vec::new();
        }
        let (today, tomorrow) = (self.is_worked(day), self.is_worked(day + 1));
        let mut parts = Vec::with_capacity(shifts.len() + 1);
        for (from, to) in shifts {
            if today {
                parts.extend(self.placed(day, *from, *to.min(&DAY_SECONDS)));
            }
            if tomorrow && DAY_SECONDS < *to {
                parts.extend(self.placed(day + 1, 0, to - DAY_SECONDS));
            }
        }
        parts
    }

    pub(super) fn is_worked(&self, day: i32) -> bool {
        !self.is_holiday(day) && (self.zone.stretch(day).offset.is_some() || self.zone.exists(day))
    }

    pub(super) fn is_holiday(&self, day: i32) -> bool {
        self.holidays.binary_search(&day).is_ok()
    }
}
