//! What a workflow's file offers and promises, and what a case's history shows of it: the difference was not played.

use std::collections::BTreeSet;

use domain::calendar::BusinessSpan;
use domain::case::{Case, ClockChange, Effect, Fact, Notice, Record};
use domain::clock::Mark;
use domain::definition::{
    Action, CaseClockRule, ClockTurn, Next, ResponseRule, Step, Within, Workflow,
};
use domain::id::StepId;

/// A workflow, its step or clock, and what it can end with or say.
pub type Seen = (String, String, String);

const DONE: &str = "done";
const BY_ITS_TOOL: &str = "done, says its tool";
const LATE: &str = "late";
const NOBODY: &str = "nobody is free";
const TOO_OFTEN: &str = "sent back too often";
const ANOTHER_TARGET: &str = "given another target";
const IN_TIME: &str = "warned before the deadline";
/// Marks nearer to each other than a sweep looks ahead are waited for in real time; p31 does, here they are passed.
const PASSED: BusinessSpan = BusinessSpan::Seconds(5 * 60);

fn seen(workflow: &Workflow, step: &StepId, what: impl Into<String>) -> Seen {
    (workflow.id.0.clone(), step.0.clone(), what.into())
}

/// Every way in which a step can end and be given back, and everything that moves a clock of the case.
pub fn offered(workflow: &Workflow) -> BTreeSet<Seen> {
    let of_step = |step: &Step| {
        let mut ends: Vec<String> = match &step.action {
            Action::Task {
                outcomes: named, ..
            }
            | Action::Approve { choices: named, .. } => {
                named.iter().map(|(name, _)| name.clone()).collect()
            }
            Action::Branch { ways, .. } => {
                let ways = ways.iter().map(|(condition, _)| condition.text.clone());
                ways.chain(["otherwise".to_owned()]).collect()
            }
            _ => Vec::new(),
        };
        if ends.is_empty() {
            ends.push(DONE.to_owned());
        }
        match &step.action {
            Action::Task {
                tracks: Some(_), ..
            } => ends.push(BY_ITS_TOOL.to_owned()),
            Action::Wait { .. } => ends.push(LATE.to_owned()),
            Action::Assign { .. } => ends.push(NOBODY.to_owned()),
            _ => {}
        }
        if is_somebodys(step)
            && workflow.rounds_into(&step.id).is_some()
            && comes_again(workflow, step)
        {
            ends.push(TOO_OFTEN.to_owned());
        }
        ends.into_iter()
            .map(|end| seen(workflow, &step.id, end))
            .collect::<Vec<_>>()
    };
    let of_clock = |clock: &CaseClockRule| {
        let mut turns: Vec<_> = clock
            .signals
            .iter()
            .map(|(turn, _)| turn_words(*turn))
            .collect();
        if matches!(clock.rule.within, Within::By { .. }) {
            turns.push(ANOTHER_TARGET);
        }
        let turns = turns.into_iter();
        turns
            .map(|turn| seen(workflow, &clock.id, turn))
            .collect::<Vec<_>>()
    };
    let of_steps = workflow.steps.iter().flat_map(of_step);
    of_steps
        .chain(workflow.clocks.iter().flat_map(of_clock))
        .collect()
}

fn turn_words(turn: ClockTurn) -> &'static str {
    match turn {
        ClockTurn::Cancels => "cancelled",
        ClockTurn::Stops => "stopped",
        ClockTurn::Pauses => "paused",
        ClockTurn::Resumes => "resumed",
        ClockTurn::Reopens => "reopened",
        ClockTurn::Starts => "started",
    }
}

fn change_words(how: ClockChange) -> &'static str {
    match how {
        ClockChange::Cancelled => turn_words(ClockTurn::Cancels),
        ClockChange::Stopped => turn_words(ClockTurn::Stops),
        ClockChange::Paused => turn_words(ClockTurn::Pauses),
        ClockChange::Resumed => turn_words(ClockTurn::Resumes),
        ClockChange::Reopened => turn_words(ClockTurn::Reopens),
        ClockChange::Retargeted => ANOTHER_TARGET,
        ClockChange::HoursEdited => "follows other hours",
    }
}

fn is_somebodys(step: &Step) -> bool {
    let action = &step.action;
    matches!(
        action,
        Action::Task { .. } | Action::Checklist { .. } | Action::Approve { .. }
    )
}

/// Whether the way that leads on from a step can lead to it again.
fn comes_again(workflow: &Workflow, from: &Step) -> bool {
    let mut reached = BTreeSet::new();
    let mut waiting = after(workflow, from);
    while let Some(id) = waiting.pop() {
        if reached.insert(id.clone())
            && let Some(step) = workflow.step(&id)
        {
            waiting.extend(after(workflow, step));
        }
    }
    reached.contains(&from.id)
}

