//! Invoice numbers: how they are written, which comes next, and on which date.
//! It must not keep the counter; the caller saves it together with the invoice or not at all.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How numbers of one series are written, such as `R-{year}-{count:4}` for `R-2026-0001`.
///
/// `{count}` comes last and is padded to the digits after its colon. With `{year}` the count starts at 1 each year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SeriesFile", into = "SeriesFile")]
pub struct Series {
    before_year: String,
    /// What stands between year and count, where the number has a year.
    after_year: Option<String>,
    digits: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesFile {
    number: String,
}

/// What a series remembers: one small row, read and written with each invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The last count given, in the year of `last_issue_date` where the series starts anew each year.
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
    pub fn parse(pattern: &str) -> Result<Series, SeriesError> {
        let wrong = || SeriesError::Pattern(pattern.to_owned());
        let (head, count) = pattern
            .strip_suffix('}')
            .and_then(|rest| rest.rsplit_once("{count"))
            .ok_or_else(wrong)?;
        let digits = match count {
            "" => 1,
            padded => padded
                .strip_prefix(':')
                .and_then(|digits| digits.parse().ok())
                .ok_or_else(wrong)?,
        };
        let (before_year, after_year) = match head.split_once("{year}") {
            Some((before, after)) => (before, Some(after)),
            None => (head, None),
        };
        let texts = [before_year, after_year.unwrap_or_default()];
        // Plain ASCII: a number is also a file name, a bank reference and something read out on the phone.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let readable = texts
            .iter()
            .all(|text| text.len() <= 12 && text.chars().all(plain));
        if !readable || !(1..=12).contains(&digits) {
            return Err(wrong());
        }
        Ok(Series {
            before_year: before_year.to_owned(),
            after_year: after_year.map(str::to_owned),
            digits,
        })
    }

    /// The next number. A clock that runs behind does not take the date back: order of number is order of issue.
    pub fn next(&self, counter: Option<Counter>, today: Date) -> Result<Next, SeriesError> {
        let issue_date = counter.map_or(today, |counter| counter.last_issue_date.max(today));
        let goes_on = |counter: &Counter| {
            self.after_year.is_none() || counter.last_issue_date.year() == issue_date.year()
        };
        let last = counter.filter(goes_on).map_or(0, |counter| counter.last);
        let next = last.checked_add(1).ok_or(SeriesError::Full)?;
        Ok(Next {
            number: self.number(issue_date, next),
            issue_date,
            counter: Counter {
                last: next,
                last_issue_date: issue_date,
            },
        })
    }

    fn number(&self, issue_date: Date, count: u64) -> InvoiceNumber {
        let (before, width) = (&self.before_year, usize::from(self.digits));
        InvoiceNumber(match &self.after_year {
            Some(after) => format!("{before}{:04}{after}{count:0width$}", issue_date.year()),
            None => format!("{before}{count:0width$}"),
        })
    }
}

impl TryFrom<SeriesFile> for Series {
    type Error = SeriesError;

    fn try_from(file: SeriesFile) -> Result<Series, SeriesError> {
        Series::parse(&file.number)
    }
}

impl From<Series> for SeriesFile {
    fn from(series: Series) -> SeriesFile {
        let Series {
            before_year,
            after_year,
            digits,
        } = series;
        let year = after_year.map_or(String::new(), |after| format!("{{year}}{after}"));
        SeriesFile {
            number: format!("{before_year}{year}{{count:{digits}}}"),
        }
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
    #[error(
        "number pattern `{0}` must end in {{count}} or {{count:4}}, may hold {{year}} before it, and else only letters, digits, `-`, `_` and `.`"
    )]
    Pattern(String),
    #[error("the series has no number left; start a new one")]
    Full,
}
