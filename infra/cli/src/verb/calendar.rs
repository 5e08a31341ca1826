//! `baton calendar`: when a calendar is open, and when something that starts then is due.
//! It must not count an hour itself; the calendar does.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::calendar::{BusinessSpan, Calendar};
use domain::clock::Clock;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::check::Checked;
use crate::failure::Failure;
use crate::show::{BOLD, Cell, DIM, Out, columns, paint};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print day by day when it is open, and its holidays
    Show(Show),
    /// Print when something that starts then is due, hour by hour
    Test(Test),
}

/// Whose hours.
#[derive(Debug, Args)]
struct Whose {
    /// The calendar's name in team.yaml; without it the team's own
    calendar: Option<String>,
    /// The folder with team.yaml [default: .]
    dir: Option<PathBuf>,
    /// The calendar's name, where the folder alone is given
    #[arg(long, value_name = "NAME", conflicts_with = "dir")]
    name: Option<String>,
}

impl Whose {
    fn name_and_folder(&self) -> (Option<&str>, PathBuf) {
        let first = self.calendar.as_deref();
        match &self.name {
            Some(name) => (Some(name), PathBuf::from(first.unwrap_or("."))),
            None => super::name_and_folder(first, self.dir.as_deref()),
        }
    }
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    whose: Whose,
    /// The first day; without it today
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// How many weeks
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=53))]
    weeks: u8,
}

#[derive(Debug, Args)]
struct Test {
    #[command(flatten)]
    whose: Whose,
    /// When it starts, in the calendar's own zone: 2026-12-23T15:00
    #[arg(long, value_name = "TIME")]
    start: DateTime,
    /// How long it may take: "4 business hours", "3 business days", "90 minutes", "same business day, cut-off 15:00"
    #[arg(long, value_name = "SPAN", value_parser = span)]
    within: BusinessSpan,
}

fn span(text: &str) -> Result<BusinessSpan, String> {
    text.parse()
        .map_err(|error: domain::calendar::SpanError| error.to_string())
}

pub fn run(arguments: &Arguments, out: &Out) -> Result<(), Failure> {
    match &arguments.what {
        What::Show(show) => {
            let (asked, dir) = show.whose.name_and_folder();
            let checked = Checked::read(&dir)?;
            let (name, calendar) = find(&checked, asked, out)?;
            let days = days(calendar, show)?;
            out.json(&json!({ "calendar": name, "tz": calendar.zone_name(), "days": days.iter().map(Day::as_json).collect::<Vec<_>>() }));
            out.say(&shown(name, calendar, &days));
        }
        What::Test(test) => {
            let (asked, dir) = test.whose.name_and_folder();
            let checked = Checked::read(&dir)?;
            let (name, calendar) = find(&checked, asked, out)?;
            let lines = tested(calendar, test)?;
            out.json(&json!({ "calendar": name, "tz": calendar.zone_name(), "lines": lines }));
            out.say(&format!("{}\n  {}", paint(BOLD, name), lines.join("\n  ")));
        }
    }
    Ok(())
}

fn find<'a>(
    checked: &'a Checked,
    asked: Option<&'a str>,
    out: &Out,
) -> Result<(&'a str, &'a Calendar), Failure> {
    let Some(workspace) = checked.workspace() else {
        checked.say(out);
        out.json(&checked.to_json());
        return Err(Failure::told());
    };
    let team = &workspace.team;
    let name = asked.unwrap_or(&team.calendar);
    let calendar = team.calendars.get(name).ok_or_else(|| {
        let names: Vec<&str> = team.calendars.keys().map(String::as_str).collect();
        Failure::refused(format!("team.yaml has no calendar {name}"))
            .help(format!("it has {}", names.join(", ")))
    })?;
    Ok((name, calendar))
}

/// One local date.
struct Day {
    date: Date,
    /// Local times, `09:00–17:00`.
    open: Vec<String>,
    seconds: u64,
    holiday: Option<String>,
}

impl Day {
    fn as_json(&self) -> Value {
        json!({ "date": self.date, "open": self.open, "seconds": self.seconds, "holiday": self.holiday })
    }
}

