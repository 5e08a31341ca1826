//! The outbox goes out: new effect rows in the table's stream become requests on the bus, emitted events become events.
//! It reads rows and sends; it never decides what is owed.

use domain::case::Effect;
use domain::event::{EFFECT_SOURCE, Metadata, WORKFLOW_SOURCE};
use domain::id::EventId;
use serde_json::{Map, Value, json};
use store::{Bus, EffectRow, EffectState, Entry, EntryOutcome, Store};

use crate::executor;
use crate::outcome::{BatchAnswer, TryAgain};

/// Sends what the records of one stream batch owe. Answers with those that must come again.
///
/// # Errors
/// None of its own: a record that can not be sent now is reported in the answer.
pub async fn handle(store: &Store, bus: &Bus, batch: &Value) -> Result<BatchAnswer, TryAgain> {
    let mut failed = Vec::new();
    let mut rows = Vec::new();
    for record in batch["Records"].as_array().into_iter().flatten() {
        let sequence = record["dynamodb"]["SequenceNumber"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        match effect_row(&record["dynamodb"]["NewImage"]) {
            Some(Ok(row)) => rows.push((sequence, row)),
            Some(Err(error)) => {
                // The sweep finds the same row by its due time and says what is wrong with it.
                tracing::error!(sequence, %error, "an effect row in the stream can not be read");
            }
            None => {}
        }
    }
    let mut sent = Vec::new();
    for (sequence, row) in rows {
        match entry(&row) {
            Ok(entry) => sent.push((sequence, row, entry)),
            Err(error) => tracing::error!(sequence, %error, "an effect row has no readable body"),
        }
    }
    let entries: Vec<Entry> = sent.iter().map(|(_, _, entry)| entry.clone()).collect();
    for ((sequence, row, _), outcome) in sent.iter().zip(bus.publish(&entries).await) {
        if let Err(error) = finish(store, row, outcome).await {
            tracing::warn!(case.id = %row.case, effect.id = %row.effect, %error, "not sent; it comes again");
            failed.push(sequence.clone());
        }
    }
    Ok(BatchAnswer::again(failed))
}

/// Puts one row on the bus again; the sweep does so with rows that nobody closed.
pub(crate) async fn send_again(store: &Store, bus: &Bus, row: &EffectRow) -> Result<(), TryAgain> {
    let entry = entry(row).map_err(|error| TryAgain(error.to_string()))?;
    finish(store, row, bus.publish_one(&entry).await).await
}

/// An emitted event is carried out once it is on the bus; any other effect is its executor's to close.
async fn finish(store: &Store, row: &EffectRow, outcome: EntryOutcome) -> Result<(), TryAgain> {
    let event_id = TryAgain::unless_published(outcome)?;
    if matches!(row.effect()?, Effect::Emit { .. }) {
        let sent = EffectRow {
            reference: Some(event_id),
            ..row.clone()
        };
        executor::close(store, &sent).await?;
    }
    Ok(())
}

fn entry(row: &EffectRow) -> Result<Entry, store::StoreError> {
    let reference = format!("{}/{}", row.case, row.effect);
    let (source, detail_type, hops, data) = match row.effect()? {
        Effect::Emit { event, values } => {
            (WORKFLOW_SOURCE, event, row.hops + 1, Value::Object(values))
        }
        other => {
            let detail_type = other.detail_type().unwrap_or_default().to_owned();
            (
                EFFECT_SOURCE,
                detail_type,
                row.hops,
                json!({ "case": row.case, "effect": row.effect }),
            )
        }
    };
    let metadata = Metadata {
        id: EventId(reference.clone()),
        correlation_id: row.correlation_id.clone(),
        causation_id: reference,
        time: row.owed_at,
        hops,
        schema_version: 1,
    };
    let detail = json!({ "metadata": metadata, "data": data });
    Ok(Entry {
        source: source.into(),
        detail_type,
        detail,
        time: row.owed_at,
    })
}

/// `None`: the record is not a newly owed effect.
fn effect_row(image: &Value) -> Option<Result<EffectRow, serde_json::Error>> {
    let attributes = image.as_object()?;
    if attributes.get("type")?.get("S")?.as_str()? != "effect" {
        return None;
    }
    let plain: Map<String, Value> = attributes
        .iter()
        .filter_map(|(name, typed)| Some((name.clone(), plain(typed)?)))
        .collect();
    let row: Result<EffectRow, _> = serde_json::from_value(Value::Object(plain));
    match row {
        Ok(row) if row.state != EffectState::Owed => None,
        other => Some(other),
    }
}

/// A typed attribute of a stream record, for the kinds an effect row has.
fn plain(typed: &Value) -> Option<Value> {
    let (kind, value) = typed.as_object()?.iter().next()?;
    match (kind.as_str(), value) {
        ("S", Value::String(_)) | ("BOOL", Value::Bool(_)) => Some(value.clone()),
        ("N", Value::String(number)) => serde_json::from_str(number).ok(),
        _ => None,
    }
}
