//! What people look at: the cases in a state and each person's queue, from the list index.
//! An index is a moment behind; it must not be decided upon.

use domain::case::Case;
use domain::id::{CaseId, PersonId};

use crate::error::StoreError;
use crate::keys;
use crate::rows::{TaskRow, from_item};
use crate::store::Store;
use crate::table::{Item, Key, Query};

/// An open task as the list index shows it.
pub type Queued = TaskRow;

impl Store {
    /// The ids of all cases in `state` (`running`, `completed`, `stopped`), by workflow and start.
    pub async fn cases_in(&self, state: &str) -> Result<Vec<CaseId>, StoreError> {
        let items = self
            .table
            .query_all(&Query::index(keys::LIST, keys::case_list(state)))
            .await?;
        Ok(items.iter().filter_map(case_of).collect())
    }

    /// All cases in `state`, each read as it stands now.
    pub async fn load_cases(&self, state: &str) -> Result<Vec<Case>, StoreError> {
        let mut cases = Vec::new();
        for id in self.cases_in(state).await? {
            cases.extend(self.load_case(&id).await?);
        }
        Ok(cases)
    }

    /// A person's open tasks and parked items, soonest first, as keys of their rows.
    pub async fn queue(&self, person: &PersonId) -> Result<Vec<Key>, StoreError> {
        let items = self
            .table
            .query_all(&Query::index(keys::LIST, keys::owner_list(person)))
            .await?;
        Ok(items.iter().filter_map(Key::of).collect())
    }

    /// One open task as it stands now.
    pub async fn queued(&self, key: &Key) -> Result<Option<Queued>, StoreError> {
        self.table.get(key).await?.map(from_item).transpose()
    }
}

fn case_of(item: &Item) -> Option<CaseId> {
    Some(CaseId::from(Key::of(item)?.pk.strip_prefix("CASE#")?))
}
