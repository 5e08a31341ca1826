//! Entries of time: stored once, replaced by corrections, and each claimed at most once by what bills it.
//! It must not price them; a claim says which key bills an entry, and that key says by which invoice.

use domain::billing::TimeEntry;
use domain::id::{CaseId, ClientId, EntryId, StepId, WorkflowId, digest};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::invoices::Bills;
use crate::keys;
use crate::rows::{Head, from_body, from_item, to_body};
use crate::store::Store;
use crate::table::{Item, Key, Query, Reason, TransactError, Write, to_item};

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// Nothing yet: it may be corrected, and it will be billed.
    Open,
    ReplacedBy(EntryId),
    /// Something that is owed is about to bill it.
    Owed {
        by: String,
    },
    BilledBy(String),
}

/// An entry and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownEntry {
    #[serde(flatten)]
    pub entry: TimeEntry,
    pub became: Became,
    /// Who claimed it last, even where that claim counts no more.
    #[serde(skip)]
    pub(crate) claimed_by: Option<String>,
}

impl KnownEntry {
    /// One that was stored just now.
    pub fn new(entry: TimeEntry) -> Self {
        KnownEntry {
            entry,
            became: Became::Open,
            claimed_by: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.became == Became::Open
    }

    /// Whether it says what was worked. One that was replaced says nothing any more.
    pub fn counts(&self) -> bool {
        !matches!(self.became, Became::ReplacedBy(_))
    }
}

/// Why an entry was not stored.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error("the same entry is there already")]
    Repeat,
    #[error("an entry with this id but another content is there; give each its own id")]
    Differs,
    /// The entry that it should replace can not be replaced any more.
    #[error("{0}")]
    NotReplaceable(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where an entry is kept, under its own id: written once, so the same event never makes two.
#[derive(Serialize, Deserialize)]
struct OnceRow {
    #[serde(flatten)]
    head: Head,
    client: String,
    on: Date,
    body_hash: String,
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    #[serde(flatten)]
    head: Head,
    body: String,
}

/// That a case, or a step of a workflow, has an entry.
#[derive(Serialize, Deserialize)]
struct PointerRow {
    #[serde(flatten)]
    head: Head,
    entry: String,
    case: String,
    minutes: u32,
}

/// What became of an entry, or of an agreement in a period: one item settles every race for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClaimRow {
    #[serde(flatten)]
    head: Head,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
    /// The effect that bills it, and the key under which its invoice is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    owed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bills: Option<String>,
}

impl ClaimRow {
    pub(crate) fn owed(thing: &Bills, owed_by: &str, bills: String) -> Self {
        ClaimRow {
            head: Head::new(keys::billed(thing), "claim"),
            replaced_by: None,
            owed_by: Some(owed_by.to_owned()),
            bills: Some(bills),
        }
    }
}

/// One entry as what it is billed under.
pub fn bills_of_entry(id: &EntryId) -> Bills {
    vec![("time".to_owned(), id.0.clone())]
}

/// Rows of a step's history that are looked at for a suggestion.
const MOST_POINTERS: usize = 200;

impl Store {
    /// Stores an entry once. A correction ends the entry that it replaces in the same transaction.
    pub async fn log_time(&self, entry: &TimeEntry) -> Result<(), EntryError> {
        let replaced = match &entry.replaces {
            Some(id) => Some(self.replaceable(id, &entry.id).await?),
            None => None,
        };
        let body = to_body(&TimeEntry {
            entered_at: jiff::Timestamp::UNIX_EPOCH,
            ..entry.clone()
        })?;
        let body_hash = digest(&[&body]);
        let once = OnceRow {
            head: Head::new(keys::entry_once(&entry.id), "entry_once"),
            client: entry.client.0.clone(),
            on: entry.on,
            body_hash: body_hash.clone(),
        };
        let absent = "attribute_not_exists(PK)";
        let mut writes = vec![
            Write::put(to_item(&once)?).when(absent),
            Write::put(to_item(&EntryRow {
                head: Head::new(
                    keys::entry(&entry.client, entry.on, &entry.id),
                    "time_entry",
                ),
                body: to_body(entry)?,
            })?)
            .when(absent),
        ];
        if let Some(replaced) = &replaced {
            writes.push(replacing(replaced, &entry.id)?);
            // Its case goes on to show it; the history of the step counts the correction alone.
            writes.extend(worked_row(&replaced.entry).map(Write::delete));
        }
        for key in of_case(entry).into_iter().chain(worked_row(entry)) {
            writes.push(Write::put(to_item(&PointerRow {
                head: Head::new(key, "entry_pointer"),
                entry: entry.id.0.clone(),
                case: entry
                    .case
                    .as_ref()
                    .map(|case| case.0.clone())
                    .unwrap_or_default(),
                minutes: entry.minutes,
            })?));
        }
        let token = &digest(&[entry.id.as_str(), &body_hash])[..36];
        match self.table.transact(writes, token).await {
            Ok(()) => Ok(()),
            Err(TransactError::Cancelled(reasons)) => {
                if let Some(Reason::ConditionFailed(Some(found))) = reasons.into_iter().next() {
                    let known: OnceRow = from_item(*found)?;
                    return Err(match known.body_hash == body_hash {
                        true => EntryError::Repeat,
                        false => EntryError::Differs,
                    });
                }
                // Somebody else corrected or claimed the old entry since it was read.
                Err(StoreError::TryAgain {
                    context: format!("{} was changed meanwhile", entry.id),
                    source: None,
                }
                .into())
            }
            Err(TransactError::TokenTaken { .. }) => Err(EntryError::Repeat),
            Err(other) => Err(StoreError::from(other).into()),
        }
    }

