//! What an event does to cases that run already: it ends waits and tasks of other tools, moves clocks, gives values anew.
//! It must not know which case it meets; the values that both must share decide that.

use domain::correlation::Heard;
use domain::definition::{Action, ClockTurn, Signal, Workflow};
use domain::id::StepId;

use super::path::Sent;
use super::{Book, listed};

/// One thing that an event does in a running case.
#[derive(Debug, Clone)]
pub struct Moved<'a> {
    pub workflow: &'a Workflow,
    /// The step or the clock; a value stands for itself.
    pub what: String,
    /// The step that it ends.
    pub ends: Option<&'a StepId>,
    /// `ends the wait, for the same proposal`
    pub does: String,
}

/// In the order of the files.
pub fn moved<'a>(book: &Book<'a>, event: &Sent) -> Vec<Moved<'a>> {
    let workflows = book.workflows.iter();
    workflows
        .flat_map(|workflow| in_workflow(workflow, event))
        .collect()
}

fn in_workflow<'a>(workflow: &'a Workflow, event: &Sent) -> Vec<Moved<'a>> {
    let is_it = |heard: &&Heard| heard.from == event.from && heard.event == event.event;
    let told = |what: &str, ends, does: &str, heard: &Heard| Moved {
        workflow,
        what: what.to_owned(),
        ends,
        does: format!("{does}{}", condition(heard)),
    };
    let steps = workflow.steps.iter().filter_map(|step| {
        let heard = step.action.hears().filter(is_it)?;
        let does = match &step.action {
            Action::Wait { .. } => "ends the wait".to_owned(),
            _ => format!("ends the task worked in {}", heard.from),
        };
        Some(told(step.id.as_str(), Some(&step.id), &does, heard))
    });
    let clocks = workflow.clocks.iter().flat_map(|clock| {
        clock.signals.iter().filter_map(|(turn, signal)| {
            let Signal::Event(heard) = signal else {
                return None;
            };
            is_it(&heard).then(|| told(clock.id.as_str(), None, turned(*turn), heard))
        })
    });
    let values = workflow.changes_on.iter().filter_map(|change| {
        let heard = Some(&change.heard).filter(is_it)?;
        let names: Vec<_> = change.takes.iter().map(|(name, _)| name.as_str()).collect();
        let names = listed(&names, "and");
        Some(told(&names, None, "is given anew", heard))
    });
    steps.chain(clocks).chain(values).collect()
}

fn turned(turn: ClockTurn) -> &'static str {
    match turn {
        ClockTurn::Starts => "starts the clock",
        ClockTurn::Pauses => "lets the clock rest",
        ClockTurn::Resumes => "lets the clock run on",
        ClockTurn::Stops => "stops the clock",
        ClockTurn::Reopens => "reopens the clock",
        ClockTurn::Cancels => "cancels the clock",
    }
}

/// `, for the same ticket, if it matches`
fn condition(heard: &Heard) -> String {
    let names: Vec<_> = heard.same.iter().map(|(_, name)| name.as_str()).collect();
    let pattern = match heard.pattern.is_null() {
        true => "",
        false => ", if it matches",
    };
    format!(", for the same {}{pattern}", listed(&names, "and"))
}
