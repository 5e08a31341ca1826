//! The kinds of id, each its own type so that two can not be swapped.
//! Ids are derived from what they name, never drawn, so a repeated input makes the same ids.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// A workflow's name, as its file states it.
    WorkflowId,
    /// A step's name, unique in its workflow.
    StepId,
    /// One run of a workflow: `case_` and 16 hexadecimal digits.
    CaseId,
    /// One owed effect of a case: the history row that owes it and its place there, `0003-1`.
    EffectId,
    /// A person of team.yaml.
    PersonId,
    /// A role of team.yaml, or one that a case fills.
    RoleId,
    /// A client of clients.yaml.
    ClientId,
    /// What makes two deliveries the same event: the source's own id, or a hash of the detail.
    EventId,
    /// One report of time worked: `time_` and 16 hexadecimal digits.
    EntryId,
}

impl EntryId {
    /// The entry that an event brings: the same event always names the same entry.
    pub fn of_event(event: &EventId) -> Self {
        Self(format!("time_{}", &digest(&[event.as_str()])[..16]))
    }
}

const INVOICE: &str = "invoice_";

impl CaseId {
    /// The case that `workflow` starts for one trigger: the same trigger always names the same case.
    pub fn of_trigger(workflow: &WorkflowId, once: &str) -> Self {
        Self(format!(
            "case_{}",
            &digest(&[workflow.as_str(), once])[..16]
        ))
    }

    /// What an effect names instead of a case when a person is told of things parked, which belong to none.
    pub fn of_parked(owner: &PersonId) -> Self {
        Self(format!("parked_{owner}"))
    }

    /// Whether no case is meant, see [`CaseId::of_parked`].
    pub fn is_none(&self) -> bool {
        self.0.starts_with("parked_")
    }

    /// The child case that `step` of this case starts in its `run`-th run.
    pub fn of_child(&self, step: &StepId, run: u32) -> Self {
        let digest = digest(&[self.as_str(), step.as_str(), &run.to_string()]);
        Self(format!("case_{}", &digest[..16]))
    }

    /// The id under which an invoice owes mails and events of its own, long after the case that billed it has ended.
    pub fn of_invoice(id: &str) -> Self {
        Self(format!("{INVOICE}{id}"))
    }

    /// The number or draft id of the invoice that this stands for; `None`: it is a case.
    pub fn invoice(&self) -> Option<&str> {
        self.0.strip_prefix(INVOICE)
    }
}

impl EffectId {
    /// The `ordinal`-th effect (from 1) owed by history row `sequence`.
    pub fn new(sequence: u64, ordinal: usize) -> Self {
        Self(format!("{sequence:04}-{ordinal}"))
    }
}

/// SHA-256 over length-prefixed parts, in hexadecimal. Values reach keys and ids only through it.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
