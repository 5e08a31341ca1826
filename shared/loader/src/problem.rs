//! A problem of a workspace file: which rule, where, what is wrong and how to mend it.
//! It must not know how problems are shown.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

/// One thing to mend. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `V1` to `V25`; the list is in the README of this folder.
    pub rule: String,
    pub severity: Severity,
    /// Path relative to the workspace.
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// The step it belongs to, if it belongs to one.
    pub step: Option<String>,
    pub message: String,
    /// How to mend it.
    pub help: String,
    /// How many characters the excerpt underlines.
    #[serde(skip)]
    pub(crate) width: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The workspace can not be applied.
    Error,
    Warning,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub line: usize,
    pub column: usize,
    pub width: usize,
}

impl At {
    pub(crate) const START: At = At {
        line: 1,
        column: 1,
        width: 1,
    };
}

/// Where the problems of one file are told to. Shared by everything that reads the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sink<'a> {
    file: &'a str,
    step: Option<&'a str>,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(file: &'a str, problems: &'a RefCell<Vec<Problem>>) -> Self {
        Self {
            file,
            step: None,
            problems,
        }
    }

    pub(crate) fn of_step(self, step: &'a str) -> Self {
        Self {
            step: Some(step),
            ..self
        }
    }

    pub(crate) fn file(&self) -> &'a str {
        self.file
    }

    pub(crate) fn error(
        &self,
        rule: &str,
        at: At,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.tell(Severity::Error, rule, at, message.into(), help.into());
    }

    pub(crate) fn warning(
        &self,
        rule: &str,
        at: At,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.tell(Severity::Warning, rule, at, message.into(), help.into());
    }

    pub(crate) fn tell(
        &self,
        severity: Severity,
        rule: &str,
        at: At,
        message: String,
        help: String,
    ) {
        self.problems.borrow_mut().push(Problem {
            rule: rule.to_owned(),
            severity,
            file: self.file.to_owned(),
            line: at.line,
            column: at.column,
            step: self.step.map(str::to_owned),
            message,
            help,
            width: at.width,
        });
    }
}

/// The known name that `wrong` was probably meant to be.
pub(crate) fn did_you_mean<'k>(
    wrong: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    // A name of thousands of characters is no slip of the pen, and comparing it would cost its square.
    if wrong.len() > 100 {
        return None;
    }
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count() / 4)
        .min()
        .map(|(_, name)| name)
}

/// `did you mean …?`, or what there is to choose from.
pub(crate) fn suggest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    if let Some(name) = did_you_mean(wrong, known.clone()) {
        return format!("did you mean `{name}`?");
    }
    let mut names: Vec<_> = known.into_iter().collect();
    names.sort_unstable();
    match names.len() {
        0 => "there is none yet".to_owned(),
        1..=12 => format!("there is: {}", names.join(", ")),
        _ => format!("there is: {}, …", names[..12].join(", ")),
    }
}
