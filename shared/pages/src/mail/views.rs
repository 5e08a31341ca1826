//! What Baton's own mails say, and their templates. Times are texts in the reader's zone by now.
//! It must not look anything up.

use serde::Serialize;

use super::{MailError, Rendered, render, render_in};

/// A task, checklist or decision that is now somebody's.
#[derive(Debug, Clone, Serialize)]
pub struct HandedOver {
    pub reader: String,
    /// `task`, `checklist` or `decision`.
    pub kind: &'static str,
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
    pub case: String,
    pub step: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Before {
    pub by: String,
    pub step: String,
    pub outcome: Option<String>,
}

/// A deadline that comes near, or was missed.
#[derive(Debug, Clone, Serialize)]
pub struct Deadline {
    pub reader: String,
    pub title: String,
    pub case_title: String,
    pub due: String,
    /// Time from the mail to the deadline, or since it: `1 h 40 min`.
    pub left: String,
    /// When the warning itself comes late, by how much.
    pub late: Option<String>,
    pub case: String,
    pub step: String,
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
