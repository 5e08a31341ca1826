//! How a starter's case is played: a tool's event begins it, people and tools say the next word, time passes.
//! It must not know which workflow it plays.

use std::collections::BTreeSet;

use app::sla_check::LOOK_AHEAD;
use domain::case::Case;
use domain::clock::Clock;
use domain::definition::Action;
use domain::id::{CaseId, WorkflowId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::machine::{Machine, report};
use tests::world::sample;

/// What happens next, and by which word.
#[derive(Debug, Clone, Copy)]
pub enum Says {
    Done(&'static str),
    Ends(&'static str, &'static str),
    Chooses(&'static str, &'static str),
    TicksAll(&'static str),
    Event(&'static str),
    /// An event with a field of its own.
    EventWith(&'static str, &'static str, &'static str),
    /// So many days in which nobody says anything.
    Nothing(i64),
}

impl Says {
    /// The step of which a person says it.
    pub fn of(self) -> Option<&'static str> {
        match self {
            Says::Done(step)
            | Says::Ends(step, _)
            | Says::Chooses(step, _)
            | Says::TicksAll(step) => Some(step),
            Says::Event(_) | Says::EventWith(..) | Says::Nothing(_) => None,
        }
    }
}

/// Where a case stands after everything was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    Completed,
    Stopped,
    Open,
}

/// The event that begins a case of a workflow, with a field of its own.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    pub workflow: &'static str,
    pub event: &'static str,
    pub with: Option<(&'static str, &'static str)>,
}

impl Start {
    pub const fn of(workflow: &'static str, event: &'static str) -> Start {
        Start {
            workflow,
            event,
            with: None,
        }
    }

    pub const fn with(self, field: &'static str, value: &'static str) -> Start {
        Start {
            with: Some((field, value)),
            ..self
        }
    }
}

/// One way through a workflow.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub start: Start,
    pub says: &'static [Says],
    pub stands: Stands,
}

/// The fields that workflows read: under `detail`, or where Baton's own events have them.
pub fn fields(event: &mut Value) -> &mut serde_json::Map<String, Value> {
    let is_own = event["detail"].get("metadata").is_some();
    let detail = &mut event["detail"];
    let fields = if is_own { &mut detail["data"] } else { detail };
    fields.as_object_mut().expect("an event has fields")
}

/// An example of an event about a thing of its own, now; `round` tells the events about one thing apart.
pub fn event(name: &str, number: usize, round: usize, with: Option<(&str, &str)>) -> Value {
    const OWN: [&str; 4] = ["issue_key", "environment", "attention", "on"];
    const OF_EVENT: [&str; 3] = ["change_id", "update_id", "envelope_id"];
    let mut event = sample(name);
    if let Some(envelope) = event.as_object_mut() {
        envelope.remove("time");
    }
    if let Some(id) = event.pointer_mut("/detail/metadata/id") {
        *id = format!("{name}/{number}/{round}").into();
    }
    let fields = fields(&mut event);
    for (field, value) in fields.iter_mut() {
        let is_own = field != "client_id" && field.ends_with("_id") || OWN.contains(&&**field);
        if let Some(text) = value.as_str().filter(|_| is_own) {
            let mut text = format!("{text}-{number}");
            if OF_EVENT.contains(&&**field) {
                text = format!("{text}-{round}");
            }
            *value = text.into();
        }
    }
    if let Some((field, value)) = with {
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        fields.insert(field.to_owned(), value);
    }
    event
}

/// Sends the event and finds the case that it began.
pub async fn begin(machine: &Machine, start: Start, number: usize) -> Case {
    let before: BTreeSet<CaseId> = machine.cases().await.into_keys().collect();
    machine
        .send(&[event(start.event, number, 0, start.with)])
        .await;
    let cases = machine.cases().await.into_values();
    let mut new =
        cases.filter(|case| case.workflow.0 == start.workflow && !before.contains(&case.id));
    let case = new.next();
    let case = case.unwrap_or_else(|| panic!("{start:?} did not start"));
    assert!(new.next().is_none(), "{start:?} started twice");
    case
}

/// The case of a step: this one, or a project that it started.
async fn holder(machine: &Machine, case: &Case, step: &str) -> (CaseId, Action) {
    let company = machine.store.company().await.expect("it is in force");
    let found = |workflow: &WorkflowId| {
        let step = company.workflows[workflow].step(&step.into())?;
        Some(step.action.clone())
    };
    if let Some(action) = found(&case.workflow) {
        return (case.id.clone(), action);
    }
    for project in &case.children {
        let project = machine.store.load_case(project).await;
        let project = project.expect("the table answers").expect("it is there");
        if let Some(action) = found(&project.workflow) {
            return (project.id, action);
        }
    }
    panic!("{} has no step {step}", case.workflow)
}

/// What a person says of a step, as it is reported.
pub async fn word(machine: &Machine, case: &Case, says: Says, round: usize) -> Option<Value> {
    let step = says.of()?;
    let (holder, action) = holder(machine, case, step).await;
    let mut data = json!({ "case": holder, "step": step, "by": "olga" });
    let kind = match (says, action) {
        (Says::Ends(_, outcome), _) => {
            data["outcome"] = outcome.into();
            "task.done"
        }
        (Says::Chooses(_, choice), _) => {
            data["choice"] = choice.into();
            "decision.made"
        }
        (Says::TicksAll(_), Action::Checklist { items, .. }) => {
            data["items"] = items.into();
            "checklist.ticked"
        }
        _ => "task.done",
    };
    Some(report(kind, &format!("{}/{round}", case.id), data))
}

/// The next word is said, and everything that follows runs to its end.
pub async fn say(machine: &Machine, case: &Case, says: Says, number: usize, round: usize) {
    let said = match says {
        Says::Event(name) => event(name, number, round + 1, None),
        Says::EventWith(name, field, value) => event(name, number, round + 1, Some((field, value))),
        Says::Nothing(days) => {
            let now = machine.host.clock().now();
            machine.forward_to(now + SignedDuration::from_hours(24 * days));
            return machine.sweeps(1).await;
        }
        _ => word(machine, case, says, round)
            .await
            .expect("a person says it"),
    };
    machine.send(&[said]).await;
}

/// Time passes, mark by mark, until the clocks of these cases have said all they have to say.
pub async fn until_all_is_late(machine: &Machine, cases: &BTreeSet<CaseId>) {
    for _ in 0..300 {
        let Some(at) = next_marks(machine, cases).await else {
            return;
        };
        // The sweep comes a minute later, some seconds past the mark.
        machine.forward_to(at - SignedDuration::from_secs(55));
        machine.sweeps(1).await;
    }
    panic!("some clock speaks for ever");
}

/// The last of the marks that come next. A sweep waits in real time for what is due soon, so it begins past all marks
/// that are near to each other.
async fn next_marks(machine: &Machine, cases: &BTreeSet<CaseId>) -> Option<Timestamp> {
    let (mut marks, mut is_any_left) = (Vec::new(), false);
    // What has begun by the calendar meanwhile speaks too.
    for case in machine.cases().await.values() {
        let clocks = case.duties().filter_map(|duty| duty.clock);
        let before = marks.len();
        marks.extend(clocks.flat_map(marks_of));
        is_any_left |= before < marks.len() && cases.contains(&case.id);
    }
    marks.sort();
    if !is_any_left {
        return None;
    }
    let mut last = *marks.first()?;
    for at in marks {
        if at > last + LOOK_AHEAD + SignedDuration::from_secs(30) {
            break;
        }
        last = at;
    }
    Some(last)
}

fn marks_of(clock: &Clock) -> Vec<Timestamp> {
    let Some((next, _)) = clock.next_mark() else {
        return Vec::new();
    };
    let owed = clock.due_marks(Timestamp::MAX);
    let later = owed.iter().map(|due| due.at).filter(|at| *at > next);
    std::iter::once(next).chain(later).collect()
}
