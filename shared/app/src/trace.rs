//! A case told in order: every input, fact, owner, clock, effect, and the projects it started.
//! It reads; it must not change anything.

use domain::case::{Case, Record};
use domain::id::CaseId;
use jiff::Timestamp;
use serde::Serialize;
use store::{EffectRow, KnownEntry, Store, StoreError};

/// Everything about one case and the projects below it, oldest first.
#[derive(Debug, Serialize)]
pub struct Trace {
    pub case: Case,
    pub entries: Vec<Entry>,
    pub effects: Vec<EffectRow>,
    /// Time that was worked for it, and what became of each entry.
    pub time: Vec<KnownEntry>,
    /// Whether the history, folded again, is the state that is stored.
    pub replays: bool,
    pub projects: Vec<Trace>,
}

/// One history row.
#[derive(Debug, Serialize)]
pub struct Entry {
    pub sequence: u64,
    pub at: Timestamp,
    pub cause: String,
    pub facts: Vec<String>,
}

/// `None` when there is no such case.
pub async fn trace(store: &Store, id: &CaseId) -> Result<Option<Trace>, StoreError> {
    let Some(case) = store.load_case(id).await? else {
        return Ok(None);
    };
    let history = store.history(id).await?;
    let replays = Case::replay(&history).as_ref() == Some(&case);
    let mut projects = Vec::new();
    for child in &case.children {
        projects.extend(Box::pin(trace(store, child)).await?);
    }
    let entries = history.iter().map(entry).collect();
    Ok(Some(Trace {
        entries,
        effects: store.effects(id).await?,
        time: store.time_of_case(id, None).await?,
        replays,
        projects,
        case,
    }))
}

fn entry(record: &Record) -> Entry {
    Entry {
        sequence: record.sequence,
        at: record.at,
        cause: record.cause.clone(),
        facts: record.facts.iter().map(|fact| fact.words()).collect(),
    }
}
