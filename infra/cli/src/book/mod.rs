//! A company's definitions as a book to read in: what starts what, who answers for what, and each workflow as a page.
//! It must not print, nor read a folder; nothing in it knows a running case.

mod drawing;
mod duty;
mod ends;
mod lines;
mod markdown;
mod marks;
mod orphan;
mod page;
mod path;
mod step;
mod who;

#[cfg(test)]
pub mod sample;

use std::collections::BTreeMap;

use domain::company::Team;
use domain::definition::Workflow;
use domain::id::WorkflowId;
use loader::Workspace;

pub use duty::{Duties, duties};
pub use ends::{DeadEnd, dead_ends};
pub use lines::{drawn, ends, section};
pub use orphan::Orphan;
pub use page::{Links, MADE, file_name, index, page};
pub use path::{Branch, Seen, Sent, What, follow, sent_events};
pub use step::{StepTold, told};
pub use who::Who;

use marks::Marks;

/// The definitions of one company, with what only their files say.
#[derive(Debug)]
pub struct Book<'a> {
    pub team: &'a Team,
    pub workflows: &'a [Workflow],
    marks: BTreeMap<WorkflowId, Marks>,
    files: &'a BTreeMap<String, String>,
}

impl<'a> Book<'a> {
    /// `files`: what `workspace` was loaded from, by their paths.
    pub fn new(workspace: &'a Workspace, files: &'a BTreeMap<String, String>) -> Self {
        Self {
            team: &workspace.team,
            workflows: &workspace.workflows,
            marks: marks::read(files),
            files,
        }
    }

    pub fn workflow(&self, id: &WorkflowId) -> Option<&'a Workflow> {
        self.workflows.iter().find(|workflow| workflow.id == *id)
    }

    /// The file that states it, such as `workflows/ready_for_qa.yaml`.
    pub fn file(&self, id: &WorkflowId) -> Option<&str> {
        self.marks.get(id).map(|marks| marks.file.as_str())
    }

    pub fn is_critical(&self, id: &WorkflowId) -> bool {
        self.marks.get(id).is_some_and(|marks| marks.critical)
    }

    /// The notes that people wrote for it: their file and its text.
    pub fn notes(&self, workflow: &Workflow) -> Option<(&'a str, &'a str)> {
        let (path, text) = self.files.get_key_value(workflow.runbook.as_ref()?)?;
        Some((path, text))
    }

    fn is_marked_unheard(&self, workflow: &WorkflowId, step: &domain::id::StepId) -> bool {
        self.marks
            .get(workflow)
            .is_some_and(|marks| marks.unheard.contains(step))
    }
}

/// `a`, `a and b`, `a, b and c`; with `word` for `and`.
pub fn listed(names: &[impl AsRef<str>], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", first.join(", "), last.as_ref())
        }
    }
}
