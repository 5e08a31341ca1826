//! Decides which holidays an iCalendar file (RFC 5545) holds: its all-day events, with their names.
//! It must not fetch or open the file, nor guess at events it cannot read: these are named as skipped.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;

use super::HolidaySpec;

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IcalendarHolidays {
    /// One entry per date or yearly rule, in the order of the file.
    pub holidays: Vec<HolidaySpec>,
    pub skipped: Vec<SkippedEvent>,
}

/// An event that makes no holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedEvent {
    /// The line of the file at which the event begins, from 1.
    pub line: usize,
    pub summary: String,
    pub why: String,
}

impl fmt::Display for SkippedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}: `{}` is left out: {}",
            self.line, self.summary, self.why
        )
    }
}

/// Why a text is no iCalendar file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IcalendarError {
    #[error("the file does not begin with `BEGIN:VCALENDAR`; export it as iCalendar (.ics)")]
    NotACalendar,
    #[error(
        "line {line}: the event that begins here has no `END:VEVENT`; the file was cut off, export it again"
    )]
    CutOff { line: usize },
}

/// An event's all-day dates are one entry each up to this; longer ones are no holidays.
const MOST_DAYS: i32 = 60;

/// Reads the holidays of an iCalendar file.
pub fn holidays_from_icalendar(text: &str) -> Result<IcalendarHolidays, IcalendarError> {
    let lines = unfolded(text.trim_start_matches('\u{feff}'));
    if lines
        .first()
        .is_none_or(|(_, line)| !line.trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR"))
    {
        return Err(IcalendarError::NotACalendar);
    }
    let mut read = IcalendarHolidays::default();
    let mut event: Option<Event> = None;
    // Alarms and other parts within an event have properties of their own.
    let mut inside = 0;
    for (number, line) in &lines {
        let Some(property) = Property::read(line) else {
            continue;
        };
        match (
            property.name.as_str(),
            property.value.trim_end().to_ascii_uppercase().as_str(),
        ) {
            ("BEGIN", "VEVENT") => {
                event = Some(Event {
                    line: *number,
                    ..Event::default()
                })
            }
            ("END", "VEVENT") => {
                if let Some(event) = event.take() {
                    event.add_to(&mut read);
                }
            }
            ("BEGIN", _) if event.is_some() => inside += 1,
            ("END", _) if event.is_some() => inside -= 1,
            _ if inside == 0 => {
                if let Some(event) = &mut event {
                    event.take(property);
                }
            }
            _ => {}
        }
    }
    match event {
        Some(Event { line, .. }) => Err(IcalendarError::CutOff { line }),
        None => Ok(read),
    }
}

/// The content lines, folded ones joined, each with the number of its first line.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (n, line) in text.lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some((_, before))) => before.push_str(more),
            _ => lines.push((n + 1, line.to_owned())),
        }
    }
    lines
}

/// `NAME;PARAMETER=VALUE:VALUE`
struct Property {
    name: String,
    value: String,
}

impl Property {
    fn read(line: &str) -> Option<Property> {
        let mut quoted = false;
        let colon = line.find(|character| {
            quoted ^= character == '"';
            character == ':' && !quoted
        })?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let name = head.split(';').next().unwrap_or(head).to_ascii_uppercase();
        Some(Property {
            name,
            value: value.to_owned(),
        })
    }
}

#[derive(Default)]
struct Event {
    line: usize,
    summary: String,
    start: String,
    end: Option<String>,
    duration: Option<String>,
    rule: Option<String>,
    other_dates: bool,
    cancelled: bool,
}

