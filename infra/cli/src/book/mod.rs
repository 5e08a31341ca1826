//! A company's definitions as a book to read in: what starts what, who answers for what, and each workflow as a page.
//! It must not print, nor read a folder; nothing in it knows a running case.

mod clock;
mod drawing;
mod duty;
mod ends;
mod html;
mod lines;
mod markdown;
mod moved;
mod orphan;
mod page;
mod path;
pub mod stale;
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
pub use html::{html, html_name};
pub use lines::{drawn, ends, section};
pub use orphan::Orphan;
pub use page::{Links, MADE, file_name, index, page};
pub use path::{Branch, Seen, Sent, What, follow, sent_events};
pub use step::{StepTold, spoken, told};
pub use who::Who;

/// The definitions of one company, with the files that state them.
#[derive(Debug)]
pub struct Book<'a> {
    pub team: &'a Team,
    pub workflows: &'a [Workflow],
    stated_in: &'a BTreeMap<WorkflowId, String>,
    files: &'a BTreeMap<String, String>,
}

impl<'a> Book<'a> {
    /// `files`: what `workspace` was loaded from, by their paths.
    pub fn new(workspace: &'a Workspace, files: &'a BTreeMap<String, String>) -> Self {
        Self {
            team: &workspace.team,
            workflows: &workspace.workflows,
            stated_in: &workspace.files,
            files,
        }
    }

    pub fn workflow(&self, id: &WorkflowId) -> Option<&'a Workflow> {
        self.workflows.iter().find(|workflow| workflow.id == *id)
    }

    /// The file that states it, such as `workflows/ready_for_qa.yaml`.
    pub fn file(&self, id: &WorkflowId) -> Option<&str> {
        self.stated_in.get(id).map(String::as_str)
    }

    /// The notes that people wrote for it: their file and its text.
    pub fn notes(&self, workflow: &Workflow) -> Option<(&'a str, &'a str)> {
        let (path, text) = self.files.get_key_value(workflow.runbook.as_ref()?)?;
        Some((path, text))
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
