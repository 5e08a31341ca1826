//! A tool's event, or one that a workflow emitted, starts the cases whose trigger it fits; once each.
//! What an event means to a running case is `advance_case`'s.

use domain::event::{Envelope, OWN_PREFIX};
use domain::id::WorkflowId;
use domain::start;
use serde_json::Value;
use store::{Company, Guard, Store};

use crate::advance;
use crate::invoice_news;
use crate::outcome::{Halt, Told, TryAgain};
use crate::park;

/// # Errors
/// Only what may succeed when the same event is delivered again.
pub async fn handle(store: &Store, event: Value) -> Result<Vec<Told>, TryAgain> {
    let envelope = match park::envelope(store, &event).await? {
        Ok(envelope) => envelope,
        Err(told) => return Ok(vec![told]),
    };
    let company = store.company().await?;
    if !company.hears(&envelope.source, &envelope.detail_type) {
        // Baton's own events may end here: a workflow can say `unheard: true` of what it emits.
        // And what concerns an invoice is heard where the invoice stands.
        if !envelope.source.starts_with(OWN_PREFIX) && !invoice_news::concerns(&envelope) {
            store
                .count_unheard(&envelope.source, &envelope.detail_type)
                .await?;
        }
        return Ok(vec![Told::Unheard]);
    }
    let mut told = Vec::new();
    let mut later = None;
    for workflow in company.triggers.started_by(&envelope) {
        let came = start_one(store, &company, &workflow, &envelope).await;
        match park::unless_refused(store, &envelope, &event, Some(&workflow), came).await {
            Ok(one) => told.push(one),
            // The other workflows of this event must not wait for this one; what is done is a repeat next time.
            Err(again) => later = Some(again),
        }
    }
    match later {
        Some(again) => Err(again),
        None => Ok(told),
    }
}

async fn start_one(
    store: &Store,
    company: &Company,
    id: &WorkflowId,
    envelope: &Envelope,
) -> Result<Told, Halt> {
    let missing = || Halt::Never(format!("workflow {id} is not in force"));
    let workflow = company.workflows.get(id).ok_or_else(missing)?;
    let trigger = workflow.starts_on.as_ref().ok_or_else(missing)?;
    let once =
        start::once(trigger, envelope).map_err(|refusal| Halt::Never(refusal.to_string()))?;
    let guard = Guard::Once {
        workflow: id.clone(),
        once,
    };
    let cause = advance::cause(envelope, &company.event_id(envelope));
    advance::start(
        store,
        workflow,
        |world| start::opening(world, workflow, envelope),
        &cause,
        &guard,
    )
    .await
}
