//! Whatever is due in the due index, most urgent first, to the second: clocks speak, unsent effects go out again, cases
//! that stand still and parked things are told of. Its cost is what is due. It must not know why a row is due beyond its kind.

use std::collections::BTreeSet;

use domain::billing::Happened;
use domain::case::Input;
use domain::id::{CaseId, EffectId};
use jiff::{SignedDuration, Timestamp};
use store::{Bus, Due, DueRow, EffectState, Guard, Store};

use crate::outcome::{Halt, Told, TryAgain};
use crate::{advance, arrive, invoice_news, park, relay, rounds};

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
    let mut sweep = Sweep {
        store,
        bus,
        until: store.now() + LOOK_AHEAD,
        agenda: Agenda::default(),
        swept: Swept::default(),
    };
    sweep.run().await?;
    Ok(sweep.swept)
}

/// One sweep at work.
struct Sweep<'a> {
    store: &'a Store,
    bus: &'a Bus,
    until: Timestamp,
    agenda: Agenda,
    swept: Swept,
}

impl Sweep<'_> {
    async fn run(&mut self) -> Result<(), TryAgain> {
        let store = self.store;
        let mut read_at = self.read().await?;
        loop {
            let Some(row) = self.agenda.next() else {
                let has_acted = !self.agenda.handled.is_empty();
                if has_acted && read_at < store.now() {
                    read_at = self.read().await?;
                }
                if self.agenda.waiting.is_empty() {
                    return Ok(());
                }
                continue;
            };
            let waited = store.now() < row.at;
            if waited && read_at + READ_AGAIN < row.at {
                // Wake up in between, and look what else has come.
                self.agenda.handled.remove(&row);
                self.agenda.add(row);
                store.clock().sleep_until(read_at + READ_AGAIN).await;
                read_at = self.read().await?;
                continue;
            }
            store.clock().sleep_until(row.at).await;
            self.handle(&row, waited).await;
        }
    }

    /// Reads the index. Parked things are told of at once, all of one person together.
    async fn read(&mut self) -> Result<Timestamp, TryAgain> {
        let rows = self.store.due(self.until).await?;
        let read_at = self.store.now();
        let is_due = |row: &DueRow| row.at <= read_at || row.is_clock();
        let (parked, rows): (Vec<_>, Vec<_>) =
            rows.into_iter().filter(is_due).partition(DueRow::is_parked);
        rows.into_iter().for_each(|row| self.agenda.add(row));
        let handled = &mut self.agenda.handled;
        let parked: Vec<_> = parked
            .into_iter()
            .filter(|row| handled.insert(row.clone()))
            .collect();
        if !parked.is_empty() {
            match park::tell_owners(self.store, &parked).await {
                Ok(mails) => self.swept.parked += mails,
                Err(error) => {
                    for row in &parked {
                        self.failed(row, &error).await;
                    }
                }
            }
        }
        Ok(read_at)
    }

    /// Handles one row, whatever comes of it. A clock that was waited for is looked at first: another sweep may have been
    /// quicker, or the task done; and what it says next may be due before this sweep ends.
    async fn handle(&mut self, row: &DueRow, waited: bool) {
        let store = self.store;
        let is_clock = row.is_clock();
        let outcome = async {
            if is_clock && waited {
                let now = store.due_again(row).await?;
                if now.as_ref() != Some(row) {
                    return Ok(now);
                }
            }
            self.act(row).await?;
            match is_clock {
                true => Ok(store.due_again(row).await.unwrap_or_default()),
                false => Ok(None),
            }
        };
        match outcome.await {
            Ok(Some(next)) if next.at <= self.until => self.agenda.add(next),
            Ok(_) => {}
            Err(error) => self.failed(row, &error).await,
        }
    }

    async fn act(&mut self, row: &DueRow) -> Result<(), TryAgain> {
        let (store, bus) = (self.store, self.bus);
        let Some(due) = row.what() else {
            let reason = format!("nobody knows what {} is", row.key);
            return set_aside(store, row, &reason).await;
        };
        match due {
            Due::Effect { case, effect } => {
                self.swept.effects += 1;
                carry_on(store, bus, &case, &effect).await
            }
            Due::Wait {
                correlation,
                case,
                step,
            } => {
                self.swept.waits += 1;
                let arrived = arrive::due(store, &correlation, &case, step.as_ref());
                or_aside(store, row, arrived.await).await
            }
            Due::Reminder { invoice } => {
                self.swept.clocks += 1;
                remind(store, row, &invoice).await
            }
            Due::Clock { case, step } => {
                self.swept.clocks += 1;
                let cause = format!("the clock of {step} spoke");
                move_on(store, row, &case, &Input::TimeReached { step }, &cause).await
            }
            Due::Standing { case } => {
                self.swept.standing += 1;
                move_on(
                    store,
                    row,
                    &case,
                    &Input::AgeReached,
                    "nothing has moved it",
                )
                .await
            }
            Due::Round { workflow } => {
                self.swept.rounds += 1;
                rounds::reached(store, bus, &workflow).await
            }
            // Told of by `read`, all of one person together.
            Due::Parked => Ok(()),
        }
    }

    /// Puts a row that failed back; one that fails again and again is parked and looked at less often. That nothing can be
    /// written holds nobody up: the row stays due.
    async fn failed(&mut self, row: &DueRow, error: &TryAgain) {
        tracing::warn!(row = row.key.pk, %error, "a due row failed and is put back");
        self.swept.failed += 1;
        if let Err(error) = put_back(self.store, row, error).await {
            tracing::error!(row = row.key.pk, %error, "a due row could not be put back");
        }
    }
}

