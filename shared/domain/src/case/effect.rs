//! What a decision owes to the outside, as plain data: carried out afterwards, once, by the executors.
//! It holds ids and facts, not texts or addresses of people: those are looked up when it is carried out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TaskKind;
use crate::billing::{Letter, Period};
use crate::company::Contact;
use crate::id::{CaseId, ClientId, PersonId, RoleId, StepId};
use crate::value::Values;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// A mail by one of the workflow's templates to somebody outside.
    Mail {
        template: String,
        to: Contact,
        sender: Option<PersonId>,
        /// Whose portal its text leads to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        portal: Option<Portal>,
    },
    /// A mail by one of the workflow's templates to a person of the team.
    Notify { template: String, to: PersonId },
    /// A message to a channel of a chat, by one of the workflow's templates.
    Chat { template: String, chat: String },
    /// A request to a named address outside.
    Call {
        target: String,
        /// What is sent, as JSON.
        body: Values,
        /// Values of the answer that the case keeps: name and path.
        takes: Vec<(String, String)>,
    },
    /// A mail of Baton's own to a person of the team.
    Notice { to: PersonId, notice: Notice },
    Invoice {
        client: ClientId,
        line: String,
        amount_cents: i64,
        currency: String,
        /// What is billed, as name and value: the same are never billed twice.
        bills: Vec<(String, String)>,
    },
    /// What of a client's month is unbilled when it is carried out: fees of agreements, and time.
    MonthInvoice {
        client: ClientId,
        period: Period,
        /// Which of the invoices that the client's rules divide the month into.
        part: String,
        /// The month in words, as lists show it.
        title: String,
        currency: String,
        bills: Vec<(String, String)>,
    },
    /// A mail with the document of an issued invoice; the invoice itself owes it.
    InvoiceMail { number: String, letter: Letter },
    /// An event on the bus from `baton.workflow`.
    Emit { event: String, values: Values },
    /// A message to another case.
    Tell { case: CaseId, message: Message },
}

/// The page of one client, as a mail's link opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portal {
    pub client: ClientId,
    /// How long the link holds from when the mail was owed.
    pub holds_days: u32,
}

/// What Baton itself tells a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    HandedOver {
        step: StepId,
        run: u32,
        kind: TaskKind,
        title: String,
        due_at: Option<Timestamp>,
        /// Who finished the step before, and how it ended.
        from: Option<Handover>,
    },
    DeadlineNear {
        step: StepId,
        title: String,
        due_at: Timestamp,
        /// How long after its time the warning was found, when the world was down.
        late_seconds: i64,
    },
    DeadlineMissed {
        step: StepId,
        title: String,
        due_at: Timestamp,
        late_seconds: i64,
    },
    /// Somebody else's task comes near its deadline or is past it, and the reader is next on the ladder.
    Escalated {
        step: StepId,
        title: String,
        owner: PersonId,
        due_at: Timestamp,
        late_seconds: i64,
    },
    /// A task was handed on by a person, not by the end of a step.
    Handed {
        step: StepId,
        title: String,
        due_at: Option<Timestamp>,
        by: PersonId,
    },
    /// Nothing has moved the case since then; the owner is told for the so-manieth time.
    Stuck { since: Timestamp, times: u32 },
    /// A task is done that is billed by time, and the reader is asked how much, unless it was said already.
    TimeMissing {
        step: StepId,
        run: u32,
        title: String,
    },
    /// What could not be carried out and waits for a person.
    Parked { items: Vec<ParkedItem>, more: u32 },
}

/// One parked item, as its owner is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParkedItem {
    /// What `baton redrive` calls it by.
    pub id: String,
    pub title: String,
    pub reason: String,
}

/// The step that was finished before a task was handed on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handover {
    pub step: StepId,
    pub by: Option<PersonId>,
    pub outcome: Option<String>,
}

/// What one case tells another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Message {
    RoleFilled {
        role: RoleId,
        person: PersonId,
    },
    /// Somebody ended the case that started it.
    ParentStopped {
        by: Option<PersonId>,
    },
}

impl Effect {
    /// What an invoice bills, as name and value; none: this is no invoice.
    pub fn bills(&self) -> Option<&Vec<(String, String)>> {
        match self {
            Effect::Invoice { bills, .. } | Effect::MonthInvoice { bills, .. } => Some(bills),
            _ => None,
        }
    }

    /// The `baton.effect` detail-type by which its executor is found; `None`: the relay itself sends it on.
    pub fn detail_type(&self) -> Option<&'static str> {
        match self {
            Effect::Mail { .. } | Effect::Notify { .. } | Effect::Notice { .. } => {
                Some("mail.requested")
            }
            Effect::Invoice { .. } | Effect::MonthInvoice { .. } | Effect::InvoiceMail { .. } => {
                Some("invoice.requested")
            }
            Effect::Chat { .. } | Effect::Call { .. } => Some("call.requested"),
            Effect::Tell { .. } => Some("case.told"),
            Effect::Emit { .. } => None,
        }
    }
}
