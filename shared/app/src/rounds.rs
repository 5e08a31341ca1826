//! Workflows that begin by the calendar: `apply` says when first, the sweep sends the event and sets the next time.
//! It must not start a case; its event does, as any other.

use domain::calendar::Recurrence;
use domain::event::WORKFLOW_SOURCE;
use domain::id::WorkflowId;
use domain::schedule::{Round, SCHEDULE_EVENT};
use store::{Bus, Company, Entry, Store, StoreError};

use crate::apply::ApplyError;
use crate::outcome::TryAgain;

/// How often a row is read anew because the sweep was first.
const MOST_LOOKS: u32 = 5;

/// Sets when each workflow comes round next, by the files in force. One that is owed already stays owed.
///
/// # Errors
/// Of the store. Repeated, it goes on where it was stopped.
pub(crate) async fn arrange(store: &Store, company: &Company) -> Result<(), ApplyError> {
    for workflow in company.workflows.values() {
        if let Some(every) = workflow.starts_on.as_ref().and_then(|on| on.every) {
            arrange_one(store, company, &workflow.id, every).await?;
        }
    }
    Ok(())
}

async fn arrange_one(
    store: &Store,
    company: &Company,
    workflow: &WorkflowId,
    every: Recurrence,
) -> Result<(), ApplyError> {
    for _ in 0..MOST_LOOKS {
        let (was, now) = (store.round(workflow).await?, store.now());
        if was.as_ref().is_some_and(|round| round.next.at <= now) {
            return Ok(());
        }
        let calendar = company.team.calendar_of_clocks(None);
        let round = calendar
            .ok()
            .and_then(|calendar| Round::after(every, calendar, now));
        let round = round.ok_or_else(|| {
            ApplyError::Invalid(format!(
                "the calendar does not open for years, so {workflow} never begins"
            ))
        })?;
        if was.as_ref() == Some(&round) {
            return Ok(());
        }
        match store.set_round(workflow, was.as_ref(), &round).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other?),
        }
    }
    Ok(())
}

/// The time of a workflow has come: its event goes out, then the next time is set. Stopped in between, the same event goes
/// out again and starts nothing more.
pub(crate) async fn reached(
    store: &Store,
    bus: &Bus,
    workflow: &WorkflowId,
) -> Result<(), TryAgain> {
    let Some(round) = store.round(workflow).await? else {
        return Ok(());
    };
    if store.now() < round.next.at {
        return Ok(());
    }
    let company = store.company().await?;
    let in_force = company.workflows.get(workflow);
    let every = in_force.and_then(|workflow| workflow.starts_on.as_ref()?.every);
    let Some(every) = every else {
        return unless_moved(store.forget_round(workflow, &round).await);
    };
    let event = Entry {
        source: WORKFLOW_SOURCE.to_owned(),
        detail_type: SCHEDULE_EVENT.to_owned(),
        detail: round.detail(workflow),
        time: round.next.at,
    };
    TryAgain::unless_published(bus.publish_one(&event).await)?;
    let calendar = company.team.calendar_of_clocks(None);
    let next = calendar
        .ok()
        .and_then(|calendar| round.following(every, calendar));
    let next = next.ok_or_else(|| {
        TryAgain(format!(
            "the calendar does not open for years, so {workflow} never begins again"
        ))
    })?;
    unless_moved(store.set_round(workflow, Some(&round), &next).await)
}

/// Another sweep was first.
fn unless_moved(outcome: Result<(), StoreError>) -> Result<(), TryAgain> {
    match outcome {
        Err(StoreError::Conflict { .. }) => Ok(()),
        other => Ok(other?),
    }
}
