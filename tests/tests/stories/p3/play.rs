//! How a starter's case is played: a tool's event begins it, people and tools say the next word, time passes.
//! It must not know which workflow it plays.

use std::collections::BTreeSet;

use app::sla_check::LOOK_AHEAD;
use domain::case::Case;
use domain::clock::Clock;
use domain::definition::{Action, Trigger};
use domain::id::{CaseId, WorkflowId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use store::Company;
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
pub async fn begin(machine: &Machine, company: &Company, start: Start, number: usize) -> Case {
    let begun = begin_all(machine, company, &[(start, number)]).await;
    begun.into_iter().next().expect("one for each start")
}

/// Sends the events at once and finds the cases that they began.
pub async fn begin_all(
    machine: &Machine,
    company: &Company,
    starts: &[(Start, usize)],
) -> Vec<Case> {
    let events: Vec<_> = starts
        .iter()
        .map(|(start, number)| event(start.event, *number, 0, start.with))
        .collect();
    let before: BTreeSet<CaseId> = machine.cases().await.into_keys().collect();
    machine.send(&events).await;
    let mut cases = machine.cases().await;
    cases.retain(|id, _| !before.contains(id));
    let mut begun = Vec::new();
    for ((start, _), event) in starts.iter().zip(&events) {
        let trigger = company.workflows[&start.workflow.into()].starts_on.as_ref();
        let trigger = trigger.filter(|trigger| trigger.event == start.event);
        let case = match trigger {
            Some(trigger) => cases.remove(&of_trigger(start.workflow, trigger, event)),
            // What the event begins begins it in turn.
            None => {
                let mut of_it = cases
                    .values()
                    .filter(|case| case.workflow.0 == start.workflow);
                let id = of_it.next().map(|case| case.id.clone());
                id.and_then(|id| cases.remove(&id))
            }
        };
        begun.push(case.unwrap_or_else(|| panic!("{start:?} did not start")));
    }
    begun
}

fn of_trigger(workflow: &str, trigger: &Trigger, event: &Value) -> CaseId {
    let at = |path: &String| {
        event
            .pointer(&format!("/{}", path.replace('.', "/")))
            .cloned()
    };
    let once: Vec<_> = trigger.once_per.iter().map(at).collect();
    CaseId::of_trigger(&workflow.into(), &json!(once).to_string())
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

/// The next word as it comes in; none: time passes.
pub async fn next(
    machine: &Machine,
    case: &Case,
    says: Says,
    number: usize,
    round: usize,
) -> Option<Value> {
    match says {
        Says::Event(name) => Some(event(name, number, round + 1, None)),
        Says::EventWith(name, field, value) => {
            Some(event(name, number, round + 1, Some((field, value))))
        }
        _ => word(machine, case, says, round).await,
    }
}

/// The next word is said, and everything that follows runs to its end.
pub async fn say(machine: &Machine, case: &Case, says: Says, number: usize, round: usize) {
    if let Some(said) = next(machine, case, says, number, round).await {
        return machine.send(&[said]).await;
    }
    if let Says::Nothing(days) = says {
        let now = machine.host.clock().now();
        machine.forward_to(now + SignedDuration::from_hours(24 * days));
        machine.sweeps(1).await;
    }
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
