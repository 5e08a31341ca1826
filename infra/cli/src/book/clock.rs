//! The clocks of a case in words: what each promises, who answers for it, and what moves it.
//! It must not know how the words are laid out around it.

use domain::correlation::Heard;
use domain::definition::{CaseClockRule, ClockTurn, Signal, Workflow};

use super::markdown::{code, plain};
use super::who::Who;
use super::{Book, listed, step};

/// What is done to the clock, in the order in which people tell it.
const TOLD: [(ClockTurn, &str); 6] = [
    (ClockTurn::Starts, "starts"),
    (ClockTurn::Pauses, "pauses"),
    (ClockTurn::Resumes, "goes on"),
    (ClockTurn::Stops, "stops"),
    (ClockTurn::Reopens, "is reopened"),
    (ClockTurn::Cancels, "is cancelled"),
];

/// The clocks of a workflow and the events that change its values, a list; empty when it has none.
pub fn clocks(workflow: &Workflow, book: &Book<'_>) -> String {
    let clocks = workflow
        .clocks
        .iter()
        .map(|clock| one(clock, workflow, book));
    let changes = workflow.changes_on.iter().map(|change| {
        let names: Vec<_> = change.takes.iter().map(|(name, _)| code(name)).collect();
        format!(
            "- {} changes {}",
            event(&change.heard),
            listed(&names, "and")
        )
    });
    clocks.chain(changes).collect::<Vec<_>>().join("\n")
}

fn one(clock: &CaseClockRule, workflow: &Workflow, book: &Book<'_>) -> String {
    let warnings: Vec<_> = clock.rule.warn_at.iter().map(ToString::to_string).collect();
    let warns = match warnings.as_slice() {
        [] => String::new(),
        some => format!(", warns at {}", listed(some, "and")),
    };
    let owner = Who::of(clock.owner.as_ref().unwrap_or(&workflow.owner), book.team);
    let mut lines = vec![
        format!(
            "- {}: {}, within {}{warns}",
            code(clock.id.as_str()),
            plain(&step::spoken(&clock.title)),
            clock.rule.within
        ),
        format!("owner: **{}**", plain(&owner.text())),
    ];
    if let Some(calendar) = &clock.rule.calendar {
        lines.push(format!("counts the hours of {}", code(calendar)));
    }
    for rung in &clock.rule.escalate {
        let to = Who::of(&rung.to, book.team);
        lines.push(format!("at {} told to **{}**", rung.at, plain(&to.text())));
    }
    for (turn, word) in TOLD {
        let on: Vec<_> = clock
            .signals
            .iter()
            .filter(|(does, _)| *does == turn)
            .map(|(_, signal)| match signal {
                Signal::Start => "with the case".to_owned(),
                Signal::End => "with the end of the case".to_owned(),
                Signal::Event(heard) => format!("on {}", event(heard)),
            })
            .collect();
        if !on.is_empty() {
            lines.push(format!("{word} {}", listed(&on, "or")));
        }
    }
    if !clock.after.is_empty() {
        let after: Vec<_> = clock.after.iter().map(|id| code(id.as_str())).collect();
        lines.push(format!("only once {} was stopped", listed(&after, "and")));
    }
    lines.join("\n  - ")
}

fn event(heard: &Heard) -> String {
    let pattern = match &heard.pattern {
        serde_json::Value::Null => String::new(),
        pattern => format!(" that fits {}", code(&pattern.to_string())),
    };
    format!("{} from {}{pattern}", code(&heard.event), code(&heard.from))
}
