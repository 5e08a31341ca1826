//! Who waits for an event, and which events came before anybody waited: two rows under one correlation.
//!
//! Arrival writes its row and then asks who waits; a wait is written with its case and then asks what came. Whichever
//! writes second sees the other, so no wake-up is lost.

use domain::case::{Case, Listener};
use domain::event::Envelope;
use domain::id::{CaseId, EventId, StepId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::{StoreError, unless_conflict};
use crate::keys;
use crate::rows::{Head, from_body, from_item, to_body};
use crate::store::Store;
use crate::table::{Key, Query, Write, to_item};

/// An item holds 400 KB; a larger event is not kept for a wait that comes later.
pub const LARGEST_KEPT_BYTES: usize = 350 * 1024;

/// How long an event is kept for a wait that begins after it.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A step that waits, or the clocks of a case that listen. Due at once, so that what came before is looked for even if whoever wrote it is stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitRow {
    #[serde(flatten)]
    head: Head,
    pub case: CaseId,
    /// `None`: the clocks and values of the case itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// The end of a wait; without one the step has a clock of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
}

impl WaitRow {
    fn of(case: &Case, listener: &Listener, now: Timestamp) -> Self {
        let key = keys::wait(&listener.correlation, &case.id, listener.step.as_ref());
        WaitRow {
            due_shard: Some(keys::due_shard(&key.pk)),
            due_at: Some(keys::instant(now)),
            head: Head::new(key, "wait"),
            case: case.id.clone(),
            step: listener.step.clone(),
            until: listener.until,
        }
    }

    fn key(&self) -> Key {
        Key::new(self.head.pk.clone(), self.head.sk.clone())
    }

    pub fn correlation(&self) -> &str {
        self.head.pk.strip_prefix("WAIT#").unwrap_or_default()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct ArrivedRow {
    #[serde(flatten)]
    head: Head,
    event: EventId,
    received_at: Timestamp,
    /// Seconds since 1970, for the table's own clean-up.
    expires_at: i64,
    body: String,
}

/// An event that was kept because some case may wait for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    pub event: EventId,
    pub received_at: Timestamp,
    pub envelope: Envelope,
}

/// The rows of what a decision began and ended to wait for.
pub(crate) fn writes(
    case: &Case,
    armed: &[Listener],
    released: &[Listener],
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let key =
        |listener: &Listener| keys::wait(&listener.correlation, &case.id, listener.step.as_ref());
    let mut writes = Vec::new();
    for listener in armed {
        writes.push(Write::put(to_item(&WaitRow::of(case, listener, now))?));
    }
    let again: Vec<_> = armed.iter().map(key).collect();
    let ended = released.iter().map(key).filter(|key| !again.contains(key));
    writes.extend(ended.map(Write::delete));
    Ok(writes)
}

impl Store {
    /// Keeps an event under each correlation for waits that begin later. Delivered again, it keeps its first time.
    pub async fn keep_arrived(
        &self,
        correlation: &str,
        event: &EventId,
        envelope: &Envelope,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let row = ArrivedRow {
            head: Head::new(keys::arrived(correlation, event), "arrived"),
            event: event.clone(),
            received_at: now,
            expires_at: (now + KEPT).as_second(),
            body: to_body(envelope)?,
        };
        let write = Write::put(to_item(&row)?).when("attribute_not_exists(PK)");
        unless_conflict(self.table.write(write).await)
    }

    /// Whoever waits under this correlation, with nothing written before this call left out.
    pub async fn waiting(&self, correlation: &str) -> Result<Vec<WaitRow>, StoreError> {
        let query = Query::partition(keys::wait_partition(correlation)).begins_with(keys::WAITS);
        let items = self.table.query_all(&query).await?;
        items.into_iter().map(from_item).collect()
    }

    /// The wait of one step, or of the clocks of a case; `None` once it has ended.
    pub async fn wait(
        &self,
        correlation: &str,
        case: &CaseId,
        step: Option<&StepId>,
    ) -> Result<Option<WaitRow>, StoreError> {
        let item = self.table.get(&keys::wait(correlation, case, step)).await?;
        item.map(from_item).transpose()
    }

    /// What came under this correlation, earliest first.
    pub async fn arrived(&self, correlation: &str) -> Result<Vec<Arrived>, StoreError> {
        let query = Query::partition(keys::wait_partition(correlation)).begins_with(keys::ARRIVED);
        let mut arrived = Vec::new();
        for item in self.table.query_all(&query).await? {
            let row: ArrivedRow = from_item(item)?;
            arrived.push(Arrived {
                envelope: from_body(&row.body)?,
                event: row.event,
                received_at: row.received_at,
            });
        }
        arrived.sort_by(|one, other| {
            (one.received_at, &one.event).cmp(&(other.received_at, &other.event))
        });
        Ok(arrived)
    }

    /// What came before a wait was looked for: from now on only its end is due.
    pub async fn looked_back(&self, row: &WaitRow) -> Result<(), StoreError> {
        let write = match row.until {
            Some(until) => {
                Write::update(row.key(), "SET due_at = :until").text(":until", keys::instant(until))
            }
            None => Write::update(row.key(), "REMOVE due_at, due_shard"),
        };
        let found = row.due_at.clone().unwrap_or_default();
        let write = write.when("due_at = :found").text(":found", found);
        unless_conflict(self.table.write(write).await)
    }
}
