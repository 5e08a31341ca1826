//! What is refused for good is kept, with its reason and an owner; and what failed outside every handler lands here.
//! It must not try anything again by itself.

use domain::case::Case;
use domain::event::{Envelope, Metadata, WORKFLOW_SOURCE};
use domain::id::{EventId, PersonId, RoleId, WorkflowId, digest};
use domain::value::Values;
use serde_json::{Value, json};
use store::{Company, DueRow, EffectRow, Parking, Standing, Store, StoreError};

use crate::executor::Requested;
use crate::outcome::{BatchAnswer, Halt, Told, TryAgain};

/// An input as it came, and what it is known by.
pub(crate) struct Received {
    source: String,
    detail_type: String,
    event: EventId,
    body: Value,
}

impl Received {
    pub fn event(company: &Company, envelope: &Envelope, body: Value) -> Self {
        Received {
            source: envelope.source.clone(),
            detail_type: envelope.detail_type.clone(),
            event: company.event_id(envelope),
            body,
        }
    }

    pub fn own(envelope: &Envelope) -> Self {
        Received {
            source: envelope.source.clone(),
            detail_type: envelope.detail_type.clone(),
            event: envelope.event_id(None),
            body: envelope.to_value(),
        }
    }

    /// A signed request that no event could be made of; `event` is what a repeat of it is known by.
    pub fn request(source: &str, event: EventId, body: Value) -> Self {
        Received {
            source: source.to_owned(),
            detail_type: "webhook".to_owned(),
            event,
            body,
        }
    }

    pub fn unreadable(body: Value) -> Self {
        let text = |name: &str| {
            body.get(name)
                .and_then(Value::as_str)
                .unwrap_or("unknown")
                .to_owned()
        };
        Received {
            source: text("source"),
            detail_type: text("detail-type"),
            event: EventId(digest(&[&body.to_string()])),
            body,
        }
    }
}

/// The event as EventBridge delivers it; what is no such event is parked and ends the matter.
pub(crate) async fn envelope(
    store: &Store,
    event: &Value,
) -> Result<Result<Envelope, Told>, TryAgain> {
    match serde_json::from_value(event.clone()) {
        Ok(envelope) => Ok(Ok(envelope)),
        Err(error) => {
            let reason = format!("this is not an event as EventBridge delivers it: {error}");
            keep(store, &Received::unreadable(event.clone()), &reason, None)
                .await
                .map(Err)
        }
    }
}

/// Keeps an input that can never be carried out. Its owner: the workflow's, else the ops lead.
pub(crate) async fn keep(
    store: &Store,
    received: &Received,
    reason: &str,
    workflow: Option<&WorkflowId>,
) -> Result<Told, TryAgain> {
    let company = store.company().await?;
    let owner = owner(&company, workflow);
    let parking = Parking {
        source: received.source.clone(),
        detail_type: received.detail_type.clone(),
        event: received.event.clone(),
        reason: reason.to_owned(),
        owner,
        effect: None,
        body: received.body.to_string(),
    };
    park(store, parking).await
}

/// What came of an event: one that is refused for good is kept.
///
/// # Errors
/// Only what may succeed when the same event is delivered again.
pub(crate) async fn unless_refused(
    store: &Store,
    envelope: &Envelope,
    event: &Value,
    workflow: Option<&WorkflowId>,
    came: Result<Told, Halt>,
) -> Result<Told, TryAgain> {
    match came {
        Ok(told) => Ok(told),
        Err(Halt::Later(again)) => Err(again),
        Err(Halt::Never(reason)) => {
            let company = store.company().await?;
            let received = Received::event(&company, envelope, event.clone());
            keep(store, &received, &reason, workflow).await
        }
    }
}

/// Keeps an effect that can not be carried out; its case's owner owns it.
pub(crate) async fn keep_effect(
    store: &Store,
    row: &EffectRow,
    reason: &str,
    case: Option<&Case>,
) -> Result<Told, TryAgain> {
    let company = store.company().await?;
    let parking = Parking {
        source: domain::event::EFFECT_SOURCE.into(),
        detail_type: row
            .effect()?
            .detail_type()
            .unwrap_or("event.emitted")
            .into(),
        event: EventId(format!("{}/{}", row.case, row.effect)),
        reason: reason.to_owned(),
        owner: case.map_or_else(|| owner(&company, None), |case| Some(case.owner.clone())),
        effect: Some((row.case.clone(), row.effect.clone())),
        body: row.body.clone(),
    };
    park(store, parking).await
}

async fn park(store: &Store, parking: Parking) -> Result<Told, TryAgain> {
    tracing::error!(
        event.source = parking.source,
        event.detail_type = parking.detail_type,
        reason = parking.reason,
        "parked"
    );
    let reason = parking.reason.clone();
    store.park(parking).await?;
    Ok(Told::Parked(reason))
}

fn owner(company: &Company, workflow: Option<&WorkflowId>) -> Option<PersonId> {
    use domain::definition::Owner;
    let named = workflow
        .and_then(|id| company.workflows.get(id))
        .map(|workflow| &workflow.owner);
    let person = match named {
        Some(Owner::Person(person)) => Some(person.clone()),
        Some(Owner::Role(role)) => company.team.holder(role).cloned(),
        Some(Owner::Value(_)) | None => None,
    };
    person.or_else(|| company.team.holder(&RoleId::from("ops_lead")).cloned())
}