fn after(workflow: &Workflow, step: &Step) -> Vec<StepId> {
    let named: Vec<&Next> = match &step.action {
        Action::Task {
            outcomes: named, ..
        }
        | Action::Approve { choices: named, .. } => named.iter().map(|(_, next)| next).collect(),
        Action::Branch { ways, otherwise } => ways
            .iter()
            .map(|(_, next)| next)
            .chain([otherwise])
            .collect(),
        Action::Wait { if_late, .. } => vec![if_late],
        _ => Vec::new(),
    };
    let led = named.into_iter().filter_map(|next| match next {
        Next::Step { step, .. } => Some(step.clone()),
        Next::Onward | Next::Stop => None,
    });
    let follows = workflow
        .steps
        .iter()
        .filter(|next| next.after.contains(&step.id));
    led.chain(follows.map(|next| next.id.clone())).collect()
}

/// How the steps of a case have ended, and what has moved its clocks. Whatever was sent back too often is the workflow owner's.
pub fn ended(workflow: &Workflow, case: &Case, history: &[Record]) -> BTreeSet<Seen> {
    let mut ends = BTreeSet::new();
    for fact in history.iter().flat_map(|record| &record.facts) {
        match fact {
            Fact::StepDone {
                step, outcome, by, ..
            } => {
                let is_tracked = matches!(
                    workflow.step(step).map(|step| &step.action),
                    Some(Action::Task {
                        tracks: Some(_),
                        ..
                    })
                );
                let plain = if is_tracked && by.is_none() {
                    BY_ITS_TOOL
                } else {
                    DONE
                };
                ends.insert(seen(workflow, step, outcome.as_deref().unwrap_or(plain)));
            }
            Fact::ClockStarted { step, .. } => {
                ends.insert(seen(workflow, step, turn_words(ClockTurn::Starts)));
            }
            Fact::ClockChanged { step, how, .. } => {
                ends.insert(seen(workflow, step, change_words(*how)));
            }
            Fact::NobodyFree { step, .. } => {
                ends.insert(seen(workflow, step, NOBODY));
            }
            Fact::TaskOpened { step, run, task }
                if workflow
                    .rounds_into(step)
                    .is_some_and(|rounds| *run > rounds) =>
            {
                assert_eq!(task.owner, case.owner, "{step} of {}", case.workflow);
                ends.insert(seen(workflow, step, TOO_OFTEN));
            }
            _ => {}
        }
    }
    ends
}

fn rules(workflow: &Workflow) -> impl Iterator<Item = (&StepId, &ResponseRule)> {
    let of_steps = workflow
        .steps
        .iter()
        .filter_map(|step| Some((&step.id, step.clock.as_ref()?)));
    of_steps.chain(workflow.clocks.iter().map(|clock| (&clock.id, &clock.rule)))
}

/// Every mark of every clock.
pub fn promised(workflow: &Workflow) -> BTreeSet<Seen> {
    let of_rule = |(step, rule): (&StepId, &ResponseRule)| {
        let warnings = rule.warnings().into_iter().map(Mark::Warning);
        let rungs = rule.rungs().into_iter().map(Mark::Rung);
        let marks = warnings.chain([Mark::Breach]).chain(rungs);
        let mut marks: Vec<_> = marks.map(|mark| mark.to_string()).collect();
        if !rule.warn_at.is_empty() && !rule.within.spans().contains(&PASSED) {
            marks.push(IN_TIME.to_owned());
        }
        marks
            .into_iter()
            .map(|mark| seen(workflow, step, mark))
            .collect::<Vec<_>>()
    };
    rules(workflow).flat_map(of_rule).collect()
}

/// The marks that a case's clocks have told, and, as `<person>: <title>`, who was owed a word about them.
pub fn told(workflow: &Workflow, history: &[Record]) -> (BTreeSet<Seen>, Vec<(String, String)>) {
    let (mut marks, mut words) = (BTreeSet::new(), Vec::new());
    for record in history {
        for fact in &record.facts {
            match fact {
                Fact::MarkFired { step, mark, .. } => {
                    marks.insert(seen(workflow, step, mark.to_string()));
                }
                Fact::EffectOwed {
                    effect: Effect::Notice { to, notice },
                    ..
                } => match notice {
                    Notice::DeadlineNear {
                        step,
                        title,
                        due_at,
                        ..
                    } => {
                        if record.at < *due_at {
                            marks.insert(seen(workflow, step, IN_TIME));
                        }
                        words.push((to.0.clone(), title.clone()));
                    }
                    Notice::DeadlineMissed { title, .. } | Notice::Escalated { title, .. } => {
                        words.push((to.0.clone(), title.clone()));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }
    (marks, words)
}
