//! Carries out one owed effect: claim its row, act, write what came of it, then close the row and advance the case.
//! What acting means is the executor's own (`notify`, `invoice`, `advance_case`).

use domain::case::{Case, Effect, Input};
use domain::event::{EFFECT_SOURCE, Envelope};
use domain::id::{CaseId, EffectId};
use domain::value::Values;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Claim, EffectRow, EffectState, Guard, Store};

use crate::advance;
use crate::outcome::{Halt, Told, TryAgain};
use crate::park::{self, Received};

/// Longer than any executor's time-out, so that a lease outlives whoever holds it and never the other way round.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// A lease that is about to end is not acted on: the call would outlive it.
const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(30);
/// How soon after it was mended an effect that waits goes on.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// Claims before an effect that is never carried out becomes somebody's task.
const MOST_CLAIMS: u64 = 12;
/// What fails again and again, without being asked to wait, is somebody's after this long and so many tries: with the
/// pauses between them and the mail about it, within ten minutes.
const PATIENCE: SignedDuration = SignedDuration::from_mins(6);
const ENOUGH_CLAIMS: u64 = 6;

/// What a `baton.effect` event asks for: the row holds all the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    pub case: CaseId,
    pub effect: EffectId,
}

impl Requested {
    /// `None`: this event asks for no effect.
    pub fn of(event: &Value) -> Option<Self> {
        let envelope: Envelope = serde_json::from_value(event.clone()).ok()?;
        (envelope.source == EFFECT_SOURCE).then(|| Self::read(&envelope).ok())?
    }

    fn read(envelope: &Envelope) -> Result<Self, String> {
        serde_json::from_value(envelope.detail.get("data").cloned().unwrap_or_default())
            .map_err(|error| format!("detail.data of {}: {error}", envelope.detail_type))
    }
}

/// An effect in this executor's hands until `lease_until`.
pub(crate) struct Claimed<'a> {
    store: &'a Store,
    pub row: EffectRow,
    pub effect: Effect,
    /// `None`: an invoice owes it, or it tells of parked things.
    case: Option<Case>,
    lease_until: Timestamp,
}

/// What acting brought: the outside's own id, and values the case keeps under the step's name.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub reference: String,
    pub values: Values,
}

/// Why an effect was not carried out.
#[derive(Debug)]
pub(crate) enum Act {
    Later(TryAgain),
    Refused(String),
    /// The outside asks for a pause: try again then.
    At(Timestamp, String),
    /// What it needs is not there yet; it is asked for again, until it is.
    Waits(String),
}

impl From<Halt> for Act {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Later(again) => Act::Later(again),
            Halt::Never(reason) => Act::Refused(reason),
        }
    }
}

impl From<store::StoreError> for Act {
    fn from(error: store::StoreError) -> Self {
        Halt::from(error).into()
    }
}

impl Claimed<'_> {
    /// The last look before the call that can not be taken back: whoever was frozen in between has lost the row.
    pub fn still_held(&self) -> Result<(), Act> {
        if self.store.now() + LEASE_MARGIN < self.lease_until {
            return Ok(());
        }
        Err(Act::Later(TryAgain(format!(
            "the lease on {} of {} ran out",
            self.row.effect, self.row.case
        ))))
    }

    /// That no further try is worth waiting for, in words.
    pub fn is_tried_enough(&self) -> Option<String> {
        let EffectRow { fence, owed_at, .. } = &self.row;
        let is_enough = ENOUGH_CLAIMS <= *fence && *owed_at + PATIENCE <= self.store.now();
        is_enough.then(|| format!("it was tried {fence} times without success"))
    }

    /// The case that owes it.
    pub fn case(&self) -> Result<&Case, Act> {
        let nobody = || Act::Refused(format!("{} is no case", self.row.case));
        self.case.as_ref().ok_or_else(nobody)
    }

    /// The same for every attempt: what the outside can recognise a repeat by.
    pub fn reference(&self) -> String {
        format!("{}.{}", self.row.effect, self.row.case)
    }
}

