//! Microseconds per call of the calendar, beside the crate `workclock` on the same hours, in the same run.
//! `cargo run --release --manifest-path tests/bench/Cargo.toml --bin calendar`

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use domain::calendar::Calendar;
use jiff::civil::{Date, time};
use jiff::{SignedDuration, Timestamp};
use workclock::{Holidays, Schedule, Weekdays, WorkDay};

const HOLIDAYS: [&str; 18] = [
    "2024-01-01",
    "2024-05-27",
    "2024-07-04",
    "2024-09-02",
    "2024-11-28",
    "2024-12-25",
    "2025-01-01",
    "2025-05-26",
    "2025-07-04",
    "2025-09-01",
    "2025-11-27",
    "2025-12-25",
    "2026-01-01",
    "2026-05-25",
    "2026-07-03",
    "2026-09-07",
    "2026-11-26",
    "2026-12-25",
];

/// Each figure is the best of so many rounds: the machine's other work only ever adds to it.
const ROUNDS: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let (ours, theirs) = (calendar()?, schedule()?);
    let starts = starts()?;
    let mut rows = Vec::new();
    for (name, seconds) in [
        ("add 4 h", 4 * 3600),
        ("add 90 business days", 90 * 8 * 3600),
    ] {
        let wanted = SignedDuration::from_secs(seconds);
        for start in &starts {
            // The same question before the same stop-watch: both must give the same answer.
            assert_eq!(
                ours.add(*start, seconds as u64)?,
                theirs.add(*start, wanted)?,
                "{name} from {start}"
            );
        }
        let our_time = best(&starts, |start| ours.add(start, seconds as u64).is_ok());
        rows.push((
            name,
            our_time,
            Some(best(&starts, |start| theirs.add(start, wanted).is_ok())),
        ));
    }
    let year = SignedDuration::from_hours(365 * 24);
    for start in &starts {
        assert_eq!(
            ours.between(*start, *start + year),
            theirs.between(*start, *start + year).as_secs() as u64
        );
    }
    let our_time = best(&starts, |start| ours.between(start, start + year));
    rows.push((
        "between over a year",
        our_time,
        Some(best(&starts, |start| theirs.between(start, start + year))),
    ));
    let days = "90 business days".parse()?;
    rows.push((
        "due in 90 business days",
        best(&starts, |start| ours.due(start, &days).is_ok()),
        None,
    ));
    rows.push((
        "end of business day",
        best(&starts, |start| ours.end_of_business_day(start).is_ok()),
        None,
    ));
    rows.push((
        "is it open",
        best(&starts, |start| ours.is_open(start)),
        None,
    ));
    rows.push((
        "read a calendar",
        best(&starts[..20], |_| calendar().is_ok()),
        None,
    ));

    let mut out = std::io::stdout();
    writeln!(
        out,
        "| us per call | here | workclock |\n| --- | --- | --- |"
    )?;
    for (name, ours, theirs) in rows {
        let theirs = theirs.map_or_else(|| "–".to_owned(), |time| format!("{:.2}", micros(time)));
        writeln!(out, "| {name} | {:.2} | {theirs} |", micros(ours))?;
    }
    Ok(())
}

/// The time per call in the fastest round.
#[expect(
    clippy::disallowed_methods,
    reason = "a stop-watch around the calls; no rule sees it"
)]
fn best<T>(starts: &[Timestamp], call: impl Fn(Timestamp) -> T) -> Duration {
    let round = |_| {
        let begun = Instant::now();
        for start in starts {
            black_box(call(black_box(*start)));
        }
        begun.elapsed() / starts.len() as u32
    };
    (0..ROUNDS).map(round).min().unwrap_or_default()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Office hours in New York.
fn calendar() -> Result<Calendar, Box<dyn Error>> {
    let holidays = serde_json::to_string(&HOLIDAYS)?;
    let day = r#"[["09:00","17:00"]]"#;
    let weekly = format!(r#"{{"mon":{day},"tue":{day},"wed":{day},"thu":{day},"fri":{day}}}"#);
    Ok(serde_json::from_str(&format!(
        r#"{{"tz":"America/New_York","weekly":{weekly},"holidays":{holidays}}}"#
    ))?)
}

fn schedule() -> Result<Schedule, Box<dyn Error>> {
    let dates: Result<Vec<Date>, _> = HOLIDAYS.iter().map(|date| date.parse()).collect();
    let hours = WorkDay::new(time(9, 0, 0, 0), time(17, 0, 0, 0), Weekdays::MON_TO_FRI);
    Ok(Schedule::builder()
        .time_zone("America/New_York")
        .rule(hours)
        .rule(Holidays::new(dates?))
        .build()?)
}

/// Two thousand instants of 2026, an odd step apart, so that every hour and weekday is among them.
fn starts() -> Result<Vec<Timestamp>, Box<dyn Error>> {
    let first: Timestamp = "2025-06-01T00:00:00Z".parse()?;
    Ok((0..2000)
        .map(|n| first + SignedDuration::from_secs(n * 9_967))
        .collect())
}
