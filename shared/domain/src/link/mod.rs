//! Signed links: what one opens, for whom, until when, and what its page offers.
//! It must not know addresses, mails or pages; keys and time are arguments.

mod keys;
mod offer;
mod token;

use jiff::Timestamp;

pub use keys::{KeyProblem, Keys};
pub use offer::{End, Offer, Stands, ends, offer};
pub use token::{Opened, Refused};

use crate::id::{CaseId, ClientId, EffectId, EventId, PersonId, StepId, digest};

/// The one thing that a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// A task or a clock of the case, for its owner: to say "I have it", to hand it over, to end the task.
    Task(TaskLink),
    /// The same, for somebody who hears of it beside its owner: to take it over or to give it to somebody.
    Beside(TaskLink),
    /// The time that finished work took, for whoever is asked for it.
    Time(TaskLink),
    /// What concerns one client. What was sent before the client's links were last revoked opens nothing.
    Portal {
        client: ClientId,
        sent_at: Timestamp,
    },
}

/// One run of a step, or one life of a clock of the case, as one mail to one person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLink {
    pub case: CaseId,
    pub step: StepId,
    pub run: u32,
    pub reader: PersonId,
    /// The effect that owed the mail: each mail has its own link.
    pub effect: EffectId,
}

/// What a link can change. Each mail's link does each of them once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Accept,
    Hand,
    End,
    Time,
}

impl TaskLink {
    /// The id of the report that this link makes: a second press is the same report, whatever it asks for.
    pub fn report_id(&self, deed: Deed) -> EventId {
        let deed = match deed {
            Deed::Accept => "accept",
            Deed::Hand => "hand",
            Deed::End => "end",
            Deed::Time => "time",
        };
        let run = self.run.to_string();
        let parts = [
            self.case.as_str(),
            self.step.as_str(),
            &run,
            self.reader.as_str(),
            self.effect.as_str(),
            deed,
        ];
        EventId(format!("link-{}", &digest(&parts)[..24]))
    }
}
