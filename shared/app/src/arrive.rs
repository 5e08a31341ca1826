//! An event meets the cases that wait for it, whichever was first.
//! What it does to a case is `domain`'s to say; which cases it starts is `start_case`'s.

use std::collections::BTreeSet;

use domain::case::Input;
use domain::company::Team;
use domain::event::Envelope;
use domain::id::{CaseId, EventId, StepId, digest};
use jiff::Timestamp;
use serde_json::Value;
use store::{Arrived, Guard, LARGEST_KEPT_BYTES, Store, WaitRow};

use crate::advance::{self, Armed};
use crate::outcome::{Halt, Told, TryAgain};
use crate::park;

/// Hands an event to every case that waits for it now, and keeps it for those that will.
///
/// # Errors
/// Only what may succeed when the same event is delivered again.
pub(crate) async fn handle(
    store: &Store,
    envelope: &Envelope,
    event: &Value,
) -> Result<Vec<Told>, TryAgain> {
    let company = store.company().await?;
    let correlations = company.listening.correlations(envelope);
    if correlations.is_empty() {
        return Ok(vec![Told::Unheard]);
    }
    let id = company.event_id(envelope);
    let mut told = Vec::new();
    let mut later = None;
    let mut met = BTreeSet::new();
    let is_kept = event.to_string().len() <= LARGEST_KEPT_BYTES;
    for correlation in correlations {
        if is_kept {
            store.keep_arrived(&correlation, &id, envelope).await?;
        }
        let waiting = store.waiting(&correlation).await?;
        let overtaken = match company.team.place(envelope) {
            Some(_) if !waiting.is_empty() => {
                is_overtaken(&company.team, envelope, &store.arrived(&correlation).await?)
            }
            _ => false,
        };
        for row in waiting {
            if !met.insert((row.case.clone(), row.step.is_some())) {
                continue;
            }
            let mut armed = Armed::new();
            let came = Came {
                event: &id,
                envelope,
                kept_since: None,
                overtaken,
            };
            let came = meet(store, &row, came, &mut armed).await;
            match park::unless_refused(store, envelope, event, None, came).await {
                Ok(one) => told.push(one),
                // The other cases must not wait for this one; what is done is a repeat next time.
                Err(again) => later = Some(again),
            }
            look_back(store, armed).await;
        }
    }
    match later {
        Some(again) => Err(again),
        None if told.is_empty() && !is_kept => {
            let reason = format!(
                "nobody waits for this event yet, and it is over {} KB: too large to be kept until somebody does",
                LARGEST_KEPT_BYTES / 1024
            );
            let refused = Err(Halt::Never(reason));
            let kept = park::unless_refused(store, envelope, event, None, refused).await?;
            Ok(vec![kept])
        }
        None => Ok(told),
    }
}

/// Hands what came before to the steps that now wait for it. Best effort: each of them is due in the table until it
/// was done, so a sweep does what is not done here.
pub(crate) async fn look_back(store: &Store, armed: Armed) {
    let mut open = armed;
    while let Some((case, listener)) = open.pop() {
        let looked = async {
            let row = store
                .wait(&listener.correlation, &case, listener.step.as_ref())
                .await?;
            match row {
                Some(row) => look_back_once(store, &row, &mut open).await,
                None => Ok(()),
            }
        };
        if let Err(Halt::Later(TryAgain(reason)) | Halt::Never(reason)) = looked.await {
            tracing::info!(
                case = case.as_str(),
                reason,
                "a sweep will look for what came before"
            );
        }
    }
}

/// Does what is due for a waiting step: what came before it, or its end.
///
/// # Errors
/// When the table does not answer, or the case refuses.
pub(crate) async fn due(
    store: &Store,
    correlation: &str,
    case: &CaseId,
    step: Option<&StepId>,
) -> Result<(), Halt> {
    let Some(row) = store.wait(correlation, case, step).await? else {
        return Ok(());
    };
    let mut armed = Armed::new();
    look_back_once(store, &row, &mut armed).await?;
    look_back(store, armed).await;
    if let Some(step) = step
        && row.until.is_some_and(|until| until <= store.now())
    {
        let input = Input::TimeReached { step: step.clone() };
        let cause = format!("the wait of {step} was over");
        advance::advance(store, case, &input, &cause, &Guard::None).await?;
    }
    Ok(())
}

async fn look_back_once(store: &Store, row: &WaitRow, armed: &mut Armed) -> Result<(), Halt> {
    let company = store.company().await?;
    let kept = store.arrived(row.correlation()).await?;
    for arrived in &kept {
        let came = Came {
            event: &arrived.event,
            envelope: &arrived.envelope,
            kept_since: Some(arrived.received_at),
            overtaken: is_overtaken(&company.team, &arrived.envelope, &kept),
        };
        meet(store, row, came, armed).await?;
    }
    Ok(store.looked_back(row).await?)
}

/// Whether a newer event of its kind about the same thing came before this one, by the order that its source states.
fn is_overtaken(team: &Team, envelope: &Envelope, kept: &[Arrived]) -> bool {
    let place = team.place(envelope);
    place.is_some() && kept.iter().any(|other| place < team.place(&other.envelope))
}

/// An event as it meets a case.
struct Came<'e> {
    event: &'e EventId,
    envelope: &'e Envelope,
    kept_since: Option<Timestamp>,
    overtaken: bool,
}

/// Hands an event to the steps of a case that wait, or to its clocks, as `row` says. Each takes it once: a step that
/// opens later may still wait for what a clock has heard.
async fn meet(
    store: &Store,
    row: &WaitRow,
    came: Came<'_>,
    armed: &mut Armed,
) -> Result<Told, Halt> {
    let (event, envelope) = (came.event.clone(), Box::new(came.envelope.clone()));
    let cause = advance::cause(&envelope, &event);
    let body_hash = digest(&[&envelope.detail_type, &envelope.detail.to_string()]);
    let (seen, input) = match row.step {
        Some(_) => {
            let input = Input::EventArrived {
                event: event.clone(),
                envelope,
                kept_since: came.kept_since,
                overtaken: came.overtaken,
            };
            (event, input)
        }
        None => {
            let seen = EventId(format!("{event}/clocks"));
            (seen, Input::ClocksHear { event, envelope })
        }
    };
    let guard = Guard::Seen {
        event: seen,
        body_hash,
    };
    advance::advance_alone(store, &row.case, &input, &cause, &guard, armed).await
}
