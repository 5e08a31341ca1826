//! Reads clock histories as JSON and prints `{"id": {state, consumed_seconds, …}}` as of each case's `as_of`;
//! a case that cannot be answered is "error", with the reason on standard error.
//! `cargo run -p domain --example sla_clock < tests/vectors/sla_clock.json`

use std::error::Error;
use std::io::{Read, Write};

use domain::calendar::{BusinessSpan, Calendar};
use domain::clock::{Clock, Input, Mark, State, Target, WarnAt};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(untagged)]
enum Cases {
    File { cases: Vec<Value> },
    List(Vec<Value>),
}

#[derive(Deserialize)]
struct Case {
    id: String,
    calendar: Calendar,
    target_seconds: u32,
    #[serde(default)]
    warn_percent: Vec<u8>,
    events: Vec<Event>,
    as_of: Timestamp,
}

#[derive(Deserialize)]
struct Event {
    at: Timestamp,
    kind: Kind,
    /// Of `retarget`.
    target_seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Start,
    Pause,
    Resume,
    Stop,
    Reopen,
    Cancel,
    Retarget,
}

impl Case {
    fn answer(&self) -> Result<Value, Box<dyn Error>> {
        let warn_at: Vec<WarnAt> = self
            .warn_percent
            .iter()
            .map(|percent| WarnAt::Percent(*percent))
            .collect();
        let target = |seconds| Target {
            span: BusinessSpan::Seconds(seconds),
            warn_at: &warn_at,
            rungs: &[],
        };
        let mut clock: Option<Clock> = None;
        for event in &self.events {
            let input = match event.kind {
                Kind::Start => {
                    clock = Some(Clock::start_for(
                        target(self.target_seconds),
                        &self.calendar,
                        event.at,
                    )?);
                    continue;
                }
                Kind::Pause => Input::Pause,
                Kind::Resume => Input::Resume,
                Kind::Stop => Input::Stop,
                Kind::Reopen => Input::Reopen,
                Kind::Cancel => Input::Cancel,
                Kind::Retarget => {
                    Input::Retarget(target(event.target_seconds.unwrap_or(self.target_seconds)))
                }
            };
            let clock = clock
                .as_mut()
                .ok_or_else(|| format!("{}: the first event must be `start`", self.id))?;
            clock.apply(input, &self.calendar, event.at)?;
        }
        let clock = clock.ok_or_else(|| format!("{}: no `start` among the events", self.id))?;
        let state = match clock.state() {
            State::Running { .. } => "running",
            State::Paused { .. } => "paused",
            State::Stopped { .. } => "stopped",
            State::Cancelled { .. } => "cancelled",
        };
        let warned = warn_at
            .iter()
            .map(|warning| clock.mark_at(Mark::Warning(*warning)));
        Ok(json!({
            "state": state,
            "consumed_seconds": clock.used_seconds(&self.calendar, self.as_of),
            "remaining_seconds": clock.remaining_seconds(&self.calendar, self.as_of),
            "due_at": clock.due_at(),
            "missed": clock.is_missed(&self.calendar, self.as_of),
            "warn_at": warned.collect::<Vec<_>>(),
        }))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let (Cases::File { cases } | Cases::List(cases)) = serde_json::from_str(&text)?;
    let mut answers = Map::new();
    for case in cases {
        let id = case["id"].as_str().ok_or("a case has no `id`")?.to_owned();
        let answer = serde_json::from_value::<Case>(case)
            .map_err(Into::into)
            .and_then(|case| case.answer());
        // One case that cannot be answered does not keep the others from theirs.
        let answer = answer.or_else(|error: Box<dyn Error>| {
            writeln!(std::io::stderr(), "{id}: {error}")?;
            Ok::<_, Box<dyn Error>>(json!("error"))
        })?;
        answers.insert(id, answer);
    }
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::to_string_pretty(&answers)?
    )?;
    Ok(())
}
