//! Whatever is due in the due index, most urgent first, to the second: clocks speak, unsent effects go out again.
//! Its cost is what is due. It must not know why a row is due beyond its kind.

use std::collections::BTreeSet;

use domain::billing::Happened;
use domain::case::Input;
use jiff::SignedDuration;
use store::{Bus, DueRow, EffectState, Guard, Store};

use crate::outcome::{Halt, Told, TryAgain};
use crate::{advance, arrive, executor, invoice_news, park, relay};

/// Past the next two sweeps, so that one lost sweep makes nothing late.
pub const LOOK_AHEAD: SignedDuration = SignedDuration::from_secs(190);

/// What one sweep did.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    pub clocks: u32,
    pub waits: u32,
    pub effects: u32,
    pub failed: u32,
}

/// Handles what is due now, then waits for the clocks that speak within the look-ahead, and no longer. An effect that
/// falls due later is most likely closed by then, and a wait ends by the minute; the sweep after that time looks at it.
///
/// # Errors
/// When the index can not be read. A row that fails is put back and counted, and never holds up the rest.
pub async fn handle(store: &Store, bus: &Bus) -> Result<Swept, TryAgain> {
    let until = store.now() + LOOK_AHEAD;
    let mut swept = Swept::default();
    // An index follows the table with a delay: a row that was handled may be shown once more as it was.
    let mut handled = BTreeSet::new();
    loop {
        let mut rows = store.due(until).await?;
        let read_at = store.now();
        rows.retain(|row| row.at <= read_at || row.task().is_some());
        rows.retain(|row| !handled.contains(&(row.key.clone(), row.due_at.clone())));
        let Some(first) = rows.first() else {
            return Ok(swept);
        };
        store.clock().sleep_until(first.at).await;
        let now = store.now();
        for row in rows.iter().filter(|row| row.at <= now) {
            handled.insert((row.key.clone(), row.due_at.clone()));
            if let Err(error) = one(store, bus, row, &mut swept).await {
                tracing::warn!(row = row.key.pk, %error, "a due row failed and is put back");
                swept.failed += 1;
                store.put_back(row).await?;
            }
        }
    }
}

async fn one(store: &Store, bus: &Bus, row: &DueRow, swept: &mut Swept) -> Result<(), TryAgain> {
    if let Some((case, effect)) = row.effect() {
        swept.effects += 1;
        let Some(row) = store.effect(&case, &effect).await? else {
            return Ok(());
        };
        return match row.state {
            EffectState::Closed | EffectState::Parked => Ok(()),
            EffectState::Sent => executor::close(store, &row).await.map(drop),
            EffectState::Owed => {
                store.look_again(&row).await?;
                relay::send_again(store, bus, &row).await
            }
        };
    }
    if let Some((correlation, case, step)) = row.wait() {
        swept.waits += 1;
        return match arrive::due(store, &correlation, &case, &step).await {
            Ok(()) => Ok(()),
            Err(Halt::Later(again)) => Err(again),
            Err(Halt::Never(reason)) => {
                park::keep_due(store, row, &reason).await?;
                Ok(store.put_back(row).await?)
            }
        };
    }
    if let Some(invoice) = row.invoice() {
        swept.clocks += 1;
        return remind(store, row, invoice).await;
    }
    let Some((case, step)) = row.task() else {
        return Err(TryAgain(format!("nobody knows what {} is", row.key.sk)));
    };
    swept.clocks += 1;
    let input = Input::TimeReached { step: step.clone() };
    let cause = format!("the clock of {step} spoke");
    match advance::advance(store, &case, &input, &cause, &Guard::None).await {
        Ok(_) => Ok(()),
        Err(Halt::Later(again)) => Err(again),
        Err(Halt::Never(reason)) => {
            park::keep_due(store, row, &reason).await?;
            Ok(store.put_back(row).await?)
        }
    }
}

/// The time of a reminder has come; whether anybody is still to be reminded is the invoice's to say.
async fn remind(store: &Store, row: &DueRow, invoice: &str) -> Result<(), TryAgain> {
    let due = Happened::ReminderDue { at: store.now() };
    match invoice_news::happen(store, invoice, &due, "a reminder fell due").await {
        Ok(Told::Repeat(_)) => Ok(store.put_back(row).await?),
        Ok(_) => Ok(()),
        Err(Halt::Later(again)) => Err(again),
        Err(Halt::Never(reason)) => {
            park::keep_due(store, row, &reason).await?;
            Ok(store.put_back(row).await?)
        }
    }
}