    /// The entry that a correction stands for, as long as it may be corrected.
    async fn replaceable(&self, id: &EntryId, by: &EntryId) -> Result<KnownEntry, EntryError> {
        let refused = |text: String| EntryError::NotReplaceable(text);
        let known = self.time_entry(id).await?;
        let known = known.ok_or_else(|| refused(format!("there is no entry {id}")))?;
        match &known.became {
            Became::Open => Ok(known),
            Became::ReplacedBy(other) if other == by => Ok(known),
            Became::ReplacedBy(other) => Err(refused(format!(
                "{other} has replaced {id} already; correct that one"
            ))),
            Became::Owed { by } => Err(refused(format!(
                "{id} is being billed by {by}; correct it by a credit once that is issued"
            ))),
            Became::BilledBy(number) => Err(refused(format!(
                "{id} is billed on {number}; credit that invoice first: baton invoice credit {number} --reason …"
            ))),
        }
    }

    pub async fn time_entry(&self, id: &EntryId) -> Result<Option<KnownEntry>, StoreError> {
        let Some(once) = self.table.get(&keys::entry_once(id)).await? else {
            return Ok(None);
        };
        let once: OnceRow = from_item(once)?;
        let key = keys::entry(&once.client.as_str().into(), once.on, id);
        let item = self.table.get(&key).await?;
        Ok(self.known(item.into_iter().collect()).await?.pop())
    }

    /// A client's entries of these days, both included, oldest first.
    pub async fn time_of_client(
        &self,
        client: &ClientId,
        from: Date,
        to: Date,
    ) -> Result<Vec<KnownEntry>, StoreError> {
        let (first, last) = keys::entries_between(from, to);
        let query = Query::partition(keys::entries_of(client)).between(first, last);
        let items = self.table.query_all(&query).await?;
        self.known(items).await
    }

    /// The entries of a case, or of one of its steps.
    pub async fn time_of_case(
        &self,
        case: &CaseId,
        step: Option<&StepId>,
    ) -> Result<Vec<KnownEntry>, StoreError> {
        let query = Query::partition(keys::case_partition(case));
        let query = query.begins_with(keys::entry_pointers_of(step));
        let mut entries = Vec::new();
        for item in self.table.query_all(&query).await? {
            let row: PointerRow = from_item(item)?;
            entries.extend(self.time_entry(&EntryId(row.entry)).await?);
        }
        entries.sort_by(|a, b| (a.entry.on, &a.entry.id).cmp(&(b.entry.on, &b.entry.id)));
        Ok(entries)
    }