/// What somebody must hear of an invoice and no workflow listens for: its client's account manager owns it.
pub(crate) async fn keep_news(
    store: &Store,
    company: &Company,
    standing: &Standing,
    (event, values): (&str, &Values),
) -> Result<(), StoreError> {
    let client = company.clients.get(&standing.client);
    let manager = client.map(|client| client.account_manager.clone());
    let text = |name: &str| values[name].as_str().unwrap_or_default().to_owned();
    let id = text("attention");
    let now = store.now();
    let metadata = Metadata {
        id: EventId(id.clone()),
        correlation_id: standing.correlation_id.clone(),
        causation_id: standing.owed_by.clone(),
        time: now,
        hops: 1,
        schema_version: 1,
    };
    // Kept as the event it would have been, so that a redrive sends it once a workflow listens.
    let body = Envelope {
        id: id.clone(),
        source: WORKFLOW_SOURCE.into(),
        detail_type: event.to_owned(),
        time: now,
        detail: json!({ "metadata": metadata, "data": values }),
    };
    let parking = Parking {
        source: WORKFLOW_SOURCE.into(),
        detail_type: event.to_owned(),
        event: EventId(id),
        reason: format!(
            "{}: {}; no workflow starts on {event}, so nobody has it as a task",
            standing.id,
            text("text")
        ),
        owner: manager.or_else(|| owner(company, None)),
        effect: None,
        body: body.to_value().to_string(),
    };
    store.park(parking).await
}

/// A due row that can never be handled; it is shown to the ops lead.
pub(crate) async fn keep_due(store: &Store, row: &DueRow, reason: &str) -> Result<Told, TryAgain> {
    let company = store.company().await?;
    let parking = Parking {
        source: "baton.sweep".into(),
        detail_type: "row.due".into(),
        event: EventId(row.key.to_string()),
        reason: reason.to_owned(),
        owner: owner(&company, None),
        effect: None,
        body: row.key.to_string(),
    };
    park(store, parking).await
}

/// Owes their owners a mail about parked things. How many mails.
pub(crate) async fn tell_owners(store: &Store, due: &[DueRow]) -> Result<u32, TryAgain> {
    let company = store.company().await?;
    let fallback = owner(&company, None);
    Ok(store.owe_parked_notices(due, fallback.as_ref()).await?)
}

/// The messages of one batch of a failure queue. Answers with those that must come again.
pub async fn handle_batch(store: &Store, batch: &Value) -> Result<BatchAnswer, TryAgain> {
    let mut failed = Vec::new();
    for message in batch["Records"].as_array().into_iter().flatten() {
        let id = message["messageId"].as_str().unwrap_or_default();
        let body = message["body"].as_str().unwrap_or_default();
        if let Err(error) = handle(store, body, &message["messageAttributes"]).await {
            tracing::warn!(message = id, %error, "not parked; it comes again");
            failed.push(id.to_owned());
        }
    }
    Ok(BatchAnswer::again(failed))
}

/// One message of a failure queue: an event that no function took, or an invocation that failed to its end.
///
/// # Errors
/// Only what may succeed when the message is received again.
pub async fn handle(store: &Store, body: &str, attributes: &Value) -> Result<Told, TryAgain> {
    let message: Value =
        serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
    if message.get("DDBStreamBatchInfo").is_some() {
        // Only names of records, no content: the sweep finds the same rows by their due time.
        return Ok(Told::Done(
            "a batch of the outbox failed; the sweep sends its rows again".into(),
        ));
    }
    if let Some(payload) = message.get("requestPayload") {
        let condition = message["requestContext"]["condition"]
            .as_str()
            .unwrap_or("failed");
        let error = message["responsePayload"]["errorMessage"]
            .as_str()
            .unwrap_or("no error was reported");
        let function = message["requestContext"]["functionArn"]
            .as_str()
            .unwrap_or("a function");
        let reason = format!("{function} gave up ({condition}): {error}");
        return undelivered(store, payload.clone(), &reason).await;
    }
    let error = attributes["ERROR_MESSAGE"]["stringValue"]
        .as_str()
        .unwrap_or("the reason was not given");
    let rule = attributes["RULE_ARN"]["stringValue"]
        .as_str()
        .unwrap_or("a rule");
    let reason = format!("{rule} could not deliver this: {error}");
    undelivered(store, message, &reason).await
}

/// A request to carry out an effect is only its row's messenger: the sweep sends another until the row is closed, or
/// parked under its case's owner. Everything else would be lost here.
async fn undelivered(store: &Store, event: Value, reason: &str) -> Result<Told, TryAgain> {
    if let Some(requested) = Requested::of(&event)
        && store
            .effect(&requested.case, &requested.effect)
            .await?
            .is_some()
    {
        return Ok(Told::Done(format!(
            "the sweep asks for {} of {} again",
            requested.effect, requested.case
        )));
    }
    keep(store, &Received::unreadable(event), reason, None).await
}
