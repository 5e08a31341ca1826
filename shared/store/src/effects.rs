//! The rows of the outbox: claimed with a lease and a growing fence, marked sent, closed with their case.
//! It must not know how an effect is carried out.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::{CaseId, EffectId};
use domain::value::Values;
use jiff::{SignedDuration, Timestamp};

use crate::error::{StoreError, unless_conflict};
use crate::keys;
use crate::rows::{EffectRow, EffectState, UNSENT_SECONDS, from_item, to_body};
use crate::store::Store;
use crate::table::{Query, Write};

/// What came of a claim.
pub enum Claim {
    Held(EffectRow),
    /// Not as was expected: closed, in other hands, or claimed before.
    Found(EffectRow),
    Missing,
}

/// A mark that no other claim has: this process's own number, drawn once, and a count.
fn new_claim() -> String {
    static PROCESS: LazyLock<u64> =
        LazyLock::new(|| getrandom::u64().unwrap_or_else(|_| fastrand::u64(..)));
    static CLAIMS: AtomicU64 = AtomicU64::new(0);
    let count = CLAIMS.fetch_add(1, Ordering::Relaxed);
    format!("{:016x}-{count}", *PROCESS)
}

impl Store {
    pub async fn effect(
        &self,
        case: &CaseId,
        effect: &EffectId,
    ) -> Result<Option<EffectRow>, StoreError> {
        self.table
            .get(&keys::effect(case, effect))
            .await?
            .map(from_item)
            .transpose()
    }

    /// Whether this `case/effect` is not carried out yet; one that is parked is still owed.
    pub(crate) async fn is_still_owed(&self, owed_by: &str) -> Result<bool, StoreError> {
        let Some((case, effect)) = owed_by.rsplit_once('/') else {
            return Ok(false);
        };
        let row = self.effect(&case.into(), &effect.into()).await?;
        Ok(row.is_some_and(|row| row.state != EffectState::Closed))
    }

    /// Every effect a case has owed, in order.
    pub async fn effects(&self, case: &CaseId) -> Result<Vec<EffectRow>, StoreError> {
        let query = Query::partition(keys::case_partition(case)).begins_with(keys::EFFECTS);
        self.table
            .query_all(&query)
            .await?
            .into_iter()
            .map(from_item)
            .collect()
    }

    /// Takes an owed row into this executor's hands until `lease_until`, if nobody has claimed it but those whom
    /// `fence` counts. The row need not have been read: what stands there instead comes back.
    pub async fn claim(
        &self,
        case: &CaseId,
        effect: &EffectId,
        fence: u64,
        lease_until: Timestamp,
    ) -> Result<Claim, StoreError> {
        let claim = new_claim();
        let write = Write::update(
            keys::effect(case, effect),
            "SET fence = :next, lease_until = :until, claim = :claim",
        )
        .when("fence = :fence AND #state = :owed")
        .name("#state", "state")
        .number(":fence", number(fence))
        .text(":owed", "owed")
        .number(":next", number(fence + 1))
        .text(":until", lease_until.to_string())
        .text(":claim", &claim);
        match self.table.write_returning(write).await {
            Ok(Some(item)) => Ok(Claim::Held(from_item(item)?)),
            Err(StoreError::Conflict {
                found: Some(found), ..
            }) => {
                let found: EffectRow = from_item(*found)?;
                // The SDK repeats a call whose answer was lost: a row with our mark is ours.
                Ok(match found.claim.as_ref() == Some(&claim) {
                    true => Claim::Held(found),
                    false => Claim::Found(found),
                })
            }
            Ok(None) | Err(StoreError::Conflict { found: None, .. }) => Ok(Claim::Missing),
            Err(error) => Err(error),
        }
    }

    /// Writes that the row was carried out, by whoever still holds it. `None`: the lease went to another.
    pub async fn mark_sent(
        &self,
        row: EffectRow,
        reference: &str,
        values: &Values,
    ) -> Result<Option<EffectRow>, StoreError> {
        let body = if values.is_empty() {
            None
        } else {
            Some(to_body(values)?)
        };
        let expression = match &body {
            Some(_) => "SET #state = :sent, #reference = :reference, #values = :values",
            None => "SET #state = :sent, #reference = :reference",
        };
        let mut write = update(&row, expression)
            .text(":sent", "sent")
            .name("#reference", "reference")
            .text(":reference", reference);
        if let Some(body) = &body {
            write = write.name("#values", "values").text(":values", body);
        }
        let sent = EffectRow {
            state: EffectState::Sent,
            reference: Some(reference.to_owned()),
            values: body,
            ..row
        };
        self.fenced(write, sent).await
    }

    /// Closes a row that no case waits for.
    pub async fn close_alone(&self, row: &EffectRow) -> Result<(), StoreError> {
        unless_conflict(self.table.write(closing(row)).await)
    }

