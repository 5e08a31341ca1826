//! Follows one event over all files: what it starts, what that emits and starts in turn, down to the ends.
//! It must not know steps beyond what they set off.

use std::collections::BTreeSet;

use domain::definition::{Action, Workflow};
use domain::event::WORKFLOW_SOURCE;
use domain::id::{StepId, WorkflowId};
use serde::Serialize;

use super::Book;
use super::moved::moved;

/// What a project's milestone says when it is done.
const MILESTONE_EVENT: &str = "milestone.done";

/// A kind of event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Sent {
    /// The tool, or `baton.workflow`.
    pub from: String,
    pub event: String,
}

impl Sent {
    pub fn by_workflow(event: &str) -> Self {
        Self {
            from: WORKFLOW_SOURCE.to_owned(),
            event: event.to_owned(),
        }
    }

    /// Whether `asked` names it: `contract.signed` or `esign:contract.signed`.
    pub fn is(&self, asked: &str) -> bool {
        self.event == asked
            || asked
                .strip_suffix(&self.event)
                .and_then(|from| from.strip_suffix(':'))
                == Some(&self.from)
    }
}

/// One thing on the path and what it sets off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// The steps of the workflow above that set it off; none where an event does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<StepId>,
    pub what: What,
    pub seen: Seen,
    /// For an event that nobody hears: whether its step says `unheard: true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked_unheard: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Branch>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Event(Sent),
    Workflow(WorkflowId),
    /// In every running case of the workflow that shares the event's values.
    InCase {
        workflow: WorkflowId,
        /// A step, a clock, or the value that is given anew.
        what: String,
        does: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Followed here.
    First,
    /// Followed on another branch; not told twice.
    Before,
    /// It stands above on this very branch: the path goes round.
    Cycle,
}

impl Branch {
    /// The workflows of the path, each once, in the order in which they are reached or moved.
    pub fn workflows(&self) -> Vec<&WorkflowId> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    /// Whether it starts any workflow.
    pub fn starts(&self) -> bool {
        self.then
            .iter()
            .any(|branch| matches!(branch.what, What::Workflow(_)))
    }

    fn collect<'b>(&'b self, found: &mut Vec<&'b WorkflowId>) {
        let id = match &self.what {
            What::Workflow(id) if self.seen == Seen::First => Some(id),
            What::InCase { workflow, .. } => Some(workflow),
            What::Workflow(_) | What::Event(_) => None,
        };
        if let Some(id) = id.filter(|id| !found.contains(id)) {
            found.push(id);
        }
        for branch in &self.then {
            branch.collect(found);
        }
    }

    /// How many of its branches close a circle.
    pub fn cycles(&self) -> usize {
        usize::from(self.seen == Seen::Cycle) + self.then.iter().map(Self::cycles).sum::<usize>()
    }
}

/// The whole path from one event. It ends whatever the files say: everything is followed once.
pub fn follow(event: &Sent, book: &Book<'_>) -> Branch {
    let mut walk = Walk {
        book,
        above: Vec::new(),
        seen: BTreeSet::new(),
    };
    walk.branch(What::Event(event.clone()), Vec::new(), None)
}

struct Walk<'b, 'a> {
    book: &'b Book<'a>,
    above: Vec<What>,
    seen: BTreeSet<What>,
}

impl Walk<'_, '_> {
    fn branch(&mut self, what: What, by: Vec<StepId>, marked_unheard: Option<bool>) -> Branch {
        let seen = if self.above.contains(&what) {
            Seen::Cycle
        } else if self.seen.insert(what.clone()) {
            Seen::First
        } else {
            Seen::Before
        };
        let mut then = Vec::new();
        if seen == Seen::First {
            self.above.push(what.clone());
            then = self.set_off(&what);
            self.above.pop();
        }
        Branch {
            by,
            what,
            seen,
            marked_unheard,
            then,
        }
    }

    fn set_off(&mut self, what: &What) -> Vec<Branch> {
        match what {
            What::Event(event) => self.by_event(event),
            What::Workflow(id) => match self.book.workflow(id) {
                Some(workflow) => self.caused(workflow, causes(workflow)),
                None => Vec::new(),
            },
            What::InCase { .. } => Vec::new(),
        }
    }

    fn by_event(&mut self, event: &Sent) -> Vec<Branch> {
        let mut then: Vec<Branch> = listeners(self.book, event)
            .into_iter()
            .map(|workflow| self.branch(What::Workflow(workflow.id.clone()), Vec::new(), None))
            .collect();
        for moved in moved(self.book, event) {
            let what = What::InCase {
                workflow: moved.workflow.id.clone(),
                what: moved.what,
                does: moved.does,
            };
            let mut branch = self.branch(what, Vec::new(), None);
            if let Some(step) = moved.ends {
                let after = moved.workflow.from_step_on(step);
                let mut sets_off = causes(moved.workflow);
                for (_, by) in &mut sets_off {
                    by.retain(|step| after.contains(step));
                }
                sets_off.retain(|(_, by)| !by.is_empty());
                branch.then = self.caused(moved.workflow, sets_off);
            }
            then.push(branch);
        }
        then
    }

