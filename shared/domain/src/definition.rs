//! A workflow as loaded: trigger, owner, steps and clocks with every name resolved.
//! It must not know how a file spells it (that is the loader's) nor where a case stands.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calendar::{BusinessSpan, Recurrence};
use crate::condition::Condition;
use crate::correlation::Heard;
use crate::id::{PersonId, RoleId, StepId, WorkflowId};
pub use crate::response::{CaseClockRule, ClockTurn, ResponseRule, Rung, Signal, Within};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Workflow {
    pub id: WorkflowId,
    pub version: u32,
    pub title: String,
    pub kind: Kind,
    pub owner: Owner,
    #[serde(default)]
    pub backup: Option<Owner>,
    /// The company stands still without it.
    #[serde(default)]
    pub critical: bool,
    #[serde(default)]
    pub runbook: Option<String>,
    pub outcome: Outcome,
    /// `None` for a project: a `project` step of another workflow starts it.
    #[serde(default)]
    pub starts_on: Option<Trigger>,
    /// For a project: how long after its start it is meant to end.
    #[serde(default)]
    pub ends_within: Option<BusinessSpan>,
    /// How long a case may stand where it stands before its owner hears of it. `None`: as long as the outcome's
    /// target, and at least one business day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck_after: Option<BusinessSpan>,
    /// In the order of the file: a later value may use an earlier one.
    #[serde(default)]
    pub data: Vec<(String, DataSource)>,
    /// Later events that change values of a running case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes_on: Vec<ValueChange>,
    /// Clocks of the case itself, in the order of the file. None has the name of a step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<CaseClockRule>,
    pub steps: Vec<Step>,
    /// The mail templates its steps name, whole, so that a running case keeps the text it started with.
    #[serde(default)]
    pub mails: BTreeMap<String, String>,
}

/// Operations repeat and have no end date; a project has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Operations,
    Project,
}

/// Who is responsible: resolved to one person when it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    Person(PersonId),
    Role(RoleId),
    /// A value of the case that holds a person's id, such as `client.account_manager`.
    Value(String),
}

/// What the workflow is measured by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub measure: String,
    /// `None`: from the start of the case.
    pub from: Option<StepId>,
    pub to: StepId,
    pub target: BusinessSpan,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// EventBridge detail-type.
    pub event: String,
    /// EventBridge source.
    pub from: String,
    /// EventBridge pattern over the whole envelope, beyond `event` and `from`.
    #[serde(default)]
    pub pattern: Value,
    /// Paths whose values together make the trigger one of a kind.
    pub once_per: Vec<String>,
    /// It comes round by itself; then `event` is [`SCHEDULE_EVENT`](crate::schedule::SCHEDULE_EVENT).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Recurrence>,
}

/// Where a named value of the case comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSource {
    Path(String),
    LookupClient(String),
    LookupPerson(String),
}

/// An event that gives values of a running case anew, such as a ticket's priority.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueChange {
    pub heard: Heard,
    /// Each value's name with where the event states it.
    pub takes: Vec<(String, DataSource)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub id: StepId,
    /// The steps that must be done before this one, resolved from the file's order. Empty on the first step and on
    /// a step that only a choice leads to.
    #[serde(default)]
    pub after: Vec<StepId>,
    /// Nothing follows in the file's order; the case may end here.
    #[serde(default)]
    pub end: bool,
    #[serde(default)]
    pub owner: Option<Owner>,
    #[serde(default)]
    pub clock: Option<ResponseRule>,
    /// In a project: what the client is told and billed when this step is done.
    #[serde(default)]
    pub milestone: Option<Milestone>,
    #[serde(flatten)]
    pub action: Action,
}

/// Shares of one workflow add up to 100 %; the billed part of a milestone is the difference of two cumulative
/// roundings, so that all parts add up to the contract's sum whatever their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Milestone {
    pub title: String,
    pub share_percent: u32,
    /// The sum of the shares of the milestones above it in the file.
    pub before_percent: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    Task {
        title: String,
        #[serde(default)]
        effort_minutes: u32,
        /// What the task can end with and where each leads; empty: it is simply done.
        #[serde(default)]
        outcomes: Vec<(String, Next)>,
        /// How often work may be sent back by an outcome before it becomes the workflow owner's decision.
        #[serde(default)]
        rounds: Option<u32>,
        /// The event of another tool that says it is done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tracks: Option<Heard>,
    },
    Checklist {
        title: String,
        #[serde(default)]
        effort_minutes: u32,
        items: Vec<String>,
    },
    Approve {
        question: String,
        choices: Vec<(String, Next)>,
    },
    Assign {
        role: RoleId,
        limits: Limits,
        /// The step that decides when nobody has room.
        if_nobody: StepId,
    },
    Project {
        template: WorkflowId,
    },
    Mail {
        template: String,
        /// A value that holds `{name, mail}`.
        to: String,
        #[serde(default)]
        sender: Option<Owner>,
    },
    /// A mail to a person of the team.
    Notify {
        template: String,
        to: Owner,
    },
    /// A message to a channel of a chat, by a mail's template.
    Chat {
        template: String,
        chat: String,
    },
    /// A request to a named address outside.
    Call {
        target: String,
        /// What is sent, as JSON: name → a value's path.
        with: BTreeMap<String, String>,
        /// Values of the answer that later steps may use as `<step>.<name>`: name and path.
        #[serde(default)]
        takes: Vec<(String, String)>,
    },
    Invoice(InvoiceRule),
    /// A mail to a client with the link to the page of everything that concerns it.
    Portal {
        /// A text that names `{{ portal }}`.
        template: String,
        /// A value that holds `{name, mail}`.
        to: String,
        #[serde(default)]
        sender: Option<Owner>,
        /// A value that is a client.
        client: String,
        /// How long the link holds.
        holds_days: u32,
    },
    /// The first way whose condition holds.
    Branch {
        ways: Vec<(Condition, Next)>,
        otherwise: Next,
    },
    /// Until an event arrives, and no longer than `at_most`.
    Wait {
        heard: Heard,
        /// Values of the event that later steps may use as `<step>.<name>`: name and path.
        #[serde(default)]
        takes: Vec<(String, String)>,
        at_most: BusinessSpan,
        if_late: Next,
    },
    Emit {
        event: String,
        /// Names sent with the case's values: name → a value's path, or a text to fill.
        #[serde(default)]
        with: BTreeMap<String, String>,
        /// For other tools only: that no workflow listens is meant.
        #[serde(default)]
        unheard: bool,
    },
}