impl Event {
    fn take(&mut self, property: Property) {
        let value = property.value.trim_end().to_owned();
        match property.name.as_str() {
            "SUMMARY" => self.summary = unescaped(&value),
            "DTSTART" => self.start = value,
            "DTEND" => self.end = Some(value),
            "DURATION" => self.duration = Some(value),
            "RRULE" => self.rule = Some(value.to_ascii_uppercase()),
            "RDATE" | "EXDATE" => self.other_dates = true,
            "STATUS" => self.cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    fn add_to(self, read: &mut IcalendarHolidays) {
        match self.dates() {
            Ok(dates) => {
                let named = |date| match self.summary.as_str() {
                    "" => HolidaySpec::Date(date),
                    name => HolidaySpec::Named {
                        date,
                        name: name.to_owned(),
                    },
                };
                read.holidays.extend(dates.into_iter().map(named));
            }
            Err(why) => read.skipped.push(SkippedEvent {
                line: self.line,
                summary: self.summary,
                why: why.to_owned(),
            }),
        }
    }

    /// The dates or the yearly rule, as they are written in a calendar.
    fn dates(&self) -> Result<Vec<String>, &'static str> {
        if self.cancelled {
            return Err("it is cancelled");
        }
        let first = date(&self.start)
            .ok_or("it does not last whole days; only all-day events are holidays")?;
        let days = self.days(first)?;
        match &self.rule {
            None if self.other_dates => Err("it lists further dates; export every date as an event of its own"),
            None => {
                let dates = (0..days).map(|n| first.checked_add(n.days()).map(|date| date.to_string()));
                dates.collect::<Result<_, _>>().map_err(|_| "its dates lie outside the calendar")
            }
            Some(rule) if days == 1 && !self.other_dates => {
                repeated(first, rule).ok_or("its repetition is none that a holiday has; export every date as an event of its own")
            }
            Some(_) => Err("it repeats and lasts several days or has exceptions; export every date as an event of its own"),
        }
    }

    /// How many days it lasts; the end is the first day after it.
    fn days(&self, first: Date) -> Result<i32, &'static str> {
        let days = match (&self.end, &self.duration) {
            (Some(end), _) => {
                let end = date(end).ok_or("its end is no date")?;
                i32::try_from(end.duration_since(first).as_hours() / 24)
                    .map_err(|_| "its end is no date")?
            }
            (None, Some(duration)) => {
                let span: jiff::Span = duration
                    .parse()
                    .map_err(|_| "its duration is not in days")?;
                span.get_weeks() * 7 + span.get_days()
            }
            (None, None) => 1,
        };
        // Some programs write the same date as start and end of one day.
        match days.max(1) {
            days @ 1..=MOST_DAYS => Ok(days),
            _ => Err("it lasts more than 60 days"),
        }
    }
}

/// `20261225`
fn date(text: &str) -> Option<Date> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return None;
    }
    Date::new(
        text[..4].parse().ok()?,
        text[4..6].parse().ok()?,
        text[6..].parse().ok()?,
    )
    .ok()
}

/// A yearly repetition as a rule, or as dates when it ends.
fn repeated(first: Date, rule: &str) -> Option<Vec<String>> {
    let (mut yearly, mut until, mut count, mut by_day) = (false, None, None, None);
    for part in rule.split(';') {
        match part.split_once('=')? {
            ("FREQ", frequency) => yearly = frequency == "YEARLY",
            ("INTERVAL", "1") | ("WKST", _) => {}
            ("UNTIL", text) => until = Some(date(text.get(..8)?)?.year()),
            ("COUNT", text) => count = Some(text.parse::<i16>().ok()?),
            ("BYMONTH", month) if month.parse() == Ok(first.month()) => {}
            ("BYMONTHDAY", day) if day.parse() == Ok(first.day()) => {}
            ("BYDAY", day) => by_day = Some(nth_weekday(day)?),
            _ => return None,
        }
    }
    if !yearly {
        return None;
    }
    let last = until.or(count.and_then(|count| first.year().checked_add(count - 1)));
    match (by_day, last) {
        (Some((nth, weekday)), None) => Some(vec![
            format!("{nth} {weekday} of {}", first.strftime("%B")).to_lowercase(),
        ]),
        (None, None) => Some(vec![first.strftime("%m-%d").to_string()]),
        (None, Some(last)) => {
            let years = first.year()..=last.min(first.year().saturating_add(100));
            // 29 February is skipped in other years, as the standard has it.
            Some(
                years
                    .filter_map(|year| Date::new(year, first.month(), first.day()).ok())
                    .map(|date| date.to_string())
                    .collect(),
            )
        }
        (Some(_), Some(_)) => None,
    }
}

/// `4TH` is the fourth Thursday, `-1MO` the last Monday.
fn nth_weekday(text: &str) -> Option<(&'static str, &'static str)> {
    let (nth, weekday) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = match nth.trim_start_matches('+') {
        "1" => "1st",
        "2" => "2nd",
        "3" => "3rd",
        "4" => "4th",
        "-1" => "last",
        _ => return None,
    };
    let weekday = match weekday {
        "MO" => "monday",
        "TU" => "tuesday",
        "WE" => "wednesday",
        "TH" => "thursday",
        "FR" => "friday",
        "SA" => "saturday",
        "SU" => "sunday",
        _ => return None,
    };
    Some((nth, weekday))
}

/// Backslashes before commas, semicolons and line ends are the format's, not the name's.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut escaped = false;
    for character in text.chars() {
        match (escaped, character) {
            (false, '\\') => {
                escaped = true;
                continue;
            }
            (true, 'n' | 'N') => plain.push(' '),
            (_, character) => plain.push(character),
        }
        escaped = false;
    }
    plain.trim().to_owned()
}
