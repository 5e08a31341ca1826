//! What Baton's own mails say, and their templates. Times are texts in the reader's zone by now.
//! It must not look anything up.

use serde::Serialize;

use super::{MailError, Rendered, render, render_in};

/// A task, checklist or decision that is now somebody's.
#[derive(Debug, Clone, Serialize)]
pub struct HandedOver {
    pub reader: String,
    pub kind: Kind,
    pub title: String,
    pub case_title: String,
    pub client: Option<String>,
    /// In the reader's zone: `Tuesday 24 November, 17:00`.
    pub due: Option<String>,
    /// What was finished before, by whom, and how it ended.
    pub before: Option<Before>,
    /// Of a checklist.
    pub items: Vec<String>,
    /// Of a decision, or of a task that ends in one of several ways.
    pub choices: Vec<String>,
    /// 2 or more: it came back.
    pub round: u32,
    /// Who gave it away, when it was handed on in the middle.
    pub handed_by: Option<String>,
    pub page: Option<Page>,
    pub case: String,
    pub step: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Before {
    pub by: String,
    pub step: String,
    pub outcome: Option<String>,
}

/// What somebody answers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Task,
    Checklist,
    Decision,
    /// Work that is done in another tool: its clock stops when that tool tells of it.
    Elsewhere,
}

/// Where to say "I have it" and to hand over.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    pub address: String,
    /// Whether it can be ended there, too.
    pub ends: bool,
}

/// A deadline that comes near, or was missed.
#[derive(Debug, Clone, Serialize)]
pub struct Deadline {
    pub reader: String,
    pub kind: Kind,
    pub title: String,
    pub case_title: String,
    pub due: String,
    /// Time from the mail to the deadline, or since it: `1 h 40 min`.
    pub left: String,
    /// The deadline has passed: of a warning, that it comes too late.
    pub missed: bool,
    /// When the warning itself comes late, by how much.
    pub late: Option<String>,
    pub page: Option<Page>,
    pub case: String,
    pub step: String,
}

/// Somebody else's deadline, told to the next on the ladder.
#[derive(Debug, Clone, Serialize)]
pub struct Escalated {
    pub reader: String,
    /// Whose task it is.
    pub owner: String,
    pub title: String,
    pub case_title: String,
    pub due: String,
    /// Time to the deadline, or since it.
    pub left: String,
    pub missed: bool,
    pub late: Option<String>,
    pub page: Option<String>,
    pub case: String,
    pub step: String,
}

/// A case that nothing moves.
#[derive(Debug, Clone, Serialize)]
pub struct Stuck {
    pub reader: String,
    pub case_title: String,
    pub since: String,
    pub times: u32,
    pub waits: Vec<Wait>,
    pub case: String,
}

/// What a case waits for, with who has it.
#[derive(Debug, Clone, Serialize)]
pub struct Wait {
    pub what: String,
    /// Where to take it over, or to hand it to somebody.
    pub page: Option<String>,
}

/// What could not be carried out.
#[derive(Debug, Clone, Serialize)]
pub struct Parked {
    pub reader: String,
    /// `1 thing`, `3 things`.
    pub count: String,
    pub one: bool,
    pub items: Vec<ParkedItem>,
    pub more: u32,
}

#[derive(Debug, Clone, Serialize)]
pub struct ParkedItem {
    /// What `baton redrive` calls it by.
    pub id: String,
    pub title: String,
    pub reason: String,
}

/// Work is done that is billed by time, and nobody has said how long it took.
#[derive(Debug, Clone, Serialize)]
pub struct TimeMissing {
    pub reader: String,
    pub title: String,
    pub case_title: String,
    pub client: Option<String>,
    pub suggestion: Option<TimeSuggestion>,
    /// The day on which it was done, `2026-11-23`.
    pub on: String,
    /// The reader's id.
    pub by: String,
    /// Where to say it.
    pub page: Option<String>,
    pub case: String,
    pub step: String,
}

/// What the same step took before.
#[derive(Debug, Clone, Serialize)]
pub struct TimeSuggestion {
    pub minutes: u32,
    /// `1 h 30 min`.
    pub words: String,
    pub runs: usize,
}

/// The mail that an invoice is attached to.
#[derive(Debug, Clone, Serialize)]
pub struct InvoiceCover {
    /// `de` or `en`.
    pub language: &'static str,
    pub number: String,
    pub line: String,
    pub total: String,
    pub due_date: String,
    pub file_name: String,
    pub seller: String,
}

impl HandedOver {
    pub fn render(&self) -> Result<Rendered, MailError> {
        render(include_str!("../../mails/handed_over.txt"), self)
    }
}

impl Deadline {
    pub fn render_near(&self) -> Result<Rendered, MailError> {
        render(include_str!("../../mails/deadline_near.txt"), self)
    }

    pub fn render_missed(&self) -> Result<Rendered, MailError> {
        render(include_str!("../../mails/deadline_missed.txt"), self)
    }
}

impl Escalated {
    pub fn render(&self) -> Result<Rendered, MailError> {
        render(include_str!("../../mails/escalated.txt"), self)
    }
}

impl Stuck {
    pub fn render(&self) -> Result<Rendered, MailError> {
        render(include_str!("../../mails/stuck.txt"), self)
    }
}

impl Parked {
    pub fn render(&self) -> Result<Rendered, MailError> {
        render(include_str!("../../mails/parked.txt"), self)
    }
}

impl TimeMissing {
    pub fn render(&self) -> Result<Rendered, MailError> {
        render(include_str!("../../mails/time_missing.txt"), self)
    }
}

impl InvoiceCover {
    pub fn render(&self) -> Result<Rendered, MailError> {
        match self.language {
            "de" => render_in("de", include_str!("../../mails/invoice_cover.de.txt"), self),
            _ => render(include_str!("../../mails/invoice_cover.en.txt"), self),
        }
    }

    /// The same document again, with what is still open as its `total`.
    pub fn render_reminder(&self) -> Result<Rendered, MailError> {
        let german = include_str!("../../mails/invoice_reminder.de.txt");
        match self.language {
            "de" => render_in("de", german, self),
            _ => render(include_str!("../../mails/invoice_reminder.en.txt"), self),
        }
    }

    /// The document is a credit note.
    pub fn render_credit(&self) -> Result<Rendered, MailError> {
        match self.language {
            "de" => render_in("de", include_str!("../../mails/credit_cover.de.txt"), self),
            _ => render(include_str!("../../mails/credit_cover.en.txt"), self),
        }
    }
}