/// Where an outcome or choice leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// On to whatever comes after this step.
    Onward,
    Step {
        step: StepId,
        /// Limits lifted for that one entry, such as `max_load`.
        #[serde(default)]
        without: BTreeSet<String>,
    },
    /// The case ends here.
    Stop,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    #[serde(default)]
    pub max_load_percent: Option<u32>,
    /// A value of the case naming the skill.
    #[serde(default)]
    pub needs_skill: Option<String>,
    pub looks_ahead: BusinessSpan,
}

/// What an invoice step bills: one line from the case's values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceRule {
    /// A value that is a client.
    pub client: String,
    /// Text of the line, filled from the case's values.
    pub line: String,
    /// A value: whole minor units of `currency`.
    pub amount_cents: String,
    /// A value: ISO 4217 code.
    pub currency: String,
    /// Values that name what is billed; the same values are never billed twice.
    pub bills: Vec<String>,
}

impl Workflow {
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    pub fn clock(&self, id: &StepId) -> Option<&CaseClockRule> {
        self.clocks.iter().find(|clock| clock.id == *id)
    }

    /// The rule by which the clock of a step, or of the case, of that name runs.
    pub fn response(&self, id: &StepId) -> Option<&ResponseRule> {
        let of_case = self.clock(id).map(|clock| &clock.rule);
        of_case.or_else(|| self.step(id)?.clock.as_ref())
    }

    /// Every event that may concern a case of it.
    pub fn hears(&self) -> impl Iterator<Item = &Heard> {
        let of_steps = self.steps.iter().filter_map(|step| step.action.hears());
        of_steps.chain(self.clocks_hear())
    }

    /// Every event that moves a clock of the case or changes its values.
    pub fn clocks_hear(&self) -> impl Iterator<Item = &Heard> {
        let of_clocks = self.clocks.iter().flat_map(CaseClockRule::hears);
        of_clocks.chain(self.changes_on.iter().map(|change| &change.heard))
    }

    /// `id` and everything that comes after it, by `after`.
    pub fn from_step_on(&self, id: &StepId) -> BTreeSet<StepId> {
        let mut reached = BTreeSet::from([id.clone()]);
        loop {
            let next: Vec<_> = self
                .steps
                .iter()
                .filter(|step| {
                    !reached.contains(&step.id) && step.after.iter().any(|id| reached.contains(id))
                })
                .map(|step| step.id.clone())
                .collect();
            if next.is_empty() {
                return reached;
            }
            reached.extend(next);
        }
    }

    /// How often work may be sent back to `id`, by the tightest of the outcomes that lead there. What is sent to a step
    /// that nobody works on, such as a wait, comes back to the task that sent it.
    pub fn rounds_into(&self, id: &StepId) -> Option<u32> {
        self.steps
            .iter()
            .filter_map(|step| match &step.action {
                Action::Task {
                    outcomes, rounds, ..
                } if outcomes.iter().any(|(_, next)| match next {
                    Next::Step { step: to, .. } if self.is_persons_work(to) => to == id,
                    Next::Step { .. } => step.id == *id,
                    Next::Onward | Next::Stop => false,
                }) =>
                {
                    *rounds
                }
                _ => None,
            })
            .min()
    }

    fn is_persons_work(&self, id: &StepId) -> bool {
        self.step(id).is_some_and(|step| {
            matches!(
                step.action,
                Action::Task { .. } | Action::Checklist { .. } | Action::Approve { .. }
            )
        })
    }

    /// Minutes of work its steps hold for `role`.
    pub fn effort_minutes(&self, role: &RoleId) -> u32 {
        self.steps
            .iter()
            .filter(|step| step.owner.as_ref() == Some(&Owner::Role(role.clone())))
            .map(|step| match step.action {
                Action::Task { effort_minutes, .. } | Action::Checklist { effort_minutes, .. } => {
                    effort_minutes
                }
                _ => 0,
            })
            .sum()
    }
}

impl Action {
    /// The event that this step listens for while it is open.
    pub fn hears(&self) -> Option<&Heard> {
        match self {
            Action::Wait { heard, .. } => Some(heard),
            Action::Task { tracks, .. } => tracks.as_ref(),
            Action::Checklist { .. }
            | Action::Approve { .. }
            | Action::Assign { .. }
            | Action::Project { .. }
            | Action::Mail { .. }
            | Action::Notify { .. }
            | Action::Chat { .. }
            | Action::Call { .. }
            | Action::Invoice(_)
            | Action::Portal { .. }
            | Action::Branch { .. }
            | Action::Emit { .. } => None,
        }
    }
}
