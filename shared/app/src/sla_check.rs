//! Whatever is due in the due index, most urgent first, to the second: clocks speak, unsent effects go out again, cases
//! that stand still and parked things are told of. Its cost is what is due. It must not know why a row is due beyond its kind.

use std::collections::BTreeSet;

use domain::billing::Happened;
use domain::case::Input;
use domain::id::CaseId;
use jiff::{SignedDuration, Timestamp};
use store::{Bus, DueRow, EffectState, Guard, Store};

use crate::outcome::{Halt, Told, TryAgain};
use crate::{advance, arrive, executor, invoice_news, park, relay, rounds};

/// Past the next two sweeps, so that one lost sweep makes nothing late.
pub const LOOK_AHEAD: SignedDuration = SignedDuration::from_secs(190);
/// While it waits for a second to come, the index is read again this often: what was opened since may be due in between.
const READ_AGAIN: SignedDuration = SignedDuration::from_secs(20);
/// Failures in a row, a minute apart, before a row becomes somebody's task.
const MOST_FAILURES: u64 = 8;
/// When a row that can not be handled is looked at again: somebody may have mended the cause.
const ASIDE: SignedDuration = SignedDuration::from_hours(1);

/// What one sweep did.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    pub clocks: u32,
    pub waits: u32,
    pub effects: u32,
    /// Cases looked at because nothing has moved them.
    pub standing: u32,
    /// Workflows that come round by the calendar.
    pub rounds: u32,
    /// Mails about parked things.
    pub parked: u32,
    pub failed: u32,
}

/// What this sweep has still to do, in order. An index follows the table with a delay: a row that was handled may be
/// shown once more as it was.
#[derive(Default)]
struct Agenda {
    waiting: BTreeSet<(Timestamp, DueRow)>,
    handled: BTreeSet<DueRow>,
}

impl Agenda {
    fn add(&mut self, row: DueRow) {
        if !self.handled.contains(&row) {
            self.waiting.insert((row.at, row));
        }
    }

    fn next(&mut self) -> Option<DueRow> {
        let (_, row) = self.waiting.pop_first()?;
        self.handled.insert(row.clone());
        Some(row)
    }
}

/// Handles what is due now, then waits for the clocks that speak within the look-ahead, and no longer. Anything else that
/// falls due later is looked at by the sweep after that time.
///
/// # Errors
/// When the index can not be read. A row that fails is put back and counted, and never holds up the rest.
pub async fn handle(store: &Store, bus: &Bus) -> Result<Swept, TryAgain> {
    let until = store.now() + LOOK_AHEAD;
    let mut swept = Swept::default();
    let mut agenda = Agenda::default();
    let mut read_at = read(store, until, &mut agenda, &mut swept).await?;
    loop {
        let Some(row) = agenda.next() else {
            let before = agenda.handled.len();
            if before > 0 && read_at < store.now() {
                read_at = read(store, until, &mut agenda, &mut swept).await?;
            }
            if agenda.waiting.is_empty() {
                return Ok(swept);
            }
            continue;
        };
        let waited = store.now() < row.at;
        if waited && read_at + READ_AGAIN < row.at {
            // Wake up in between, and look what else has come.
            agenda.handled.remove(&row);
            agenda.add(row);
            store.clock().sleep_until(read_at + READ_AGAIN).await;
            read_at = read(store, until, &mut agenda, &mut swept).await?;
            continue;
        }
        store.clock().sleep_until(row.at).await;
        handle_one(store, bus, &row, waited, until, &mut agenda, &mut swept).await;
    }
}

/// Reads the index. Parked things are told of at once, all of one person together.
async fn read(
    store: &Store,
    until: Timestamp,
    agenda: &mut Agenda,
    swept: &mut Swept,
) -> Result<Timestamp, TryAgain> {
    let rows = store.due(until).await?;
    let read_at = store.now();
    let is_due = |row: &DueRow| row.at <= read_at || row.clock().is_some();
    let (parked, rows): (Vec<_>, Vec<_>) =
        rows.into_iter().filter(is_due).partition(DueRow::is_parked);
    rows.into_iter().for_each(|row| agenda.add(row));
    let parked: Vec<_> = parked
        .into_iter()
        .filter(|row| agenda.handled.insert(row.clone()))
        .collect();
    if !parked.is_empty() {
        match park::tell_owners(store, &parked).await {
            Ok(mails) => swept.parked += mails,
            Err(error) => {
                for row in &parked {
                    failed(store, row, &error, swept).await;
                }
            }
        }
    }
    Ok(read_at)
}

