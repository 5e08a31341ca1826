//! Where an invoice stands, from its draft to the money, and what can happen to it.
//! It must not change a word of the document, nor know how a mail or an event leaves.

mod after;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::draft::Kind;
use super::invoice::Invoice;
use super::money::{Currency, Minor, Money, MoneyError};
use super::series::InvoiceNumber;

/// Where an invoice stands. The document itself never changes; this stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    pub stands: Stands,
    pub kind: Kind,
    pub currency: Currency,
    /// What was to be paid when it was issued.
    pub due: Minor,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Payment>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// Ids of the bounces, disputes and settlements that were heard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<String>,
    /// When to remind, earliest first; each is passed once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reminders: Vec<Timestamp>,
    /// How many of the reminders have been sent or overtaken.
    #[serde(default)]
    pub reminded: usize,
}

/// The states. `Bounced`, `Disputed` and `Credited` are side states: the way to the money leads around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Stands {
    /// Not numbered yet, and why not.
    Draft {
        waits: Waits,
    },
    Approved {
        by: String,
    },
    /// Numbered; its mail is on the way.
    Issued,
    Mailed {
        at: Timestamp,
    },
    Bounced {
        at: Timestamp,
        address: String,
        reason: String,
    },
    Disputed {
        at: Timestamp,
        by: Option<String>,
        reason: String,
    },
    Paid {
        on: Date,
    },
    /// Credit notes have taken back all of it, and this was the last.
    Credited {
        note: InvoiceNumber,
    },
}

/// What a draft waits for; nobody resends anything once it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Waits {
    /// Somebody's word that holds it back.
    Hold { reason: String },
    /// It is above what the client's rules let pass unseen.
    Approval { above: Minor },
    /// What a valid invoice needs and the files do not say.
    Missing { what: String },
    /// Somebody declined to approve it.
    Declined { by: String },
}

/// Money that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The payer's or the bank's own id: the same one twice is the same money.
    pub id: String,
    pub on: Date,
    pub amount: Minor,
}

/// A credit note that takes back part of the invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    pub note: InvoiceNumber,
    pub amount: Minor,
}

/// What can happen to an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Happened {
    Waits(Waits),
    Approved {
        by: String,
    },
    Declined {
        by: String,
    },
    Issued,
    Mailed {
        at: Timestamp,
    },
    Bounced {
        /// The event's id, by which a repeat is told.
        id: String,
        at: Timestamp,
        address: String,
        reason: String,
    },
    Paid {
        payment: Payment,
        currency: Currency,
    },
    Disputed {
        id: String,
        at: Timestamp,
        by: Option<String>,
        reason: String,
    },
    /// The client takes the dispute back, or it was settled.
    Settled {
        id: String,
        at: Timestamp,
        by: String,
    },
    Credited(Credit),
    /// The time of a reminder has come.
    ReminderDue {
        at: Timestamp,
    },
    ResendAsked {
        at: Timestamp,
        by: String,
    },
}

impl Happened {
    /// The id by which a second delivery of the same news is told.
    fn heard_as(&self) -> Option<&String> {
        match self {
            Happened::Bounced { id, .. }
            | Happened::Disputed { id, .. }
            | Happened::Settled { id, .. } => Some(id),
            // These tell a repeat by what they say.
            Happened::Waits(_)
            | Happened::Approved { .. }
            | Happened::Declined { .. }
            | Happened::Issued
            | Happened::Mailed { .. }
            | Happened::Paid { .. }
            | Happened::Credited(_)
            | Happened::ReminderDue { .. }
            | Happened::ResendAsked { .. } => None,
        }
    }
}

/// A mail that carries the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    First,
    Again,
    /// The `level`-th reminder, from 1.
    Reminder {
        level: usize,
    },
}

/// What a change owes to the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owes {
    Mail(Letter),
    /// Other workflows may want to know.
    News(News),
    /// Somebody has to look: a person's task, in a sentence.
    Attention {
        about: &'static str,
        text: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    ApprovalNeeded,
    Paid,
    Disputed,
    Credited,
}

