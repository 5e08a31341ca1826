//! When each workflow that comes round begins next: one row a workflow, in the due index like whatever waits.
//! It must not work out dates, nor start anything.

use domain::id::WorkflowId;
use domain::schedule::Round;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::keys;
use crate::rows::{Head, from_item};
use crate::store::Store;
use crate::table::{Write, to_item};

#[derive(Serialize, Deserialize)]
struct RoundRow {
    #[serde(flatten)]
    head: Head,
    #[serde(flatten)]
    round: Round,
    /// Names the occurrence in conditions; `due_at` moves when the row has to be put back.
    next_at: String,
    due_shard: String,
    due_at: String,
}

impl Store {
    pub async fn round(&self, workflow: &WorkflowId) -> Result<Option<Round>, StoreError> {
        let item = self.table.get(&keys::next_round(workflow)).await?;
        item.map(|item| from_item::<RoundRow>(item).map(|row| row.round))
            .transpose()
    }

    /// Sets the next occurrence, on condition that `was` is the one stored so far.
    ///
    /// # Errors
    /// `Conflict` when somebody was first.
    pub async fn set_round(
        &self,
        workflow: &WorkflowId,
        was: Option<&Round>,
        round: &Round,
    ) -> Result<(), StoreError> {
        let key = keys::next_round(workflow);
        let at = keys::instant(round.next.at);
        let row = RoundRow {
            due_shard: keys::due_shard(&key.pk),
            head: Head::new(key, "round"),
            round: round.clone(),
            next_at: at.clone(),
            due_at: at,
        };
        let write = Write::put(to_item(&row)?);
        self.table.write(stands(write, was)).await
    }

    /// The workflow comes round no more.
    pub async fn forget_round(&self, workflow: &WorkflowId, was: &Round) -> Result<(), StoreError> {
        let write = Write::delete(keys::next_round(workflow));
        self.table.write(stands(write, Some(was))).await
    }
}

fn stands(write: Write, was: Option<&Round>) -> Write {
    match was {
        None => write.when("attribute_not_exists(PK)"),
        Some(was) => write
            .when("next_at = :was")
            .text(":was", keys::instant(was.next.at)),
    }
}