fn days(calendar: &Calendar, show: &Show) -> Result<Vec<Day>, Failure> {
    let zone = calendar.time_zone();
    let refused = |error: jiff::Error| Failure::refused(format!("--from: {error}"));
    let first = show
        .from
        .unwrap_or_else(|| Timestamp::now().to_zoned(zone.clone()).date());
    let end = first
        .checked_add(i64::from(show.weeks).weeks())
        .map_err(refused)?;
    let at = |date: Date| {
        date.to_zoned(zone.clone())
            .map(|zoned| zoned.timestamp())
            .map_err(refused)
    };
    let (from, to) = (at(first)?, at(end)?);
    let holidays: BTreeMap<Date, Option<&str>> =
        calendar.holidays_between(from, to).into_iter().collect();
    let intervals = calendar.open_intervals(from, to);
    let local = |at: Timestamp| at.to_zoned(zone.clone());
    let days = first
        .series(1.day())
        .take_while(|date| *date < end)
        .map(|date| {
            let of_day = intervals
                .iter()
                .filter(|(from, _)| local(*from).date() == date);
            Day {
                date,
                open: of_day
                    .clone()
                    .map(|(from, to)| {
                        format!(
                            "{}–{}",
                            local(*from).strftime("%H:%M"),
                            local(*to).strftime("%H:%M")
                        )
                    })
                    .collect(),
                seconds: of_day
                    .map(|(from, to)| to.as_second().abs_diff(from.as_second()))
                    .sum(),
                holiday: holidays
                    .get(&date)
                    .map(|name| name.unwrap_or("holiday").to_owned()),
            }
        });
    Ok(days.collect())
}

fn shown(name: &str, calendar: &Calendar, days: &[Day]) -> String {
    let rows: Vec<Vec<Cell>> = days
        .iter()
        .map(|day| {
            let hours = day.seconds as f64 / 3600.0;
            vec![
                Cell::new(DIM, day.date.strftime("%a %-d %b %Y").to_string()),
                match day.open.as_slice() {
                    [] => Cell::new(DIM, "closed"),
                    open => open.join(", ").as_str().into(),
                },
                if day.seconds == 0 {
                    "".into()
                } else {
                    format!("{hours} h").into()
                },
                Cell::new(BOLD, day.holiday.clone().unwrap_or_default()),
            ]
        })
        .collect();
    let total = days.iter().map(|day| day.seconds).sum::<u64>() as f64 / 3600.0;
    format!(
        "{}, times in {}\n{}\n{total} h in {} days",
        paint(BOLD, name),
        calendar.zone_name(),
        columns(2, &rows),
        days.len()
    )
}

fn tested(calendar: &Calendar, test: &Test) -> Result<Vec<String>, Failure> {
    let refused = |error: &dyn std::fmt::Display| Failure::refused(error.to_string());
    let zone = calendar.time_zone().clone();
    let start = test
        .start
        .to_zoned(zone)
        .map_err(|error| refused(&error))?
        .timestamp();
    let clock =
        Clock::start(&test.within, &[], calendar, start).map_err(|error| refused(&error))?;
    let due = clock.due_at().unwrap_or(start);
    Ok(clock
        .explain(calendar, due)
        .iter()
        .map(ToString::to_string)
        .collect())
}

#[cfg(test)]
mod tests {
    use domain::calendar::CalendarSpec;

    use super::*;

    fn office() -> Calendar {
        let spec: CalendarSpec = serde_json::from_value(json!({
            "tz": "Europe/Berlin",
            "weekly": { "wed": [["09:00", "12:30"], ["13:00", "17:00"]], "thu": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]] },
            "holidays": ["all of DE-BE"],
        }))
        .unwrap();
        Calendar::try_from(spec).unwrap()
    }

    fn whose() -> Whose {
        Whose {
            calendar: None,
            dir: None,
            name: None,
        }
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        whose: Whose,
    }

    #[test]
    fn a_calendar_is_named_first_or_after_its_folder() {
        let here = tempfile::tempdir().unwrap();
        let folder = here.path().to_str().unwrap();
        for (words, name, dir) in [
            (vec![], None, "."),
            (vec![folder], None, folder),
            (vec!["office"], Some("office"), "."),
            (vec!["office", folder], Some("office"), folder),
            (vec![folder, "--name", "office"], Some("office"), folder),
            (vec!["--name", "office"], Some("office"), "."),
        ] {
            let line = std::iter::once("show").chain(words);
            let Line { whose } = clap::Parser::parse_from(line);
            assert_eq!(whose.name_and_folder(), (name, PathBuf::from(dir)));
        }
    }

    #[test]
    fn two_weeks_over_christmas() {
        let show = Show {
            whose: whose(),
            from: Some("2026-12-21".parse().unwrap()),
            weeks: 2,
        };
        let days = days(&office(), &show).unwrap();
        let text = shown("office", &office(), &days);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string());
    }

    #[test]
    fn three_business_days_over_christmas() {
        let test = Test {
            whose: whose(),
            start: "2026-12-23T15:00".parse().unwrap(),
            within: span("3 business days").unwrap(),
        };
        insta::assert_snapshot!(tested(&office(), &test).unwrap().join("\n"));
    }

    #[test]
    fn a_span_that_is_none_says_how_one_is_written() {
        assert!(span("3 days of work").is_err());
    }
}