    /// What the latest cases took for a step of a workflow: each with its minutes, the latest first.
    pub async fn time_of_step(
        &self,
        workflow: &WorkflowId,
        step: &StepId,
    ) -> Result<Vec<(CaseId, u32)>, StoreError> {
        let query = Query::partition(keys::worked_partition(workflow, step));
        let query = query.newest_first().at_most(MOST_POINTERS);
        let mut cases: Vec<(CaseId, u32)> = Vec::new();
        for item in self.table.query_all(&query).await? {
            let row: PointerRow = from_item(item)?;
            let case = CaseId(row.case);
            match cases.iter_mut().find(|(known, _)| *known == case) {
                Some((_, minutes)) => *minutes = minutes.saturating_add(row.minutes),
                None => cases.push((case, row.minutes)),
            }
        }
        Ok(cases)
    }

    async fn known(&self, items: Vec<Item>) -> Result<Vec<KnownEntry>, StoreError> {
        let mut entries: Vec<TimeEntry> = Vec::new();
        for item in items {
            entries.push(from_body(&from_item::<EntryRow>(item)?.body)?);
        }
        let bills: Vec<Bills> = entries
            .iter()
            .map(|entry| bills_of_entry(&entry.id))
            .collect();
        let became = self.became(&bills).await?;
        let known = entries.into_iter().zip(became);
        Ok(known
            .map(|(entry, (became, claimed_by))| KnownEntry {
                entry,
                became,
                claimed_by,
            })
            .collect())
    }

    /// What became of each thing that is billed once, and whose claim stands there.
    pub(crate) async fn became(
        &self,
        things: &[Bills],
    ) -> Result<Vec<(Became, Option<String>)>, StoreError> {
        let keys: Vec<_> = things.iter().map(|bills| keys::billed(bills)).collect();
        let mut claims: Vec<Option<ClaimRow>> = Vec::new();
        for item in self.table.batch_get(&keys).await? {
            claims.push(item.map(from_item).transpose()?);
        }
        let mut became = Vec::new();
        for claim in claims {
            let claimed_by = claim.as_ref().and_then(|claim| claim.owed_by.clone());
            became.push((self.became_by(claim).await?, claimed_by));
        }
        Ok(became)
    }

    async fn became_by(&self, claim: Option<ClaimRow>) -> Result<Became, StoreError> {
        let Some(claim) = claim else {
            return Ok(Became::Open);
        };
        if let Some(by) = claim.replaced_by {
            return Ok(Became::ReplacedBy(EntryId(by)));
        }
        let (Some(by), Some(bills)) = (claim.owed_by, claim.bills) else {
            return Ok(Became::Open);
        };
        let bills: Bills = from_body(&bills)?;
        if let Some(number) = self.billing_number(&bills).await? {
            return Ok(Became::BilledBy(number));
        }
        Ok(match self.is_still_owed(&by).await? {
            true => Became::Owed { by },
            // Its invoice was taken back wholly, which frees all that stood on it.
            false => Became::Open,
        })
    }
}

fn replacing(replaced: &KnownEntry, by: &EntryId) -> Result<Write, StoreError> {
    let row = ClaimRow {
        head: Head::new(keys::billed(&bills_of_entry(&replaced.entry.id)), "claim"),
        replaced_by: Some(by.0.clone()),
        owed_by: None,
        bills: None,
    };
    Ok(unclaimed(
        Write::put(to_item(&row)?),
        replaced.claimed_by.as_deref(),
    ))
}

/// On condition that nobody claimed it since it was read: `seen` is the claim that stood there and counts no more.
pub(crate) fn unclaimed(write: Write, seen: Option<&str>) -> Write {
    match seen {
        None => write.when("attribute_not_exists(PK)"),
        Some(seen) => write.when("owed_by = :seen").text(":seen", seen),
    }
}

/// Where an entry is found at its case's step.
fn of_case(entry: &TimeEntry) -> Option<Key> {
    let (case, step) = (entry.case.as_ref()?, entry.step.as_ref()?);
    Some(keys::entry_pointer(case, step, &entry.id))
}

/// Where it is found in the history of that step over all cases.
fn worked_row(entry: &TimeEntry) -> Option<Key> {
    let (workflow, step) = (entry.workflow.as_ref()?, entry.step.as_ref()?);
    Some(keys::worked(workflow, step, entry.entered_at, &entry.id))
}