/// The event by which somebody is asked to look at an invoice.
pub const ATTENTION_EVENT: &str = "invoice.attention";
/// Every event that an invoice itself sends from `baton.workflow`.
pub const INVOICE_EVENTS: [&str; 5] = [
    ATTENTION_EVENT,
    "invoice.approval_needed",
    "invoice.paid",
    "invoice.in_dispute",
    "invoice.credited",
];
/// What each of them carries.
pub const INVOICE_EVENT_FIELDS: [&str; 8] = [
    "attention",
    "about",
    "text",
    "invoice",
    "title",
    "total",
    "client_id",
    "owed_by",
];

impl News {
    /// The detail-type under which it goes out.
    pub fn event(self) -> &'static str {
        match self {
            News::ApprovalNeeded => "invoice.approval_needed",
            News::Paid => "invoice.paid",
            News::Disputed => "invoice.in_dispute",
            News::Credited => "invoice.credited",
        }
    }
}

/// The invoice as it stands afterwards, and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub life: Life,
    pub owes: Vec<Owes>,
}

/// Why nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoChange {
    /// It has happened before.
    #[error("{0}")]
    Repeat(String),
    /// It can not happen; the text says why and what to do.
    #[error("{0}")]
    Never(String),
}

impl Life {
    pub fn draft(kind: Kind, currency: Currency, due: Minor, waits: Waits) -> Life {
        Life {
            stands: Stands::Draft { waits },
            kind,
            currency,
            due,
            payments: Vec::new(),
            credits: Vec::new(),
            heard: Vec::new(),
            reminders: Vec::new(),
            reminded: 0,
        }
    }

    /// As it stands the moment it is numbered.
    pub fn issued(invoice: &Invoice, reminders: Vec<Timestamp>) -> Life {
        // Where prepaid hours cover everything there is nothing to remind of.
        let is_due = invoice.totals.due > Minor::ZERO;
        Life {
            stands: Stands::Issued,
            reminders: if is_due { reminders } else { Vec::new() },
            ..Life::draft(
                invoice.content.kind,
                invoice.content.currency,
                invoice.totals.due,
                Waits::Hold {
                    reason: String::new(),
                },
            )
        }
    }

    /// What is still to be paid; below zero, what was paid too much.
    pub fn open(&self) -> Result<Minor, MoneyError> {
        let paid = Minor::total(self.payments.iter().map(|payment| payment.amount))?;
        let credited = Minor::total(self.credits.iter().map(|credit| credit.amount))?;
        self.due.minus(paid)?.minus(credited)
    }

    /// When the next reminder falls due; none while nobody is to be reminded.
    pub fn next_reminder(&self) -> Option<Timestamp> {
        match self.stands {
            Stands::Mailed { .. } => self.reminders.get(self.reminded).copied(),
            Stands::Draft { .. }
            | Stands::Approved { .. }
            | Stands::Issued
            | Stands::Bounced { .. }
            | Stands::Disputed { .. }
            | Stands::Paid { .. }
            | Stands::Credited { .. } => None,
        }
    }
}

impl Waits {
    pub fn words(&self, currency: Currency) -> String {
        match self {
            Waits::Hold { reason } => format!("held: {reason}"),
            Waits::Approval { above } => {
                format!(
                    "above {} it needs somebody's approval",
                    said(currency, *above)
                )
            }
            Waits::Missing { what } => format!("it can not be issued: {what}"),
            Waits::Declined { by } => format!("{by} declined it"),
        }
    }
}

impl Stands {
    /// One word for lists.
    pub fn word(&self) -> &'static str {
        match self {
            Stands::Draft { .. } => "draft",
            Stands::Approved { .. } => "approved",
            Stands::Issued => "issued",
            Stands::Mailed { .. } => "mailed",
            Stands::Bounced { .. } => "bounced",
            Stands::Disputed { .. } => "disputed",
            Stands::Paid { .. } => "paid",
            Stands::Credited { .. } => "credited",
        }
    }
}

/// `1011.50 EUR`.
fn said(currency: Currency, minor: Minor) -> String {
    Money { minor, currency }.to_string()
}
