//! What a client has agreed to pay again and again, or in advance: fees, retainers, prepaid hours.
//! It must not know what was billed or drawn before; the caller says so.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::field::Problem;
use super::money::Minor;
use super::period::Period;
use super::work::TimeEntry;

const MINUTES_PER_HOUR: u32 = 60;

/// One agreement of a client's billing rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What its line says.
    pub title: String,
    pub kind: AgreementKind,
    /// Net, in minor units of the client's currency, each time that it is billed.
    pub amount_cents: Minor,
    /// Its first day; it is billed in full from the month of this day on.
    pub from: Date,
    /// Its last day; prepaid hours can not be drawn after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// How often a fee or retainer is billed, at the beginning of each such span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// Of a retainer, the hours in each span; of a block, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
    /// What becomes of a retainer's hours that are left at the end of a span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unused: Option<Unused>,
    /// The kinds of work that its hours are for; none named: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// The series that numbers it, where that is not the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgreementKind {
    /// The same amount each time, for nothing that is counted.
    Fee,
    /// The same amount each time, and time up to its hours costs nothing more.
    Retainer,
    /// Hours that are paid once and drawn until none is left.
    Block,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    #[default]
    Month,
    Quarter,
    Year,
}

impl Every {
    fn months(self) -> i32 {
        match self {
            Every::Month => 1,
            Every::Quarter => 3,
            Every::Year => 12,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unused {
    #[default]
    Lapses,
    CarriesOver,
}

/// How the work of a month is divided into invoices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// One invoice for each series.
    #[default]
    Together,
    /// Each agreement on its own, and the time on another.
    ByAgreement,
    /// The same, and the time of each ticket or case on its own.
    ByTicket,
}

impl Agreement {
    /// What could not be meant, each with its field from `at` on.
    pub fn check(&self, at: &str) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut tell = |field: &str, what: &str, fix: &str| {
            found.push(Problem::new(format!("{at}.{field}"), what, fix));
        };
        if self.title.trim().is_empty() {
            tell("title", "it is empty", "say what the client reads");
        }
        if self.amount_cents.0 < 0 {
            tell(
                "amount_cents",
                "an amount can not be below zero",
                "state the net amount",
            );
        }
        if self.until.is_some_and(|until| until < self.from) {
            tell("until", "it ends before it begins", "state its last day");
        }
        let is_block = self.kind == AgreementKind::Block;
        if is_block && self.every.is_some() {
            tell(
                "every",
                "a block is billed once",
                "remove `every`, or make it a retainer",
            );
        }
        let has_hours = self.kind != AgreementKind::Fee;
        match (has_hours, self.hours) {
            (true, None | Some(0)) => {
                tell("hours", "it does not say how many hours", "add `hours: 20`")
            }
            (true, Some(hours)) if hours > 10_000 => {
                tell(
                    "hours",
                    "nobody works so many hours",
                    "state the hours of one span",
                );
            }
            (false, Some(_)) => tell("hours", "a fee has no hours", "make it a retainer"),
            _ => {}
        }
        if self.unused.is_some() && self.kind != AgreementKind::Retainer {
            tell(
                "unused",
                "only a retainer's hours come again",
                "remove `unused`",
            );
        }
        if !self.covers.is_empty() && !has_hours {
            tell(
                "covers",
                "a fee has no hours that work could draw",
                "remove `covers`",
            );
        }
        found
    }

    fn begins(&self) -> Period {
        Period::of(self.from)
    }

    /// Months in one of its spans; none for a block, which has one span without end.
    fn span_months(&self) -> Option<i32> {
        let every = self.every.unwrap_or_default();
        (self.kind != AgreementKind::Block).then(|| every.months())
    }

    /// Which of its spans a month lies in, from 0; none before it begins.
    fn span_of(&self, period: Period) -> Option<i32> {
        let months = period.months_since(self.begins());
        (months >= 0).then(|| self.span_months().map_or(0, |span| months / span))
    }

    /// The months that it is billed for in this one: all of the span that begins here. None: it is not billed here.
    pub fn billed_in(&self, period: Period) -> Option<(Period, Period)> {
        let span = self.span_of(period)?;
        let first = self
            .begins()
            .plus_months(span * self.span_months().unwrap_or(0));
        let ended = self.until.is_some_and(|until| until < period.first());
        if first != period || ended {
            return None;
        }
        Some((
            first,
            first.plus_months(self.span_months().unwrap_or(1) - 1),
        ))
    }

    /// Whether this work may draw its hours, if any are left.
    pub fn covers(&self, entry: &TimeEntry) -> bool {
        let is_open = entry.on >= self.from && self.until.is_none_or(|until| entry.on <= until);
        let work = entry.work.as_ref();
        let is_meant =
            self.covers.is_empty() || work.is_some_and(|work| self.covers.contains(work));
        self.hours.is_some() && is_open && is_meant
    }

    /// Minutes that work of `period` may draw, after what `drawn` says of all periods. Never more than is there, in
    /// whatever order the periods are billed.
    pub fn available_minutes(&self, period: Period, drawn: &[(Period, u32)]) -> u32 {
        let Some(span) = self.span_of(period) else {
            return 0;
        };
        let hours = u64::from(self.hours.unwrap_or(0));
        let each = hours * u64::from(MINUTES_PER_HOUR);
        let carries = self.unused == Some(Unused::CarriesOver);
        let (given, counts): (u64, &dyn Fn(Period) -> bool) = match self.kind {
            AgreementKind::Fee => (0, &|_| true),
            AgreementKind::Block => (each, &|_| true),
            AgreementKind::Retainer if carries => {
                // A later month may have been billed first; what it took is gone for this one too.
                (each * (u64::from(span.unsigned_abs()) + 1), &|_| true)
            }
            AgreementKind::Retainer => (each, &|other| self.span_of(other) == Some(span)),
        };
        let taken = drawn.iter().filter(|(other, _)| counts(*other));
        let taken: u64 = taken.map(|(_, minutes)| u64::from(*minutes)).sum();
        u32::try_from(given.saturating_sub(taken)).unwrap_or(u32::MAX)
    }

    /// Which agreement's hours are drawn first: those that lapse, then those that end soonest.
    pub(crate) fn draws_in_order(&self) -> (bool, AgreementKind, bool, Option<Date>) {
        let carries = self.unused == Some(Unused::CarriesOver);
        (carries, self.kind, self.until.is_none(), self.until)
    }
}

/// What each of `wanted` gets of `available`, in their order: never more than is wanted, nor than is left.
pub fn draw(available: u32, wanted: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut left = available;
    let each = wanted.into_iter().map(|wanted| {
        let drawn = wanted.min(left);
        left -= drawn;
        drawn
    });
    each.collect()
}
