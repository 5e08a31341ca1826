//! The event envelope as EventBridge delivers it, and the envelope of Baton's own events.
//! It must not know which workflow an event concerns.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::id::{EventId, digest};

/// What Baton's own events begin with. Everything else is a tool's.
pub const OWN_PREFIX: &str = "baton.";
/// What `emit` steps and milestones send; may start cases.
pub const WORKFLOW_SOURCE: &str = "baton.workflow";
/// What people say: a task is done, a decision is made.
pub const REPORT_SOURCE: &str = "baton.report";
/// Owed work, for executors only.
pub const EFFECT_SOURCE: &str = "baton.effect";
/// An event that has been passed on this often is parked: nothing may loop for ever.
pub const MAX_HOPS: u32 = 16;

/// One delivered event. `id` and `time` are required: without them nothing can be told apart or dated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    pub id: String,
    pub source: String,
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    pub time: Timestamp,
    pub detail: Value,
}

/// What every event of Baton's own says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    pub id: EventId,
    /// The first event of the chain.
    pub correlation_id: String,
    /// The event or effect that caused this one.
    pub causation_id: String,
    pub time: Timestamp,
    /// How often the chain has been passed on by an emit.
    #[serde(default)]
    pub hops: u32,
    pub schema_version: u32,
}

impl Envelope {
    /// Baton's own metadata, when this is one of Baton's own events and carries it.
    pub fn metadata(&self) -> Option<Metadata> {
        if !self.source.starts_with(OWN_PREFIX) {
            return None;
        }
        serde_json::from_value(self.detail.get("metadata")?.clone()).ok()
    }

    /// The id by which repeats are known. `id_path` is the source's own id field (team.yaml); without one the
    /// detail's hash serves. The envelope id never does: it changes when a bus forwards the event.
    pub fn event_id(&self, id_path: Option<&str>) -> EventId {
        if let Some(metadata) = self.metadata() {
            return metadata.id;
        }
        let stated = id_path
            .and_then(|path| self.at(path))
            .map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
        let own = stated.unwrap_or_else(|| canonical(&self.detail));
        EventId(digest(&[&self.source, &self.detail_type, &own]))
    }

    /// The value at a dotted path such as `detail.contract_id`, from the envelope's root.
    pub fn at(&self, path: &str) -> Option<&Value> {
        let rest = path.strip_prefix("detail")?;
        match rest.strip_prefix('.') {
            None if rest.is_empty() => Some(&self.detail),
            None => None,
            Some(inner) => crate::value::at(&self.detail, inner),
        }
    }

    /// The event as pattern matching sees it.
    pub fn to_value(&self) -> Value {
        json!({
            "id": self.id, "source": self.source, "detail-type": self.detail_type,
            "time": self.time.to_string(), "detail": self.detail,
        })
    }
}

/// JSON with its keys in order, so that the same content has the same text.
fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let mut keys: Vec<_> = map.keys().collect();
                keys.sort();
                Value::Object(
                    keys.into_iter()
                        .map(|key| (key.clone(), sorted(&map[key])))
                        .collect(),
                )
            }
            Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
            other => other.clone(),
        }
    }
    sorted(value).to_string()
}