    /// Gives an owed row back before its lease ends.
    pub async fn release(&self, row: &EffectRow) -> Result<(), StoreError> {
        self.fenced(update(row, "REMOVE lease_until, claim"), row.clone())
            .await
            .map(drop)
    }

    /// Gives an owed row back until `again`, as if it had never been claimed: what it needs is not there yet.
    pub async fn wait_until(&self, row: &EffectRow, again: Timestamp) -> Result<(), StoreError> {
        let write = update(
            row,
            "SET due_at = :again, fence = :none REMOVE lease_until, claim",
        )
        .text(":again", keys::instant(again))
        .number(":none", 0);
        unless_conflict(self.table.write(write).await)
    }

    /// Gives an owed row back until `again`; that it was tried stays counted.
    pub async fn try_at(&self, row: &EffectRow, again: Timestamp) -> Result<(), StoreError> {
        let write = update(row, "SET due_at = :again REMOVE lease_until, claim")
            .text(":again", keys::instant(again));
        unless_conflict(self.table.write(write).await)
    }

    /// The row is no longer tried: it is parked elsewhere with an owner.
    pub async fn mark_parked(&self, row: &EffectRow) -> Result<(), StoreError> {
        let write = Write::update(
            keys::effect(&row.case, &row.effect),
            "SET #state = :parked REMOVE due_shard, due_at",
        )
        .when("#state = :owed OR #state = :sent")
        .name("#state", "state")
        .text(":owed", "owed")
        .text(":sent", "sent")
        .text(":parked", "parked");
        unless_conflict(self.table.write(write).await)
    }

    /// Writes that the mail of this row came back, under the mailer's own id of that word.
    pub async fn mark_returned(
        &self,
        case: &CaseId,
        effect: &EffectId,
        returned_as: &str,
    ) -> Result<(), StoreError> {
        let write = Write::update(keys::effect(case, effect), "SET returned_as = :as")
            .when("attribute_exists(PK)")
            .text(":as", returned_as);
        unless_conflict(self.table.write(write).await)
    }

    /// Owes a parked effect again, or a mail that came back, as if it had never been tried.
    pub async fn owe_again(&self, case: &CaseId, effect: &EffectId) -> Result<(), StoreError> {
        let key = keys::effect(case, effect);
        let shard = keys::due_shard(&key.pk);
        let write = Write::update(
            key,
            "SET #state = :owed, fence = :none, due_shard = :shard, due_at = :now REMOVE lease_until, claim",
        )
        .when("#state = :parked OR (#state = :closed AND attribute_exists(returned_as))")
        .name("#state", "state")
        .text(":owed", "owed")
        .text(":parked", "parked")
        .text(":closed", "closed")
        .number(":none", 0)
        .text(":shard", &shard)
        .text(":now", keys::instant(self.now()));
        unless_conflict(self.table.write(write).await)
    }

    /// Sets the time at which the sweep looks at an owed row again.
    pub async fn look_again(&self, row: &EffectRow) -> Result<(), StoreError> {
        let at = self.now() + SignedDuration::from_secs(UNSENT_SECONDS);
        let write = update(row, "SET due_at = :again").text(":again", keys::instant(at));
        self.fenced(write, row.clone()).await.map(drop)
    }

    async fn fenced(&self, write: Write, row: EffectRow) -> Result<Option<EffectRow>, StoreError> {
        match self.table.write(write).await {
            Ok(()) => Ok(Some(row)),
            // The SDK repeats a call whose answer was lost: if the row is as we wanted it, that was ours.
            Err(StoreError::Conflict {
                found: Some(found), ..
            }) => {
                let found: EffectRow = from_item(*found)?;
                Ok((found.fence == row.fence
                    && found.lease_until == row.lease_until
                    && found.state == row.state)
                    .then_some(row))
            }
            Err(StoreError::Conflict { found: None, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// An update of an owed row that nobody has claimed since `row` was read.
fn update(row: &EffectRow, expression: &str) -> Write {
    Write::update(keys::effect(&row.case, &row.effect), expression)
        .when("fence = :fence AND #state = :owed")
        .name("#state", "state")
        .number(":fence", number(row.fence))
        .text(":owed", "owed")
}

/// The part of a case's transaction that closes a row which was marked sent, or which nobody has claimed since it was read.
pub(crate) fn closing(row: &EffectRow) -> Write {
    let write = Write::update(
        keys::effect(&row.case, &row.effect),
        "SET #state = :closed, #reference = :reference REMOVE due_shard, due_at, lease_until, claim",
    );
    write
        .when("#state = :sent OR (#state = :owed AND fence = :fence)")
        .name("#state", "state")
        .name("#reference", "reference")
        .text(":owed", "owed")
        .text(":sent", "sent")
        .text(":closed", "closed")
        .text(":reference", row.reference.as_deref().unwrap_or_default())
        .number(":fence", number(row.fence))
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
