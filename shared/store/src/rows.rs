//! The items of the table as they are stored, and the way from domain types to them and back.
//! A row holds what is asked for by index as attributes and the rest as one JSON text; it decides nothing.

use domain::case::{Case, Duty, Effect, Record, State, TaskKind};
use domain::id::{CaseId, EffectId, StepId};
use domain::value::Values;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::keys;
use crate::table::{Item, Key};

/// Items of a newer major version are left alone until this binary is newer too.
pub const VERSION: u32 = 1;

/// What every item carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    #[serde(rename = "PK")]
    pub pk: String,
    #[serde(rename = "SK")]
    pub sk: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub v: u32,
}

impl Head {
    pub fn new(key: Key, kind: &str) -> Self {
        Head {
            pk: key.pk,
            sk: key.sk,
            kind: kind.into(),
            v: VERSION,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRow {
    #[serde(flatten)]
    pub head: Head,
    pub sequence: u64,
    pub title: String,
    pub state: String,
    pub owner: String,
    pub workflow: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    pub list_of: String,
    pub list_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_at: Option<String>,
    /// When to look whether it still stands where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<String>,
    pub body: String,
}

/// An open task, or a clock of the case itself; the row goes when it has come to its end, its history stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRow {
    #[serde(flatten)]
    pub head: Head,
    pub step: StepId,
    pub title: String,
    pub state: String,
    pub owner: String,
    pub workflow: String,
    /// When it is to be done, if it has a clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    pub list_of: String,
    pub list_at: String,
    /// When its clock has something to say next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    #[serde(flatten)]
    pub head: Head,
    pub sequence: u64,
    pub at: Timestamp,
    pub cause: String,
    pub body: String,
}

/// An owed effect, from the decision that owes it until it is closed and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectRow {
    #[serde(flatten)]
    pub head: Head,
    pub case: CaseId,
    pub effect: EffectId,
    pub state: EffectState,
    pub owed_at: Timestamp,
    pub correlation_id: String,
    pub hops: u32,
    /// Grows with every claim; whoever holds an older number has lost the row.
    pub fence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// Who holds it: one claim's own mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// What the outside called it: a mail's id, an invoice's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<String>,
    pub body: String,
    /// What acting brought, kept until the case has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
    /// The mailer's own id of the word that this mail came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_as: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    Owed,
    Sent,
    Closed,
    Parked,
}

/// An input that is refused for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParkedRow {
    #[serde(flatten)]
    pub head: Head,
    pub title: String,
    pub state: String,
    pub owner: String,
    pub parked_at: Timestamp,
    pub reason: String,
    pub source: String,
    pub detail_type: String,
    pub list_of: String,
    pub list_at: String,
    /// The case and effect, where an owed effect is what can not be carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectId>,
    /// The event or failure record as it came, cut at 256 KB.
    pub body: String,
    /// When its owner is told of it; gone once that is owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_shard: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<String>,
    /// Whether something of the body is missing.
    #[serde(default)]
    pub is_cut: bool,
}

impl ParkedRow {
    pub(crate) fn key(&self) -> Key {
        Key {
            pk: self.head.pk.clone(),
            sk: self.head.sk.clone(),
        }
    }

    /// What a person calls it by: the first digits of its hash.
    pub fn id(&self) -> &str {
        let hash = self.head.sk.rsplit('#').next().unwrap_or_default();
        &hash[..hash.len().min(8)]
    }
}

/// An item as a row; one written by a newer version waits for that version.
pub fn from_item<T: serde::de::DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    let v = item
        .get("v")
        .and_then(|v| v.as_n().ok())
        .and_then(|v| v.parse::<u32>().ok());
    if v > Some(VERSION) {
        let context = "an item was written by a newer version of Baton".into();
        return Err(StoreError::TryAgain {
            context,
            source: None,
        });
    }
    crate::table::from_item(item)
}

pub fn to_body<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::never("write a body", error))
}

pub fn from_body<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::never("read a body", error))
}

