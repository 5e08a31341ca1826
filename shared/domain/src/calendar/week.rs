//! Decides which seconds of an ordinary week are open, with running totals so that whole weeks need no walking.
//! It must not know zones, holidays or clock changes: its seconds are local ones.

/// Seconds of a day in which no clock changes.
pub(super) const DAY_SECONDS: i64 = 86_400;

/// The ordinary week, Monday first.
#[derive(Debug, Clone)]
pub(super) struct Week {
    /// As written, per weekday on which they begin; `to` is past the day's end when they run over midnight.
    shifts: [Vec<(i64, i64)>; 7],
    /// The open parts of each weekday, cut at midnight, in order; each end is one that was written, or midnight.
    parts: [Vec<(i64, i64)>; 7],
    /// The same with touching ones joined.
    pieces: [Vec<(i64, i64)>; 7],
    /// Open seconds from Monday 00:00 to the start of each weekday; the eighth is the week's total.
    before: [i64; 8],
}

impl Week {
    /// From shifts per weekday that do not overlap.
    pub(super) fn new(shifts: [Vec<(i64, i64)>; 7]) -> Week {
        let mut parts: [Vec<(i64, i64)>; 7] = Default::default();
        for (weekday, day) in shifts.iter().enumerate() {
            for (from, to) in day {
                parts[weekday].push((*from, (*to).min(DAY_SECONDS)));
                if *to > DAY_SECONDS {
                    parts[(weekday + 1) % 7].push((0, *to - DAY_SECONDS));
                }
            }
        }
        for day in &mut parts {
            day.sort_unstable();
        }
        let mut pieces = parts.clone();
        let mut before = [0; 8];
        for (weekday, day) in pieces.iter_mut().enumerate() {
            day.dedup_by(|later, earlier| {
                let touches = later.0 == earlier.1;
                if touches {
                    earlier.1 = later.1;
                }
                touches
            });
            before[weekday + 1] =
                before[weekday] + day.iter().map(|(from, to)| to - from).sum::<i64>();
        }
        Week {
            shifts,
            parts,
            pieces,
            before,
        }
    }

    /// The open parts of a day on which the clock changes, where touching ones may come apart or overlap.
    pub(super) fn parts(&self, day: i32) -> &[(i64, i64)] {
        &self.parts[weekday(day.into())]
    }

    /// The open parts of a day (days since 1970-01-01), in seconds since its midnight.
    pub(super) fn pieces(&self, day: i32) -> &[(i64, i64)] {
        &self.pieces[weekday(day.into())]
    }

    /// The shifts that begin on a day.
    pub(super) fn shifts(&self, day: i32) -> &[(i64, i64)] {
        &self.shifts[weekday(day.into())]
    }

    /// The shifts that begin on the day before and run into this one.
    pub(super) fn runs_over_midnight_into(&self, day: i32) -> bool {
        self.shifts(day - 1)
            .last()
            .is_some_and(|(_, to)| *to > DAY_SECONDS)
    }

    /// Open seconds from a fixed Monday to a local second; only differences of it mean something.
    pub(super) fn open_until(&self, local_second: i64) -> i64 {
        let day = local_second.div_euclid(DAY_SECONDS);
        let second = local_second - day * DAY_SECONDS;
        let weekday = weekday(day);
        let mut open = week_number(day) * self.before[7] + self.before[weekday];
        for (from, to) in &self.pieces[weekday] {
            if second <= *from {
                break;
            }
            open += second.min(*to) - from;
        }
        open
    }

    /// The first local second by which `open` seconds (counted as in [`Week::open_until`]) have passed.
    pub(super) fn first_with(&self, open: i64) -> i64 {
        let week = (open - 1).div_euclid(self.before[7]);
        let mut rest = open - week * self.before[7];
        let weekday = self.before.partition_point(|before| *before < rest) - 1;
        rest -= self.before[weekday];
        let mut at = midnight(week, weekday);
        for (from, to) in &self.pieces[weekday] {
            if rest <= to - from {
                at += from + rest;
                break;
            }
            rest -= to - from;
        }
        at
    }

    /// The last local second by which no more than `open` seconds have passed.
    pub(super) fn last_with(&self, open: i64) -> i64 {
        let week = open.div_euclid(self.before[7]);
        let mut rest = open - week * self.before[7];
        let weekday = self.before.partition_point(|before| *before <= rest) - 1;
        rest -= self.before[weekday];
        let mut at = midnight(week, weekday);
        for (from, to) in &self.pieces[weekday] {
            if rest < to - from {
                at += from + rest;
                break;
            }
            rest -= to - from;
        }
        at
    }
}

/// 0 = Monday. 1970-01-01 was a Thursday.
fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

fn week_number(day: i64) -> i64 {
    (day + 3).div_euclid(7)
}

fn midnight(week: i64, weekday: usize) -> i64 {
    (week * 7 - 3 + weekday as i64) * DAY_SECONDS
}