/// Handles one row, whatever comes of it. A clock that was waited for is looked at first: another sweep may have been
/// quicker, or the task done; and what it says next may be due before this sweep ends.
async fn handle_one(
    store: &Store,
    bus: &Bus,
    row: &DueRow,
    waited: bool,
    until: Timestamp,
    agenda: &mut Agenda,
    swept: &mut Swept,
) {
    let is_clock = row.clock().is_some();
    let outcome = async {
        if is_clock && waited {
            let now = store.due_again(row).await?;
            if now.as_ref() != Some(row) {
                return Ok(now);
            }
        }
        one(store, bus, row, swept).await?;
        match is_clock {
            true => Ok(store.due_again(row).await.unwrap_or_default()),
            false => Ok(None),
        }
    };
    match outcome.await {
        Ok(Some(next)) if next.at <= until => agenda.add(next),
        Ok(_) => {}
        Err(error) => failed(store, row, &error, swept).await,
    }
}

/// Puts a row that failed back; one that fails again and again is parked and looked at less often. That nothing can be
/// written holds nobody up: the row stays due.
async fn failed(store: &Store, row: &DueRow, error: &TryAgain, swept: &mut Swept) {
    tracing::warn!(row = row.key.pk, %error, "a due row failed and is put back");
    swept.failed += 1;
    let put_back = async {
        if store.put_back(row).await? < MOST_FAILURES {
            return Ok(());
        }
        let Some(row) = store.due_again(row).await? else {
            return Ok(());
        };
        set_aside(store, &row, &error.to_string()).await
    };
    if let Err(error) = put_back.await {
        let error: TryAgain = error;
        tracing::error!(row = row.key.pk, %error, "a due row could not be put back");
    }
}

async fn set_aside(store: &Store, row: &DueRow, reason: &str) -> Result<(), TryAgain> {
    park::keep_due(store, row, reason).await?;
    Ok(store.set_aside(row, ASIDE).await?)
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
        return match arrive::due(store, &correlation, &case, step.as_ref()).await {
            Ok(()) => Ok(()),
            Err(Halt::Later(again)) => Err(again),
            Err(Halt::Never(reason)) => set_aside(store, row, &reason).await,
        };
    }
    if let Some(invoice) = row.invoice() {
        swept.clocks += 1;
        return remind(store, row, invoice).await;
    }
    if let Some((case, step)) = row.clock() {
        swept.clocks += 1;
        let cause = format!("the clock of {step} spoke");
        return move_on(store, row, &case, &Input::TimeReached { step }, &cause).await;
    }
    if let Some(case) = row.standing() {
        swept.standing += 1;
        let cause = "nothing has moved it";
        return move_on(store, row, &case, &Input::AgeReached, cause).await;
    }
    if let Some(workflow) = row.round() {
        swept.rounds += 1;
        return rounds::reached(store, bus, &workflow).await;
    }
    let reason = format!("nobody knows what {} is", row.key);
    set_aside(store, row, &reason).await
}

async fn move_on(
    store: &Store,
    row: &DueRow,
    case: &CaseId,
    input: &Input,
    cause: &str,
) -> Result<(), TryAgain> {
    match advance::advance(store, case, input, cause, &Guard::None).await {
        Ok(_) => Ok(()),
        Err(Halt::Later(again)) => Err(again),
        Err(Halt::Never(reason)) => set_aside(store, row, &reason).await,
    }
}

/// The time of a reminder has come; whether anybody is still to be reminded is the invoice's to say.
async fn remind(store: &Store, row: &DueRow, invoice: &str) -> Result<(), TryAgain> {
    let due = Happened::ReminderDue { at: store.now() };
    match invoice_news::happen(store, invoice, &due, "a reminder fell due").await {
        Ok(Told::Repeat(_)) => Ok(store.put_back(row).await.map(drop)?),
        Ok(_) => Ok(()),
        Err(Halt::Later(again)) => Err(again),
        Err(Halt::Never(reason)) => set_aside(store, row, &reason).await,
    }
}