async fn put_back(store: &Store, row: &DueRow, error: &TryAgain) -> Result<(), TryAgain> {
    if store.put_back(row).await? < MOST_FAILURES {
        return Ok(());
    }
    match store.due_again(row).await? {
        Some(row) => set_aside(store, &row, &error.to_string()).await,
        None => Ok(()),
    }
}

async fn set_aside(store: &Store, row: &DueRow, reason: &str) -> Result<(), TryAgain> {
    park::keep_due(store, row, reason).await?;
    Ok(store.set_aside(row, ASIDE).await?)
}

/// What can never succeed is set aside with its reason.
async fn or_aside<T>(
    store: &Store,
    row: &DueRow,
    outcome: Result<T, Halt>,
) -> Result<(), TryAgain> {
    match outcome {
        Ok(_) => Ok(()),
        Err(Halt::Later(again)) => Err(again),
        Err(Halt::Never(reason)) => set_aside(store, row, &reason).await,
    }
}

/// An effect that is still owed is asked for again, and so is the closing of one that was carried out.
async fn carry_on(
    store: &Store,
    bus: &Bus,
    case: &CaseId,
    effect: &EffectId,
) -> Result<(), TryAgain> {
    let Some(row) = store.effect(case, effect).await? else {
        return Ok(());
    };
    match row.state {
        EffectState::Closed | EffectState::Parked => return Ok(()),
        EffectState::Owed => store.look_again(&row).await?,
        // Nothing is left to its executor but to close it; until then it stays due.
        EffectState::Sent => {}
    }
    relay::send_again(store, bus, &row).await
}

async fn move_on(
    store: &Store,
    row: &DueRow,
    case: &CaseId,
    input: &Input,
    cause: &str,
) -> Result<(), TryAgain> {
    let advanced = advance::advance(store, case, input, cause, &Guard::None);
    or_aside(store, row, advanced.await).await
}

/// The time of a reminder has come; whether anybody is still to be reminded is the invoice's to say.
async fn remind(store: &Store, row: &DueRow, invoice: &str) -> Result<(), TryAgain> {
    let due = Happened::ReminderDue { at: store.now() };
    let happened = invoice_news::happen(store, invoice, &due, "a reminder fell due").await;
    if let Ok(Told::Repeat(_)) = happened {
        return Ok(store.put_back(row).await.map(drop)?);
    }
    or_aside(store, row, happened).await
}
