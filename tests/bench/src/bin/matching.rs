//! Microseconds to find whom one event starts, among 1 to 3,000 workflows, beside trying each of them.
//! `cargo run --release --manifest-path tests/bench/Cargo.toml --bin matching`

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use domain::definition::Workflow;
use domain::event::Envelope;
use domain::start::Triggers;
use event_pattern::Pattern;
use serde_json::{Value, json};

/// Workflows that share one kind of event and are told apart by `match`, as several teams on one tracker are.
const ON_ONE_KIND: usize = 5;
const EVENTS: usize = 1_000;
/// The best of so many rounds: the machine's other work only ever adds to it.
const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "workflows   by index, us   trying each, us")?;
    for count in [1, 30, 300, 3_000] {
        let workflows = (0..count)
            .map(workflow)
            .collect::<Result<Vec<Workflow>, _>>()?;
        let triggers = Triggers::new(&workflows)?;
        let each = (0..count).map(pattern).collect::<Result<Vec<_>, _>>()?;
        let events = (0..64)
            .map(|n| event(n * 37 % count))
            .collect::<Result<Vec<_>, _>>()?;
        for (n, event) in events.iter().enumerate() {
            let wanted = workflows[n * 37 % count].id.clone();
            // Both ways must say the same before their time is taken.
            assert_eq!(triggers.started_by(event), [wanted]);
            assert_eq!(tried(&each, event), 1);
        }
        let ours = best(&events, |event| triggers.started_by(event).len());
        let theirs = best(&events, |event| tried(&each, event));
        writeln!(out, "{count:>9} {ours:>14.2} {theirs:>17.2}")?;
    }
    Ok(())
}

fn kind(n: usize) -> String {
    format!("thing{}.updated", n / ON_ONE_KIND)
}

fn matching(n: usize) -> Value {
    json!({ "detail": { "team": [format!("team-{}", n % ON_ONE_KIND)], "status": [{ "prefix": "ready" }] } })
}

fn workflow(n: usize) -> Result<Workflow, serde_json::Error> {
    serde_json::from_value(json!({
        "id": format!("workflow_{n}"), "version": 1, "title": "One of many", "kind": "operations",
        "owner": { "person": "olga" },
        "outcome": { "measure": "done", "from": null, "to": "done", "target": "1 business day" },
        "starts_on": { "event": kind(n), "from": "tracker", "pattern": matching(n), "once_per": ["detail.id"] },
        "data": [], "steps": [],
    }))
}

fn pattern(n: usize) -> Result<Pattern, event_pattern::Invalid> {
    let mut whole = matching(n);
    whole["source"] = json!(["tracker"]);
    whole["detail-type"] = json!([kind(n)]);
    Pattern::parse(&whole)
}

fn event(n: usize) -> Result<Envelope, serde_json::Error> {
    serde_json::from_value(json!({
        "id": format!("event-{n}"), "source": "tracker", "detail-type": kind(n), "time": "2026-11-24T08:00:00Z",
        "detail": { "id": n, "team": format!("team-{}", n % ON_ONE_KIND), "status": "ready_for_qa", "title": "One of many" },
    }))
}

fn tried(patterns: &[Pattern], event: &Envelope) -> usize {
    let event = event.to_value();
    patterns
        .iter()
        .filter(|pattern| pattern.matches(&event))
        .count()
}

/// Microseconds per event, the best of some rounds.
fn best(events: &[Envelope], find: impl Fn(&Envelope) -> usize) -> f64 {
    let round = || {
        let begun = Instant::now();
        for n in 0..EVENTS {
            black_box(find(&events[n % events.len()]));
        }
        begun.elapsed().as_secs_f64() * 1e6 / EVENTS as f64
    };
    (0..ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}