impl CaseRow {
    pub fn of(case: &Case, look_again_at: Option<Timestamp>) -> Result<Self, StoreError> {
        let state = match case.state {
            State::Running => "running",
            State::Completed { .. } => "completed",
            State::Stopped { .. } => "stopped",
        };
        let started = keys::instant(case.started_at);
        let key = keys::case(&case.id);
        Ok(CaseRow {
            due_shard: look_again_at.map(|_| keys::due_shard(&key.pk)),
            due_at: look_again_at.map(keys::instant),
            head: Head::new(key, "case"),
            sequence: case.sequence,
            title: case.title.clone(),
            state: state.into(),
            owner: case.owner.0.clone(),
            workflow: case.workflow.0.clone(),
            client: case.client.as_ref().map(|client| client.0.clone()),
            list_of: keys::case_list(state),
            list_at: format!("{}#{started}", case.workflow),
            client_of: case.client.as_ref().map(keys::client_list),
            client_at: case.client.as_ref().map(|_| started),
            body: to_body(case)?,
        })
    }
}

impl TaskRow {
    pub fn of(case: &Case, duty: Duty<'_>) -> Self {
        let Duty { step, run, .. } = duty;
        let next_mark = duty.clock.and_then(|clock| clock.next_mark());
        let next_mark = next_mark.map(|(at, _)| at);
        let due = duty.clock.and_then(|clock| clock.due_at());
        let due = due.map(keys::instant);
        let (key, kind) = match duty.kind {
            Some(TaskKind::Task) => (keys::task(&case.id, step, run), "task"),
            Some(TaskKind::Checklist) => (keys::task(&case.id, step, run), "checklist"),
            Some(TaskKind::Decision) => (keys::task(&case.id, step, run), "decision"),
            None => (keys::clock(&case.id, step, run), "clock"),
        };
        TaskRow {
            due_shard: next_mark.map(|_| keys::due_shard(&key.pk)),
            due_at: next_mark.map(keys::instant),
            head: Head::new(key, kind),
            step: step.clone(),
            title: duty.title.to_owned(),
            state: "open".into(),
            owner: duty.owner.0.clone(),
            workflow: case.workflow.0.clone(),
            list_of: keys::owner_list(duty.owner),
            // Tasks without a clock come after those with one.
            list_at: due.clone().unwrap_or_else(|| "9999".into()),
            due,
        }
    }
}

impl HistoryRow {
    pub fn of(case: &CaseId, record: &Record) -> Result<Self, StoreError> {
        Ok(HistoryRow {
            head: Head::new(keys::history(case, record.sequence), "history"),
            sequence: record.sequence,
            at: record.at,
            cause: record.cause.clone(),
            body: to_body(&record.facts)?,
        })
    }

    pub fn record(&self) -> Result<Record, StoreError> {
        let facts = from_body(&self.body)?;
        Ok(Record {
            sequence: self.sequence,
            at: self.at,
            cause: self.cause.clone(),
            facts,
        })
    }
}

impl EffectRow {
    pub fn of(
        case: &Case,
        id: &EffectId,
        effect: &Effect,
        owed_at: Timestamp,
    ) -> Result<Self, StoreError> {
        let chain = (case.correlation_id.as_str(), case.hops);
        Self::owed_by(&case.id, chain, id, effect, owed_at)
    }

    /// `chain`: the correlation id, and how often it has been passed on.
    pub fn owed_by(
        case: &CaseId,
        (correlation_id, hops): (&str, u32),
        id: &EffectId,
        effect: &Effect,
        owed_at: Timestamp,
    ) -> Result<Self, StoreError> {
        let key = keys::effect(case, id);
        let look_again = owed_at + jiff::SignedDuration::from_secs(UNSENT_SECONDS);
        Ok(EffectRow {
            due_shard: Some(keys::due_shard(&key.pk)),
            due_at: Some(keys::instant(look_again)),
            head: Head::new(key, "effect"),
            case: case.clone(),
            effect: id.clone(),
            state: EffectState::Owed,
            owed_at,
            correlation_id: correlation_id.to_owned(),
            hops,
            fence: 0,
            lease_until: None,
            claim: None,
            reference: None,
            values: None,
            returned_as: None,
            body: to_body(effect)?,
        })
    }

    pub fn effect(&self) -> Result<Effect, StoreError> {
        from_body(&self.body)
    }

    pub fn values(&self) -> Result<Values, StoreError> {
        self.values
            .as_deref()
            .map_or_else(|| Ok(Values::new()), from_body)
    }
}

/// An effect not closed after this long is put on the bus again by the sweep.
pub const UNSENT_SECONDS: i64 = 120;
