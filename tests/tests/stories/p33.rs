//! P33: `baton explain` prints a clock's arithmetic line by line, and it is the clock's own.

use domain::id::StepId;
use jiff::tz::TimeZone;
use serde_json::Value;
use tests::machine::{Machine, demo_event};

const MONDAY: &str = "2026-11-23T08:00:05Z";

#[tokio::test(flavor = "multi_thread")]
async fn p33_a_clock_is_explained_by_the_hours_that_counted() {
    let machine = Machine::at(MONDAY).await;
    machine.send(&[demo_event(1)]).await;
    // A day and a night later.
    machine.forward_to("2026-11-24T11:00:00Z".parse().expect("it is a time"));
    let project = machine.case_of("standard_project").await;
    let said = machine
        .baton(&["explain", &project.id.0, "plan", "--json"], "")
        .await;
    let told: Value = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"));
    let waits = told["waits_for"].as_array().expect("it is a list");
    assert_eq!(waits.len(), 1, "{told:#}");
    assert_eq!(waits[0]["owner"], "luis");
    let lines: Vec<&str> = waits[0]["clock"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let text = lines.join("\n");

    let (_, task) = project
        .open_task(&StepId::from("plan"))
        .expect("it is open");
    let due = task
        .clock
        .as_ref()
        .and_then(|clock| clock.due_at())
        .expect("it has a deadline");
    let berlin = TimeZone::get("Europe/Berlin").expect("it is in the data");
    let due = due.to_zoned(berlin).strftime("%H:%M").to_string();
    let due_line = lines
        .iter()
        .find(|line| line.starts_with("due "))
        .expect("it says when it is due");
    assert!(due_line.contains(&due), "{due_line} is not {due}");
    for words in ["target 5 business days", "Europe/Berlin", "used ", "80%: "] {
        assert!(text.contains(words), "{words} is not said:\n{text}");
    }
    let read = machine.baton(&["explain", &project.id.0], "").await;
    assert!(read.out.contains("waits for Luis"), "{read:?}");
    let unknown = machine
        .baton(&["explain", &project.id.0, "no_such_step"], "")
        .await;
    assert_eq!(unknown.code, Some(1));
}
