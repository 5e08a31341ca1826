//! What was parked is tried again, once its cause is mended: an event goes on the bus, an effect is owed anew.
//! Safe to repeat: what was done is a repeat to whoever gets it. It must not judge whether the cause is mended.

use domain::event::Envelope;
use store::{Bus, Entry, ParkedRow, Store};

use crate::outcome::{Told, TryAgain};
use crate::{returned, webhook};

/// The source of rows that the sweep could not handle; the sweep tries them itself every minute.
const SWEEP: &str = "baton.sweep";

/// # Errors
/// Only what may succeed when it is tried again; the input is then still parked.
pub async fn redrive(store: &Store, bus: &Bus, row: &ParkedRow) -> Result<Told, TryAgain> {
    if row.is_cut {
        let text = "it was longer than a row holds, and only its beginning is kept; send it again from where it came";
        return Ok(Told::Parked(text.into()));
    }
    // Marked first and forgotten last: should this end half way, it is still there, and may be tried again.
    let told = match (&row.case, &row.effect) {
        (Some(case), Some(effect)) => {
            store.mark_redriven(row).await?;
            store.owe_again(case, effect).await?;
            format!("{effect} of {case} is owed again; the next sweep asks for it")
        }
        _ if row.source == returned::SOURCE => {
            store.mark_redriven(row).await?;
            "nothing is to be sent again; it is taken note of".to_owned()
        }
        _ if row.source == SWEEP => {
            store.mark_redriven(row).await?;
            "the next sweep looks at it".to_owned()
        }
        _ => {
            let entry = match entry(store, row).await? {
                Ok(entry) => entry,
                Err(reason) => return Ok(Told::Parked(reason)),
            };
            store.mark_redriven(row).await?;
            TryAgain::unless_published(bus.publish_one(&entry).await)?;
            format!(
                "{} from {} is on the bus again",
                entry.detail_type, entry.source
            )
        }
    };
    store.unpark(row).await?;
    Ok(Told::Done(told))
}

async fn entry(store: &Store, row: &ParkedRow) -> Result<Result<Entry, String>, TryAgain> {
    if let Some(request) = webhook::Kept::read(&row.body) {
        let company = store.company().await?;
        return Ok(request.entry(&company));
    }
    let envelope: Result<Envelope, _> = serde_json::from_str(&row.body);
    Ok(match envelope {
        Ok(envelope) => Ok(Entry {
            source: envelope.source,
            detail_type: envelope.detail_type,
            detail: envelope.detail,
            time: envelope.time,
        }),
        Err(error) => Err(format!(
            "what is kept is no event ({error}); send it again from where it came"
        )),
    })
}