/// Carries out what one `baton.effect` event asks for.
pub(crate) async fn handle(
    store: &Store,
    event: &Value,
    act: impl AsyncFnOnce(&Claimed<'_>) -> Result<Sent, Act>,
) -> Result<Told, TryAgain> {
    handle_and_enter(store, event, act, async |_| Ok(())).await
}

/// The same for what is also entered elsewhere: `enter` comes before the row is closed, and more than once when a closing
/// was interrupted.
pub(crate) async fn handle_and_enter(
    store: &Store,
    event: &Value,
    act: impl AsyncFnOnce(&Claimed<'_>) -> Result<Sent, Act>,
    enter: impl AsyncFn(&EffectRow) -> Result<(), TryAgain>,
) -> Result<Told, TryAgain> {
    let envelope = match park::envelope(store, event).await? {
        Ok(envelope) => envelope,
        Err(told) => return Ok(told),
    };
    match Requested::read(&envelope) {
        Ok(requested) => carry_out(store, &requested, act, enter).await,
        Err(reason) => park::keep(store, &Received::own(&envelope), &reason, None).await,
    }
}

/// Claims the row, lets `act` do it, marks it sent, closes it. A row that is missing, closed or in other hands is
/// left alone: never a send.
async fn carry_out(
    store: &Store,
    requested: &Requested,
    act: impl AsyncFnOnce(&Claimed<'_>) -> Result<Sent, Act>,
    enter: impl AsyncFn(&EffectRow) -> Result<(), TryAgain>,
) -> Result<Told, TryAgain> {
    let lease_until = store.now() + LEASE;
    let row = match claim(store, requested, lease_until).await? {
        Hands::Ours(row) => row,
        Hands::Left(told) => return Ok(told),
        Hands::Done(row) => {
            enter(&row).await?;
            return close(store, &row).await;
        }
    };
    let (effect, case) = match load(store, &row).await {
        Ok(loaded) => loaded,
        Err(again) => {
            store.release(&row).await?;
            return Err(again);
        }
    };
    let claimed = Claimed {
        store,
        row,
        effect,
        case,
        lease_until,
    };
    match act(&claimed).await {
        Ok(sent) => finish(claimed, sent, enter).await,
        Err(Act::Later(again)) => {
            if let Some(tried) = claimed.is_tried_enough() {
                return give_up(store, &claimed.row, &format!("{tried}: {again}")).await;
            }
            store.release(&claimed.row).await?;
            Err(again)
        }
        Err(Act::At(again, reason)) => {
            store.try_at(&claimed.row, again).await?;
            Ok(Told::Done(format!(
                "it is tried again at {again}: {reason}"
            )))
        }
        Err(Act::Waits(reason)) => {
            store
                .wait_until(&claimed.row, store.now() + LOOK_AGAIN)
                .await?;
            Ok(Told::Done(format!("it waits: {reason}")))
        }
        Err(Act::Refused(reason)) => give_up(store, &claimed.row, &reason).await,
    }
}

/// What a claim found.
enum Hands {
    Ours(EffectRow),
    /// Carried out, but not closed.
    Done(EffectRow),
    /// Nothing is left to do here.
    Left(Told),
}

/// Most rows are claimed by the first who asks, so it is not read before.
async fn claim(
    store: &Store,
    requested: &Requested,
    lease_until: Timestamp,
) -> Result<Hands, TryAgain> {
    let (case, effect) = (&requested.case, &requested.effect);
    let found = match store.claim(case, effect, 0, lease_until).await? {
        Claim::Held(row) => return Ok(Hands::Ours(row)),
        Claim::Found(row) => row,
        Claim::Missing => {
            let text = format!("{case} owes no effect {effect}");
            return Ok(Hands::Left(Told::Repeat(text)));
        }
    };
    let told = match found.state {
        EffectState::Closed | EffectState::Parked => Told::Repeat("this effect is closed".into()),
        EffectState::Sent => return Ok(Hands::Done(found)),
        EffectState::Owed if found.lease_until.is_some_and(|until| store.now() < until) => {
            Told::Repeat("this effect is in another executor's hands".into())
        }
        EffectState::Owed if found.fence >= MOST_CLAIMS => {
            let reason = format!("it was tried {} times without success", found.fence);
            give_up(store, &found, &reason).await?
        }
        EffectState::Owed => match store.claim(case, effect, found.fence, lease_until).await? {
            Claim::Held(row) => return Ok(Hands::Ours(row)),
            Claim::Found(_) | Claim::Missing => Told::Repeat("another executor was first".into()),
        },
    };
    Ok(Hands::Left(told))
}

async fn load(store: &Store, row: &EffectRow) -> Result<(Effect, Option<Case>), TryAgain> {
    if row.case.is_none() || row.case.invoice().is_some() {
        return Ok((row.effect()?, None));
    }
    let case = store.load_case(&row.case).await?;
    let case =
        case.ok_or_else(|| TryAgain(format!("{} owes an effect but is not there", row.case)))?;
    Ok((row.effect()?, Some(case)))
}

/// Closes the row and moves the case on, in one transaction, as long as nobody moved the case while we acted. Otherwise
/// the row is marked first: whoever comes to it from then on does not act again.
async fn finish(
    claimed: Claimed<'_>,
    sent: Sent,
    enter: impl AsyncFn(&EffectRow) -> Result<(), TryAgain>,
) -> Result<Told, TryAgain> {
    let store = claimed.store;
    // That an invoice went out is entered with the invoice before the row is closed, and once.
    if let Some(case) = claimed
        .case
        .as_ref()
        .filter(|_| claimed.effect.bills().is_none())
    {
        let row = EffectRow {
            reference: Some(sent.reference.clone()),
            ..claimed.row.clone()
        };
        let (input, cause, guard) = closing(&row, sent.values.clone());
        let first = advance::advance_as_read(store, case, &input, &cause, &guard).await;
        if let Ok(Some(told @ Told::Done(_))) = first {
            return Ok(told);
        }
    }
    let marked = store
        .mark_sent(claimed.row, &sent.reference, &sent.values)
        .await?;
    match marked {
        Some(row) => {
            enter(&row).await?;
            close(store, &row).await
        }
        None => Ok(Told::Repeat(
            "the lease was lost while acting; its new holder goes on".into(),
        )),
    }
}

/// What closing a row means to its case.
fn closing(row: &EffectRow, values: Values) -> (Input, String, Guard) {
    let reference = row.reference.clone().unwrap_or_default();
    let cause = format!("{} carried out: {reference}", row.effect);
    let input = Input::EffectClosed {
        effect: row.effect.clone(),
        reference,
        values,
    };
    (input, cause, Guard::Closing(Box::new(row.clone())))
}

/// Closes a row that was carried out, and moves the case on, in one transaction.
pub(crate) async fn close(store: &Store, row: &EffectRow) -> Result<Told, TryAgain> {
    if row.case.is_none() || row.case.invoice().is_some() {
        store.close_alone(row).await?;
        return Ok(Told::Done(format!("{} is closed", row.effect)));
    }
    let (input, cause, guard) = closing(row, row.values()?);
    match advance::advance(store, &row.case, &input, &cause, &guard).await {
        // The case went on from it before: another has closed the row since it was read, or nobody will with the case,
        // because it is of a mail that came back and was sent again.
        Ok(told @ Told::Repeat(_)) => {
            store.close_alone(row).await?;
            Ok(told)
        }
        Ok(told) => Ok(told),
        Err(Halt::Later(again)) => Err(again),
        Err(Halt::Never(reason)) => give_up(store, row, &reason).await,
    }
}

/// The effect is parked with an owner; the case stays open until that is resolved.
async fn give_up(store: &Store, row: &EffectRow, reason: &str) -> Result<Told, TryAgain> {
    if row.case.is_none() {
        // What it tells of stays parked and on the board. Parking the mail about it would call for another such mail.
        tracing::error!(effect.id = %row.effect, reason, "nobody can be told of what is parked");
        store.mark_parked(row).await?;
        return Ok(Told::Parked(reason.to_owned()));
    }
    let case = store.load_case(&row.case).await?;
    let told = park::keep_effect(store, row, reason, case.as_ref()).await?;
    store.mark_parked(row).await?;
    Ok(told)
}
