//! What people look at: the cases in a state, from the list index.
//! An index is a moment behind; it must not be decided upon.

use std::collections::BTreeSet;

use domain::case::Case;
use domain::id::{CaseId, PersonId};

use crate::error::StoreError;
use crate::keys;
use crate::store::Store;
use crate::table::{Item, Key, Query};

impl Store {
    /// The ids of all cases in `state` (`running`, `completed`, `stopped`), by workflow and start.
    pub async fn cases_in(&self, state: &str) -> Result<Vec<CaseId>, StoreError> {
        let items = self
            .table
            .query_all(&Query::index(keys::LIST, keys::case_list(state)))
            .await?;
        Ok(items.iter().filter_map(case_of).collect())
    }

    /// The cases in which somebody has an open task, each once.
    pub async fn cases_of_owner(&self, person: &PersonId) -> Result<BTreeSet<CaseId>, StoreError> {
        let query = Query::index(keys::LIST, keys::owner_list(person));
        let items = self.table.query_all(&query).await?;
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
}

fn case_of(item: &Item) -> Option<CaseId> {
    Some(CaseId::from(Key::of(item)?.pk.strip_prefix("CASE#")?))
}