    fn caused(&mut self, workflow: &Workflow, causes: Vec<(What, Vec<StepId>)>) -> Vec<Branch> {
        let branches = causes.into_iter().map(|(what, by)| {
            let unheard = is_unheard(self.book, workflow, &what, &by);
            self.branch(what, by, unheard)
        });
        branches.collect()
    }
}

/// The workflows that an event may start, in the order of the files.
pub fn listeners<'a>(book: &Book<'a>, event: &Sent) -> Vec<&'a Workflow> {
    book.workflows
        .iter()
        .filter(|workflow| {
            workflow
                .starts_on
                .as_ref()
                .is_some_and(|on| on.from == event.from && on.event == event.event)
        })
        .collect()
}

/// Whether a step of any workflow waits for an event.
pub fn is_waited_for(book: &Book<'_>, event: &Sent) -> bool {
    let mut heard = book.workflows.iter().flat_map(Workflow::hears);
    heard.any(|heard| heard.from == event.from && heard.event == event.event)
}

/// What the steps of a workflow set off, each once with all its steps, in the order of the file.
pub fn causes(workflow: &Workflow) -> Vec<(What, Vec<StepId>)> {
    let mut causes: Vec<(What, Vec<StepId>)> = Vec::new();
    for step in &workflow.steps {
        let action = match &step.action {
            Action::Project { template } => Some(What::Workflow(template.clone())),
            Action::Emit { event, .. } => Some(What::Event(Sent::by_workflow(event))),
            _ => None,
        };
        let milestone = step
            .milestone
            .as_ref()
            .map(|_| What::Event(Sent::by_workflow(MILESTONE_EVENT)));
        for what in action.into_iter().chain(milestone) {
            match causes.iter_mut().find(|(known, _)| *known == what) {
                Some((_, by)) => by.push(step.id.clone()),
                None => causes.push((what, vec![step.id.clone()])),
            }
        }
    }
    causes
}

/// Whether the step says `unheard: true`: other tools listen.
pub fn is_marked_unheard(workflow: &Workflow, step: &StepId) -> bool {
    let action = workflow.step(step).map(|step| &step.action);
    matches!(action, Some(Action::Emit { unheard: true, .. }))
}

/// `None` when somebody listens; else whether all its steps say so.
fn is_unheard(book: &Book<'_>, workflow: &Workflow, what: &What, by: &[StepId]) -> Option<bool> {
    let What::Event(event) = what else {
        return None;
    };
    (listeners(book, event).is_empty() && !is_waited_for(book, event))
        .then(|| by.iter().all(|step| is_marked_unheard(workflow, step)))
}

/// Every kind of event that the files name: what tools send, what workflows emit, what workflows start on.
pub fn sent_events(book: &Book<'_>) -> BTreeSet<Sent> {
    let declared = book.team.sources.iter().flat_map(|(from, source)| {
        source.events.keys().map(|event| Sent {
            from: from.clone(),
            event: event.clone(),
        })
    });
    let emitted = book
        .workflows
        .iter()
        .flat_map(causes)
        .filter_map(|(what, _)| match what {
            What::Event(event) => Some(event),
            What::Workflow(_) | What::InCase { .. } => None,
        });
    let heard = book.workflows.iter().filter_map(|workflow| {
        workflow.starts_on.as_ref().map(|on| Sent {
            from: on.from.clone(),
            event: on.event.clone(),
        })
    });
    declared.chain(emitted).chain(heard).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::sample::{ROUND, files, workspace};

    #[test]
    fn an_event_is_asked_for_by_its_name_with_or_without_its_source() {
        let sent = Sent {
            from: "esign".to_owned(),
            event: "contract.signed".to_owned(),
        };
        for (asked, is) in [
            ("contract.signed", true),
            ("esign:contract.signed", true),
            ("tracker:contract.signed", false),
            (":contract.signed", false),
            ("esigncontract.signed", false),
            ("signed", false),
            ("", false),
        ] {
            assert_eq!(sent.is(asked), is, "{asked}");
        }
    }

    #[test]
    fn what_two_branches_reach_is_followed_once() {
        let mut made_up = ROUND.to_vec();
        // Both start on the same event, and both ask the same question.
        let second = ROUND[0].1.replace("workflow: ask", "workflow: ask_too");
        made_up.push(("workflows/ask_too.yaml", &second));
        let files = files(&made_up);
        let workspace = workspace(&files);
        let book = Book::new(&workspace, &files);
        let path = follow(&Sent::by_workflow("answer.given"), &book);
        let reached: Vec<_> = path.workflows().iter().map(|id| id.as_str()).collect();
        assert_eq!(reached, ["ask", "answer", "ask_too"]);
        assert_eq!(path.cycles(), 1);
        let [_, second] = path.then.as_slice() else {
            panic!("{path:?}")
        };
        let question = second.then.iter().find(
            |branch| matches!(&branch.what, What::Event(sent) if sent.event == "question.asked"),
        );
        assert_eq!(question.map(|branch| branch.seen), Some(Seen::Before));
        assert_eq!(question.map(|branch| branch.then.len()), Some(0));
    }
}
