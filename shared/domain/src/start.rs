//! Which workflows an event starts, once each, and with which values.
//! It must not know how a case goes on from there.

use std::collections::BTreeMap;

use event_pattern::Pattern;
use serde_json::{Value, json};

use crate::case::{Opening, Refusal, World};
use crate::company::Client;
use crate::definition::{DataSource, Trigger, Workflow};
use crate::event::{Envelope, MAX_HOPS};
use crate::id::{CaseId, ClientId, PersonId, WorkflowId};
use crate::value::Values;

/// The workflows in force, by what starts them: one event is compared only with those that name its source and type.
#[derive(Debug, Default)]
pub struct Triggers {
    by_event: BTreeMap<(String, String), Vec<Listener>>,
}

/// A workflow that one kind of event may start.
#[derive(Debug)]
struct Listener {
    workflow: WorkflowId,
    /// What the event must look like beyond its source and type.
    pattern: Option<Pattern>,
}

impl Triggers {
    /// Leaves out nothing: a pattern that does not parse is an error naming its workflow.
    pub fn new<'a>(workflows: impl IntoIterator<Item = &'a Workflow>) -> Result<Self, String> {
        let mut triggers = Self::default();
        for workflow in workflows {
            let Some(Trigger {
                event,
                from,
                pattern,
                every,
                ..
            }) = &workflow.starts_on
            else {
                continue;
            };
            // Whatever comes round has one event; it names whose turn it is.
            let own = every.map(|_| json!({ "detail": { "data": { "workflow": [workflow.id] } } }));
            let pattern = match own.as_ref().unwrap_or(pattern) {
                Value::Null => None,
                stated => Some(Pattern::parse(stated).map_err(|error| {
                    format!("the trigger of workflow {}: {error}", workflow.id)
                })?),
            };
            let key = (from.clone(), event.clone());
            let listener = Listener {
                workflow: workflow.id.clone(),
                pattern,
            };
            triggers.by_event.entry(key).or_default().push(listener);
        }
        Ok(triggers)
    }

    /// Whether any workflow listens for this kind of event at all.
    pub fn hears(&self, source: &str, detail_type: &str) -> bool {
        self.by_event
            .contains_key(&(source.to_owned(), detail_type.to_owned()))
    }

    /// The workflows that this event starts.
    pub fn started_by(&self, envelope: &Envelope) -> Vec<WorkflowId> {
        let key = (envelope.source.clone(), envelope.detail_type.clone());
        let Some(listening) = self.by_event.get(&key) else {
            return Vec::new();
        };
        let event = envelope.to_value();
        listening
            .iter()
            .filter(|Listener { pattern, .. }| {
                pattern
                    .as_ref()
                    .is_none_or(|pattern| pattern.matches(&event))
            })
            .map(|listener| listener.workflow.clone())
            .collect()
    }
}

/// How the case begins that `envelope` starts by `workflow`.
///
/// # Errors
/// `Never` when a value that the workflow needs is missing, or the chain has been passed on too often.
pub fn opening(
    world: World<'_>,
    workflow: &Workflow,
    envelope: &Envelope,
) -> Result<Opening, Refusal> {
    let metadata = envelope.metadata();
    let hops = metadata.as_ref().map_or(0, |metadata| metadata.hops);
    if hops > MAX_HOPS {
        return Err(Refusal::Never(format!(
            "this chain of events was passed on {hops} times; it may be going round"
        )));
    }
    let trigger = workflow.starts_on.as_ref().ok_or_else(|| {
        Refusal::Never(format!("workflow {} is not started by events", workflow.id))
    })?;
    let event = envelope.event_id(world.team.id_path(&envelope.source));
    let values = values(world, workflow, envelope)?;
    let client = workflow.data.iter().find_map(|(_, source)| match source {
        DataSource::LookupClient(path) => Some(required_text(envelope, path).map(ClientId::from)),
        DataSource::Path(_) | DataSource::LookupPerson(_) => None,
    });
    let correlation_id =
        metadata.map_or_else(|| envelope.id.clone(), |metadata| metadata.correlation_id);
    Ok(Opening {
        case: CaseId::of_trigger(&workflow.id, &once(trigger, envelope)?),
        values,
        client: client.transpose()?,
        parent: None,
        roles: BTreeMap::new(),
        correlation_id,
        hops,
        started_by: Some(event),
    })
}

/// What makes this trigger one of a kind: the values of `once_per` as a JSON list.
pub fn once(trigger: &Trigger, envelope: &Envelope) -> Result<String, Refusal> {
    let values = trigger
        .once_per
        .iter()
        .map(|path| required(envelope, path).cloned())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Value::Array(values).to_string())
}

fn values(world: World<'_>, workflow: &Workflow, envelope: &Envelope) -> Result<Values, Refusal> {
    let mut values = Values::new();
    for (name, source) in &workflow.data {
        let value = value(world, source, envelope)?;
        fits(name, &value)?;
        values.insert(name.clone(), value);
    }
    Ok(values)
}

/// What `source` is in `envelope`.
pub(crate) fn value(
    world: World<'_>,
    source: &DataSource,
    envelope: &Envelope,
) -> Result<Value, Refusal> {
    match source {
        DataSource::Path(path) => required(envelope, path).cloned(),
        DataSource::LookupClient(path) => client_value(world, envelope, path),
        DataSource::LookupPerson(path) => {
            let id = PersonId(required_text(envelope, path)?.to_owned());
            let person = world.team.person(&id).ok_or_else(|| {
                Refusal::Never(format!("{path} is \"{id}\", who is nobody in team.yaml; add the person or mend the event"))
            })?;
            Ok(json!({ "id": id, "name": person.name }))
        }
    }
}

/// A case carries its values through its life; a larger one belongs elsewhere.
pub const MAX_VALUE_BYTES: usize = 4096;

pub(crate) fn fits(name: &str, value: &Value) -> Result<(), Refusal> {
    if value.to_string().len() > MAX_VALUE_BYTES {
        return Err(Refusal::Never(format!(
            "the value {name} is over {MAX_VALUE_BYTES} bytes; keep a link to it instead"
        )));
    }
    Ok(())
}

fn client_value(world: World<'_>, envelope: &Envelope, path: &str) -> Result<Value, Refusal> {
    let id = ClientId(required_text(envelope, path)?.to_owned());
    let Client { name, contact, account_manager, .. } = world.clients.get(&id).ok_or_else(|| {
        Refusal::Never(format!("{path} is \"{id}\", which is no client in clients.yaml; add the client or mend the event"))
    })?;
    Ok(json!({ "id": id, "name": name, "contact": contact, "account_manager": account_manager }))
}

fn required<'e>(envelope: &'e Envelope, path: &str) -> Result<&'e Value, Refusal> {
    envelope
        .at(path)
        .filter(|value| !value.is_null())
        .ok_or_else(|| {
            Refusal::Never(format!(
                "{} from {} lacks the field {path}",
                envelope.detail_type, envelope.source
            ))
        })
}

fn required_text<'e>(envelope: &'e Envelope, path: &str) -> Result<&'e str, Refusal> {
    required(envelope, path)?.as_str().ok_or_else(|| {
        Refusal::Never(format!(
            "{} from {}: the field {path} must be a text",
            envelope.detail_type, envelope.source
        ))
    })
}
