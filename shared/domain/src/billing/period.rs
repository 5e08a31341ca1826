//! A month that is billed, as `2026-11`.
//! It must not know what is billed in it.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::rules::Language;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    /// Its first day.
    first: Date,
}

impl Period {
    pub fn of(day: Date) -> Period {
        Period {
            first: day.first_of_month(),
        }
    }

    pub fn first(self) -> Date {
        self.first
    }

    pub fn last(self) -> Date {
        self.first.last_of_month()
    }

    pub fn contains(self, day: Date) -> bool {
        day.first_of_month() == self.first
    }

    /// How many months it lies after `earlier`; below zero, before.
    pub fn months_since(self, earlier: Period) -> i32 {
        let months =
            |period: Period| i32::from(period.first.year()) * 12 + i32::from(period.first.month());
        months(self) - months(earlier)
    }

    /// The month that is so many months later; the last one there is, past the calendar's end.
    pub fn plus_months(self, months: i32) -> Period {
        let span = jiff::Span::new().try_months(i64::from(months));
        let later = span.and_then(|span| self.first.checked_add(span));
        Period::of(later.unwrap_or(Date::MAX))
    }

    /// `November 2026`, in the language of a document.
    pub fn words(self, language: Language) -> String {
        const GERMAN: [&str; 12] = [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ];
        match language {
            Language::En => self.first.strftime("%B %Y").to_string(),
            Language::De => {
                let month = usize::from(self.first.month().unsigned_abs()) - 1;
                format!("{} {}", GERMAN[month], self.first.year())
            }
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let wrong = || PeriodError(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        if year.len() != 4 || month.len() != 2 {
            return Err(wrong());
        }
        let (year, month) = (year.parse().ok(), month.parse().ok());
        let (year, month) = year.zip(month).ok_or_else(wrong)?;
        let first = Date::new(year, month, 1).map_err(|_| wrong())?;
        Ok(Period { first })
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> String {
        period.to_string()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no month; write year and month, such as 2026-11")]
pub struct PeriodError(String);
