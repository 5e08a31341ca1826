//! What people report, what one case tells another and what a tool's event ends: all that moves a running case.
//! Which step follows is `domain`'s to say.

use domain::case::{Effect, Input};
use domain::event::{EFFECT_SOURCE, Envelope, Metadata, REPORT_SOURCE};
use domain::id::{CaseId, PersonId, StepId, digest};
use serde::Deserialize;
use serde_json::Value;
use store::{Guard, Store};

use crate::advance;
use crate::arrive;
use crate::executor::{self, Act, Sent};
use crate::invoice_news;
use crate::outcome::{Halt, Told, TryAgain};
use crate::park;
use crate::presence;
use crate::returned;
use crate::time_log;

/// `data` of `task.done`: a step's task, how it ended, and who says so.
#[derive(Debug, Deserialize)]
struct TaskDone {
    case: CaseId,
    step: StepId,
    by: PersonId,
    #[serde(default)]
    outcome: Option<String>,
}

/// `data` of `checklist.ticked`.
#[derive(Debug, Deserialize)]
struct ChecklistTicked {
    case: CaseId,
    step: StepId,
    by: PersonId,
    items: Vec<String>,
}

/// `data` of `decision.made`.
#[derive(Debug, Deserialize)]
struct DecisionMade {
    case: CaseId,
    step: StepId,
    by: PersonId,
    choice: String,
}

/// `data` of `task.accepted`: its owner has it.
#[derive(Debug, Deserialize)]
struct TaskAccepted {
    case: CaseId,
    step: StepId,
    by: PersonId,
}

/// `data` of `task.handed`: it goes to another person of the team.
#[derive(Debug, Deserialize)]
struct TaskHanded {
    case: CaseId,
    step: StepId,
    by: PersonId,
    to: PersonId,
}

/// # Errors
/// Only what may succeed when the same event is delivered again.
pub async fn handle(store: &Store, event: Value) -> Result<Vec<Told>, TryAgain> {
    let envelope = match park::envelope(store, &event).await? {
        Ok(envelope) => envelope,
        Err(told) => return Ok(vec![told]),
    };
    match envelope.source.as_str() {
        EFFECT_SOURCE => Ok(vec![told_by_another(store, &event).await?]),
        REPORT_SOURCE => Ok(vec![reported(store, &envelope, &event).await?]),
        _ => {
            if let Some(mail) = returned::mail_of(&envelope) {
                let came = returned::report(store, &envelope, &mail).await;
                return Ok(vec![
                    park::unless_refused(store, &envelope, &event, None, came).await?,
                ]);
            }
            let mut told = Vec::new();
            if invoice_news::concerns(&envelope) || time_log::concerns(&envelope) {
                told.push(reported(store, &envelope, &event).await?);
            }
            told.extend(arrive::handle(store, &envelope, &event).await?);
            Ok(told)
        }
    }
}

async fn reported(store: &Store, envelope: &Envelope, event: &Value) -> Result<Told, TryAgain> {
    let reported = if invoice_news::concerns(envelope) {
        invoice_news::report(store, envelope).await
    } else if time_log::concerns(envelope) {
        time_log::report(store, envelope).await
    } else {
        report(store, envelope).await
    };
    // Where a workflow hears the same event, its owner has it, whoever of the two refuses it first.
    let heard_by = match &reported {
        Err(Halt::Never(_)) => {
            let company = store.company().await?;
            company.triggers.started_by(envelope).into_iter().next()
        }
        _ => None,
    };
    park::unless_refused(store, envelope, event, heard_by.as_ref(), reported).await
}

async fn report(store: &Store, envelope: &Envelope) -> Result<Told, Halt> {
    let metadata = metadata(envelope)?;
    if presence::concerns(envelope) {
        return presence::report(store, envelope, &metadata).await;
    }
    let (case, input) = read(envelope).map_err(Halt::Never)?;
    let body_hash = digest(&[&envelope.detail_type, &envelope.detail["data"].to_string()]);
    let cause = format!("{} {}", envelope.detail_type, metadata.id);
    let guard = Guard::Seen {
        event: metadata.id,
        body_hash,
    };
    advance::advance(store, &case, &input, &cause, &guard).await
}

fn metadata(envelope: &Envelope) -> Result<Metadata, Halt> {
    let stated = envelope.detail.get("metadata").cloned().unwrap_or_default();
    serde_json::from_value(stated).map_err(|error| {
        Halt::Never(format!(
            "detail.metadata of {}: {error}",
            envelope.detail_type
        ))
    })
}

fn read(envelope: &Envelope) -> Result<(CaseId, Input), String> {
    let data = envelope.detail.get("data").cloned().unwrap_or_default();
    let named =
        |error: serde_json::Error| format!("detail.data of {}: {error}", envelope.detail_type);
    match envelope.detail_type.as_str() {
        "task.done" => {
            let TaskDone {
                case,
                step,
                by,
                outcome,
            } = serde_json::from_value(data).map_err(named)?;
            Ok((case, Input::TaskDone { step, by, outcome }))
        }
        "checklist.ticked" => {
            let ChecklistTicked {
                case,
                step,
                by,
                items,
            } = serde_json::from_value(data).map_err(named)?;
            Ok((case, Input::ChecklistTicked { step, items, by }))
        }
        "decision.made" => {
            let DecisionMade {
                case,
                step,
                by,
                choice,
            } = serde_json::from_value(data).map_err(named)?;
            Ok((case, Input::DecisionMade { step, choice, by }))
        }
        "task.accepted" => {
            let TaskAccepted { case, step, by } = serde_json::from_value(data).map_err(named)?;
            Ok((case, Input::TaskAccepted { step, by }))
        }
        "task.handed" => {
            let TaskHanded { case, step, by, to } = serde_json::from_value(data).map_err(named)?;
            Ok((case, Input::TaskHanded { step, by, to }))
        }
        other => Err(format!(
            "{other} is no report; people report task.accepted, task.handed, task.done, checklist.ticked, decision.made or time.logged"
        )),
    }
}

/// Hands a `case.told` effect to the case it names. The other case applies it once whatever the repeats, so the
/// message is simply given again if the row was not closed.
async fn told_by_another(store: &Store, event: &Value) -> Result<Told, TryAgain> {
    executor::handle(store, event, async |claimed| {
        let Effect::Tell { case, message } = &claimed.effect else {
            return Err(Act::Refused(
                "this effect is not a message to a case".into(),
            ));
        };
        let cause = format!("told by {}", claimed.row.case);
        match advance::advance(
            store,
            case,
            &Input::Told(message.clone()),
            &cause,
            &Guard::None,
        )
        .await
        {
            Ok(_) => Ok(Sent {
                reference: case.0.clone(),
                ..Sent::default()
            }),
            Err(Halt::Later(again)) => Err(Act::Later(again)),
            Err(Halt::Never(reason)) => Err(Act::Refused(reason)),
        }
    })
    .await
}
