//! What people look at: the cases in a state, from the list index.
//! An index is a moment behind; it must not be decided upon.

use std::collections::{BTreeMap, BTreeSet};

use domain::case::Case;
use domain::id::{CaseId, PersonId, WorkflowId};
use serde::Deserialize;

use crate::error::StoreError;
use crate::keys;
use crate::rows::{CaseRow, from_body, from_item};
use crate::store::Store;
use crate::table::{Item, Key, Query};

/// Cases that are read and dropped again together.
const AT_ONCE: usize = 100;

/// The part of a case that says which text it runs on.
#[derive(Deserialize)]
struct RunsOn {
    workflow: WorkflowId,
    version: u32,
}

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
        self.cases(&self.cases_in(state).await?).await
    }

    /// These cases as they stand now, in this order. One that is not there is left out.
    pub async fn cases(&self, ids: &[CaseId]) -> Result<Vec<Case>, StoreError> {
        let rows = self.case_rows(ids).await?;
        rows.iter().map(|row| from_body(&row.body)).collect()
    }

    /// How many cases run on each version of each workflow.
    pub async fn running_versions(
        &self,
    ) -> Result<BTreeMap<WorkflowId, BTreeMap<u32, usize>>, StoreError> {
        let mut running: BTreeMap<WorkflowId, BTreeMap<u32, usize>> = BTreeMap::new();
        let ids = self.cases_in("running").await?;
        for ids in ids.chunks(AT_ONCE) {
            for row in self.case_rows(ids).await? {
                if row.state == "running" {
                    let RunsOn { workflow, version } = from_body(&row.body)?;
                    *running
                        .entry(workflow)
                        .or_default()
                        .entry(version)
                        .or_default() += 1;
                }
            }
        }
        Ok(running)
    }

    async fn case_rows(&self, ids: &[CaseId]) -> Result<Vec<CaseRow>, StoreError> {
        let keys: Vec<Key> = ids.iter().map(keys::case).collect();
        let items = self.table.batch_get(&keys).await?;
        items.into_iter().flatten().map(from_item).collect()
    }
}

fn case_of(item: &Item) -> Option<CaseId> {
    Some(CaseId::from(Key::of(item)?.pk.strip_prefix("CASE#")?))
}
