//! What is due: the one index over everything that waits.
//! It must not know what to do about it.

use domain::id::{CaseId, EffectId, StepId, WorkflowId};
use jiff::{SignedDuration, Timestamp};

use crate::error::{StoreError, unless_conflict};
use crate::keys;
use crate::store::Store;
use crate::table::{Key, Query, Write};

/// A row of the due index; an index is never strongly consistent, so the row itself is read before anything is done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueRow {
    pub key: Key,
    pub due_at: String,
    pub at: Timestamp,
}

/// What falls due by a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// An effect that may not have been carried out, or not closed.
    Effect { case: CaseId, effect: EffectId },
    /// What waits for a correlation: a step, or without one the clocks of the case.
    Wait {
        correlation: String,
        case: CaseId,
        step: Option<StepId>,
    },
    /// A reminder of an invoice, by its number or draft id.
    Reminder { invoice: String },
    /// The clock of a task, or one of the case itself by its name.
    Clock { case: CaseId, step: StepId },
    /// A case that may have stood where it stands for too long.
    Standing { case: CaseId },
    /// A workflow that comes round.
    Round { workflow: WorkflowId },
    /// A parked thing whose owner is to be told.
    Parked,
}

impl DueRow {
    /// By its key alone; `None` for a key that nobody knows.
    pub fn what(&self) -> Option<Due> {
        let Key { pk, sk } = &self.key;
        if pk == keys::PARKED {
            return Some(Due::Parked);
        }
        if let Some(correlation) = pk.strip_prefix("WAIT#") {
            let (case, step) = sk.strip_prefix(keys::WAITS)?.rsplit_once('#')?;
            return Some(Due::Wait {
                correlation: correlation.to_owned(),
                case: CaseId::from(case),
                step: (!step.is_empty()).then(|| StepId::from(step)),
            });
        }
        if let Some(workflow) = pk.strip_prefix(keys::DEFINITIONS) {
            let workflow = WorkflowId::from(workflow);
            return (sk == keys::NEXT_ROUND).then_some(Due::Round { workflow });
        }
        let invoice = pk.strip_prefix("INV#");
        let case = match invoice {
            Some(invoice) => CaseId::of_invoice(invoice),
            None => CaseId::from(pk.strip_prefix("CASE#")?),
        };
        if let Some(effect) = sk.strip_prefix(keys::EFFECTS) {
            let effect = EffectId::from(effect);
            return Some(Due::Effect { case, effect });
        }
        if let Some(invoice) = invoice {
            let invoice = invoice.to_owned();
            return (sk == keys::LIFE).then_some(Due::Reminder { invoice });
        }
        if sk == keys::CASE {
            return Some(Due::Standing { case });
        }
        let of_task = sk.strip_prefix(keys::TASKS);
        let named = of_task.or_else(|| sk.strip_prefix(keys::CLOCKS))?;
        let (step, _run) = named.rsplit_once('#')?;
        let step = StepId::from(step);
        Some(Due::Clock { case, step })
    }

    pub fn is_clock(&self) -> bool {
        matches!(self.what(), Some(Due::Clock { .. }))
    }

    pub fn is_parked(&self) -> bool {
        self.what() == Some(Due::Parked)
    }
}

impl Store {
    /// Everything due up to `until`, most urgent first: as many requests as there are shards, and pages for what is due.
    pub async fn due(&self, until: Timestamp) -> Result<Vec<DueRow>, StoreError> {
        let mut rows = Vec::new();
        for shard in keys::due_shards() {
            let query = Query::index(keys::DUE, shard).up_to(keys::instant(until));
            for item in self.table.query_all(&query).await? {
                let due_at = item.get("due_at").and_then(|at| at.as_s().ok()).cloned();
                let (Some(key), Some(due_at)) = (Key::of(&item), due_at) else {
                    continue;
                };
                let at = due_at.parse().unwrap_or(Timestamp::UNIX_EPOCH);
                rows.push(DueRow { key, due_at, at });
            }
        }
        rows.sort_by(|one, other| one.at.cmp(&other.at).then_with(|| one.key.cmp(&other.key)));
        Ok(rows)
    }

    /// The row as it stands now, strongly consistent; `None` when nothing of it is due any more.
    pub async fn due_again(&self, row: &DueRow) -> Result<Option<DueRow>, StoreError> {
        let item = self.table.get(&row.key).await?;
        let due_at = item.and_then(|item| item.get("due_at")?.as_s().ok().cloned());
        Ok(due_at.map(|due_at| DueRow {
            key: row.key.clone(),
            at: due_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
            due_at,
        }))
    }

    /// Moves a row that failed back by a minute, unless it has moved by itself. How often it has failed so far.
    pub async fn put_back(&self, row: &DueRow) -> Result<u64, StoreError> {
        let later = keys::instant(self.now() + SignedDuration::from_secs(60));
        let write = Write::update(row.key.clone(), "SET due_at = :later ADD due_failures :one")
            .when("due_at = :found")
            .text(":later", later)
            .text(":found", &row.due_at)
            .number(":one", 1);
        let item = match self.table.write_returning(write).await {
            Ok(item) => item,
            Err(StoreError::Conflict { .. }) => None,
            Err(error) => return Err(error),
        };
        let failures = item.and_then(|item| item.get("due_failures")?.as_n().ok()?.parse().ok());
        Ok(failures.unwrap_or(0))
    }

    /// Moves a row that can not be handled to a later look, unless it has moved by itself. It keeps its place in the
    /// index: what waits is never forgotten.
    pub async fn set_aside(
        &self,
        row: &DueRow,
        how_long: SignedDuration,
    ) -> Result<(), StoreError> {
        let write = Write::update(row.key.clone(), "SET due_at = :later REMOVE due_failures")
            .when("due_at = :found")
            .text(":later", keys::instant(self.now() + how_long))
            .text(":found", &row.due_at);
        unless_conflict(self.table.write(write).await)
    }
}
