//! Every history of the vector file. What it is and where it comes from: `tests/vectors/README.md`.

use domain::calendar::{BusinessSpan, Calendar};
use domain::clock::{Clock, Input, Mark, State, Target, WarnAt};
use jiff::Timestamp;
use serde::Deserialize;

const HISTORIES: &str = include_str!("../../../../tests/vectors/sla_clock.json");

#[derive(Deserialize)]
struct File {
    count: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    calendar: Calendar,
    target_seconds: u32,
    warn_percent: Vec<u8>,
    events: Vec<Event>,
    as_of: Timestamp,
    expected: Expected,
}

#[derive(Deserialize)]
struct Event {
    at: Timestamp,
    kind: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Expected {
    state: String,
    consumed_seconds: u64,
    remaining_seconds: i64,
    due_at: Option<Timestamp>,
    missed: bool,
    warn_at: Vec<Option<Timestamp>>,
}

impl Case {
    fn answer(&self) -> Expected {
        let warn_at: Vec<WarnAt> = self
            .warn_percent
            .iter()
            .map(|percent| WarnAt::Percent(*percent))
            .collect();
        let target = Target {
            span: BusinessSpan::Seconds(self.target_seconds),
            warn_at: &warn_at,
            rungs: &[],
        };
        assert_eq!(self.events[0].kind, "start", "{}", self.id);
        let mut clock = Clock::start_for(target, &self.calendar, self.events[0].at).unwrap();
        for event in &self.events[1..] {
            let input = match event.kind.as_str() {
                "pause" => Input::Pause,
                "resume" => Input::Resume,
                "stop" => Input::Stop,
                other => panic!("{}: unknown event {other}", self.id),
            };
            clock.apply(input, &self.calendar, event.at).unwrap();
            // What is stored between two events is enough to go on.
            clock = serde_json::from_str(&serde_json::to_string(&clock).unwrap()).unwrap();
        }
        let state = match clock.state() {
            State::Running { .. } => "running",
            State::Paused { .. } => "paused",
            State::Stopped { .. } => "stopped",
            State::Cancelled { .. } => "cancelled",
        };
        Expected {
            state: state.to_owned(),
            consumed_seconds: clock.used_seconds(&self.calendar, self.as_of),
            remaining_seconds: clock.remaining_seconds(&self.calendar, self.as_of),
            due_at: clock.due_at(),
            missed: clock.is_missed(&self.calendar, self.as_of),
            warn_at: warn_at
                .iter()
                .map(|warning| clock.mark_at(Mark::Warning(*warning)))
                .collect(),
        }
    }
}

#[test]
fn every_history_shows_what_was_agreed() {
    let file: File = serde_json::from_str(HISTORIES).unwrap();
    assert_eq!(file.cases.len(), file.count);
    for case in &file.cases {
        assert_eq!(case.answer(), case.expected, "{}", case.id);
    }
}
