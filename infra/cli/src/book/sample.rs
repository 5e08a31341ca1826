//! Companies for tests: the starter, and small made-up files put beside it.
//! It must not be part of the command.

use std::collections::BTreeMap;

use loader::Workspace;

use crate::carried::STARTER;

/// The starter's files with others beside or in place of them.
pub fn files(made_up: &[(&str, &str)]) -> BTreeMap<String, String> {
    let made_up = made_up.iter();
    STARTER
        .iter()
        .chain(made_up)
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

/// What is made up for a test has to be a company that may be applied.
pub fn workspace(files: &BTreeMap<String, String>) -> Workspace {
    let loaded = loader::load(files);
    loaded
        .workspace
        .unwrap_or_else(|| panic!("{}", loader::render(&loaded.problems, files, false)))
}

/// Asking and answering start each other, and both tell somebody who does not listen.
pub const ROUND: [(&str, &str); 2] = [
    (
        "workflows/ask.yaml",
        "workflow: ask
version: 1
title: Ask again
kind: operations
owner: ops_lead
runbook: runbooks/ready-for-qa.md
outcome: { measure: asked, from: start, to: asked, target: 1 business day }
starts_on: { event: answer.given, from: baton.workflow, once_per: detail.data.issue }
data: { issue: detail.data.issue }
steps:
  - { id: look, do: task, title: \"Look at {{ issue }}\", owner: ops_lead, within: 1 business day, outcomes: { ask: next, enough: next } }
  - { id: logged, do: emit, event: look.logged }
  - { id: asked, do: emit, event: question.asked, end: true }
",
    ),
    (
        "workflows/answer.yaml",
        "workflow: answer
version: 1
title: Answer
kind: operations
critical: true
owner: olga
backup: dana
runbook: runbooks/ready-for-qa.md
outcome: { measure: answered, from: start, to: given, target: 1 business day }
starts_on: { event: question.asked, from: baton.workflow, once_per: detail.data.issue }
data: { issue: detail.data.issue }
steps:
  - { id: say, do: task, title: \"Answer {{ issue }}\", owner: olga, within: 1 business day }
  - { id: given, do: emit, event: answer.given, end: true }
",
    ),
];
