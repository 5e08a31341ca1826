//! Invoice numbers: how they are written, which comes next, and on which date.
//! It must not keep the counter; the caller saves it together with the invoice or not at all.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How numbers of one series are written: prefix, year, counter, such as `2026-0001` or `R-2026-0001`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SeriesFile")]
pub struct Series {
    prefix: String,
    per_year: bool,
    digits: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesFile {
    #[serde(default)]
    prefix: String,
    #[serde(default = "yes")]
    per_year: bool,
    #[serde(default = "four")]
    digits: u8,
}

fn yes() -> bool {
    true
}

fn four() -> u8 {
    4
}

/// What a series remembers: one small row, read and written with each invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The last counter given, of the year of `last_issue_date` where the series starts anew each year.
    pub last: u64,
    pub last_issue_date: Date,
}

/// The next number with the date it is issued on, and the counter to save with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    pub number: InvoiceNumber,
    pub issue_date: Date,
    pub counter: Counter,
}

impl Series {
    /// `prefix` of at most 12 letters, digits, `-`, `_` or `.`; `digits` from 1 to 12 is what the counter is padded to.
    pub fn new(prefix: &str, per_year: bool, digits: u8) -> Result<Series, SeriesError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if prefix.len() > 12 || !prefix.chars().all(plain) {
            return Err(SeriesError::Prefix(prefix.to_owned()));
        }
        if !(1..=12).contains(&digits) {
            return Err(SeriesError::Digits(digits));
        }
        Ok(Series { prefix: prefix.to_owned(), per_year, digits })
    }

    /// The next number. A clock that runs behind does not take the date back: order of number is order of issue.
    pub fn next(&self, counter: Option<Counter>, today: Date) -> Result<Next, SeriesError> {
        let issue_date = counter.map_or(today, |counter| counter.last_issue_date.max(today));
        let last = match counter {
            Some(counter) if !self.per_year || counter.last_issue_date.year() == issue_date.year() => counter.last,
            _ => 0,
        };
        let next = last.checked_add(1).ok_or(SeriesError::Full)?;
        Ok(Next {
            number: self.number(issue_date, next),
            issue_date,
            counter: Counter { last: next, last_issue_date: issue_date },
        })
    }

    fn number(&self, issue_date: Date, counter: u64) -> InvoiceNumber {
        let (prefix, width) = (&self.prefix, usize::from(self.digits));
        InvoiceNumber(match self.per_year {
            true => format!("{prefix}{:04}-{counter:0width$}", issue_date.year()),
            false => format!("{prefix}{counter:0width$}"),
        })
    }
}

impl TryFrom<SeriesFile> for Series {
    type Error = SeriesError;

    fn try_from(file: SeriesFile) -> Result<Series, SeriesError> {
        Series::new(&file.prefix, file.per_year, file.digits)
    }
}

/// A number that a series gave; fit for a file name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvoiceNumber(String);

impl InvoiceNumber {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("series prefix `{0}` must be at most 12 letters, digits, `-`, `_` or `.`")]
    Prefix(String),
    #[error("a series counter padded to {0} digits is not readable; use 1 to 12")]
    Digits(u8),
    #[error("the series has no number left; start a new one")]
    Full,
}
