//! The six fields of an AWS `cron(…)`: checked by AWS's rules, then handed to croner in the one spelling both read alike.
//! It must not know of time zones.

use std::ops::RangeInclusive;

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;

use super::Invalid;

/// A checked cron expression over local time.
#[derive(Debug, Clone)]
pub(super) struct Cron(croner::Cron);

/// One of the six fields.
struct Field {
    name: &'static str,
    range: RangeInclusive<u16>,
    /// Names for the values from the start of the range on.
    names: &'static [&'static str],
    takes_steps: bool,
}

const MINUTES: Field = Field::numbers("minutes", 0..=59);
const HOURS: Field = Field::numbers("hours", 0..=23);
const DAY_OF_MONTH: Field = Field::numbers("day of month", 1..=31);
const YEAR: Field = Field::numbers("year", 1970..=2199);
const MONTH: Field = Field {
    names: &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
    ..Field::numbers("month", 1..=12)
};
const DAY_OF_WEEK: Field = Field {
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    takes_steps: false,
    ..Field::numbers("day of week", 1..=7)
};

impl Cron {
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let &[minutes, hours, day_of_month, month, day_of_week, year] = words.as_slice() else {
            return Err(Invalid::new(
                format!("`{text}` has {} fields", words.len()),
                "write six: minutes, hours, day of month, month, day of week, year",
            ));
        };
        if (day_of_month == "?") == (day_of_week == "?") {
            return Err(Invalid::new(
                format!("day of month is `{day_of_month}` and day of week is `{day_of_week}`"),
                "write `?` for exactly one of them",
            ));
        }
        let pattern = format!(
            "0 {} {} {} {} {} {}",
            MINUTES.list(minutes)?,
            HOURS.list(hours)?,
            DAY_OF_MONTH.day_of_month(day_of_month)?,
            MONTH.list(month)?,
            DAY_OF_WEEK.day_of_week(day_of_week)?,
            YEAR.list(year)?,
        );
        let parser = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Required)
            .alternative_weekdays(true)
            .build();
        match parser.parse(&pattern) {
            Ok(cron) => Ok(Self(cron)),
            Err(error) => Err(Invalid::new(
                format!("`{text}` cannot be read: {error}"),
                "see AWS's table of cron fields",
            )),
        }
    }

    /// The first local time later than `after` at which all fields agree.
    pub(super) fn next_after(&self, after: DateTime) -> Option<DateTime> {
        let next = self.0.find_next_occurrence(&after, false).ok()?;
        YEAR.range
            .contains(&next.year().unsigned_abs())
            .then_some(next)
    }
}

impl Field {
    const fn numbers(name: &'static str, range: RangeInclusive<u16>) -> Self {
        Self {
            name,
            range,
            names: &[],
            takes_steps: true,
        }
    }

    /// `?`, `L`, `LW`, `15W`, or values as in any other field.
    fn day_of_month(&self, text: &str) -> Result<String, Invalid> {
        let upper = text.to_ascii_uppercase();
        match upper.as_str() {
            "?" => Ok("*".to_owned()),
            "L" | "LW" => Ok(upper),
            _ => match upper.strip_suffix('W') {
                Some(day) => Ok(format!("{}W", self.value(day)?)),
                None => self.list(text),
            },
        }
    }

    /// `?`, `L`, `6L`, `MON#2`, or values as in any other field.
    fn day_of_week(&self, text: &str) -> Result<String, Invalid> {
        let upper = text.to_ascii_uppercase();
        if upper == "?" {
            return Ok("*".to_owned());
        }
        // The last day of the week is Saturday.
        if upper == "L" {
            return Ok("7".to_owned());
        }
        if let Some(day) = upper.strip_suffix('L') {
            return Ok(format!("{}#L", self.value(day)?));
        }
        if let Some((day, nth)) = upper.split_once('#') {
            return match nth {
                "1" | "2" | "3" | "4" | "5" => Ok(format!("{}#{nth}", self.value(day)?)),
                _ => Err(self.refuse(
                    text,
                    "write one day such as MON#2, the second Monday; no list",
                )),
            };
        }
        self.list(text)
    }

    /// Comma-separated values, ranges and steps, each in the spelling `from-to/step`.
    fn list(&self, text: &str) -> Result<String, Invalid> {
        if text == "*" {
            return Ok("*".to_owned());
        }
        let items: Result<Vec<String>, Invalid> =
            text.split(',').map(|item| self.item(item)).collect();
        Ok(items?.join(","))
    }

    fn item(&self, text: &str) -> Result<String, Invalid> {
        let (low, high) = (*self.range.start(), *self.range.end());
        let (span, step) = match text.split_once('/') {
            Some(_) if !self.takes_steps => {
                return Err(self.refuse(text, "name the days instead of a step"));
            }
            Some((span, step)) => (span, Some(step)),
            None => (text, None),
        };
        let (from, to) = match span.split_once('-') {
            _ if span == "*" && step.is_some() => (low, high),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None => {
                let from = self.value(span)?;
                // croner refuses `0/15`, by which AWS means every 15 from 0 on.
                (from, if step.is_some() { high } else { from })
            }
        };
        if from > to {
            return Err(self.refuse(
                text,
                "write the lower value first, or two ranges with a comma",
            ));
        }
        let Some(step) = step else {
            return Ok(if from == to {
                from.to_string()
            } else {
                format!("{from}-{to}")
            });
        };
        match step.parse::<u16>() {
            Ok(number) if is_digits(step) && (1..=high).contains(&number) => {
                // croner takes no step over a single value.
                let single = from == to;
                Ok(if single {
                    from.to_string()
                } else {
                    format!("{from}-{to}/{number}")
                })
            }
            _ => Err(self.refuse(text, format!("write a step from 1 to {high}"))),
        }
    }

    fn value(&self, text: &str) -> Result<u16, Invalid> {
        let upper = text.to_ascii_uppercase();
        let mut named = self.names.iter().zip(self.range.clone());
        if let Some((_, value)) = named.find(|(name, _)| **name == upper) {
            return Ok(value);
        }
        let number = is_digits(text).then(|| text.parse().ok()).flatten();
        number
            .filter(|number| self.range.contains(number))
            .ok_or_else(|| {
                let (low, high) = (self.range.start(), self.range.end());
                let names = match (self.names.first(), self.names.last()) {
                    (Some(first), Some(last)) => format!(" or {first} to {last}"),
                    _ => String::new(),
                };
                self.refuse(text, format!("write {low} to {high}{names}"))
            })
    }

    fn refuse(&self, text: &str, mend: impl Into<String>) -> Invalid {
        Invalid::new(format!("`{text}` cannot stand for the {}", self.name), mend)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
