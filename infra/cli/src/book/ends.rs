//! Finds the dead ends of all files together: what is said and not heard, what is declared and starts nothing.
//! It must not judge whether that is wrong; another tool may listen.

use domain::id::{StepId, WorkflowId};
use serde::Serialize;

use super::Book;
use super::path::{Sent, What, causes, is_marked_unheard, is_waited_for, listeners};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadEnd {
    /// A workflow emits it and no workflow starts on it or waits for it.
    Unheard {
        event: String,
        workflow: WorkflowId,
        step: StepId,
        /// The step says `unheard: true`: other tools listen.
        marked: bool,
    },
    /// team.yaml declares it and no workflow starts on it or waits for it.
    StartsNothing { event: String, from: String },
}

pub fn dead_ends(book: &Book<'_>) -> Vec<DeadEnd> {
    let mut ends = Vec::new();
    for workflow in book.workflows {
        for (what, by) in causes(workflow) {
            let What::Event(event) = what else { continue };
            if !listeners(book, &event).is_empty() || is_waited_for(book, &event) {
                continue;
            }
            ends.extend(by.into_iter().map(|step| DeadEnd::Unheard {
                event: event.event.clone(),
                workflow: workflow.id.clone(),
                marked: is_marked_unheard(workflow, &step),
                step,
            }));
        }
    }
    // What nobody meant stands first.
    ends.sort_by_key(|end| matches!(end, DeadEnd::Unheard { marked: true, .. }));
    for (from, source) in &book.team.sources {
        for event in source.events.keys() {
            let sent = Sent {
                from: from.clone(),
                event: event.clone(),
            };
            if listeners(book, &sent).is_empty() && !is_waited_for(book, &sent) {
                ends.push(DeadEnd::StartsNothing {
                    event: sent.event,
                    from: sent.from,
                });
            }
        }
    }
    ends
}
