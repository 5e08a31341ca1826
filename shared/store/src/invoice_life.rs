//! Where each invoice stands: a row beside the immutable document, its history, and what it owes to the outside.
//! It must not decide what happens; it saves a change whole, on condition that nobody was first.

use domain::billing::{Change, Happened, Life, Stands};
use domain::case::Effect;
use domain::id::{CaseId, ClientId, EffectId, digest};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::{StoreError, unless_conflict};
use crate::keys;
use crate::rows::{EffectRow, Head, from_body, from_item, to_body};
use crate::store::Store;
use crate::table::{Item, Key, Query, Write, to_item};

/// An invoice, credit note or draft, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The number; of a draft, its draft id.
    pub id: String,
    pub client: ClientId,
    /// What is billed, in a few words.
    pub title: String,
    /// The day of issue; of a draft, the day it began to wait.
    pub dated: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable_until: Option<Date>,
    /// The effect that owed it: `case/effect`.
    pub owed_by: String,
    /// What was asked for, so that the same can be billed again once it is credited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<Effect>,
    pub correlation_id: String,
    pub life: Life,
    /// How many changes made it; 1 when it is issued.
    #[serde(skip)]
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
struct LifeRow {
    #[serde(flatten)]
    head: Head,
    version: u64,
    title: String,
    state: String,
    client: String,
    list_of: String,
    list_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    body: String,
}

/// One thing that happened to an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entered {
    pub at: Timestamp,
    /// What came in, in a few words.
    pub cause: String,
    pub happened: Happened,
}

#[derive(Serialize, Deserialize)]
struct EnteredRow {
    #[serde(flatten)]
    head: Head,
    body: String,
}

/// A word that holds back whatever bills `what`: a contract, a milestone, a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    pub what: String,
    pub reason: String,
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct HoldRow {
    #[serde(flatten)]
    head: Head,
    body: String,
}

/// The id of a draft, from the effect that owes it.
pub fn draft_id(owed_by: &str) -> String {
    format!("draft-{}", &digest(&[owed_by])[..8])
}

impl Store {
    pub async fn standing(&self, id: &str) -> Result<Option<Standing>, StoreError> {
        let item = self.table.get(&keys::invoice_life(id)).await?;
        item.map(Standing::of).transpose()
    }

    /// Every invoice, credit note and draft, oldest first.
    pub async fn standings(&self) -> Result<Vec<Standing>, StoreError> {
        let listed = Query::index(keys::LIST, keys::INVOICES);
        let mut standings = Vec::new();
        for item in self.table.query_all(&listed).await? {
            let Some(key) = Key::of(&item) else { continue };
            if let Some(item) = self.table.get(&key).await? {
                standings.push(Standing::of(item)?);
            }
        }
        Ok(standings)
    }

    /// What happened to an invoice, in order.
    pub async fn entered(&self, id: &str) -> Result<Vec<Entered>, StoreError> {
        let partition = keys::case_partition(&CaseId::of_invoice(id));
        let query = Query::partition(partition).begins_with(keys::HISTORY);
        let items = self.table.query_all(&query).await?.into_iter();
        items
            .map(|item| from_body(&from_item::<EnteredRow>(item)?.body))
            .collect()
    }

    /// Saves a change with its history row and what it owes: all or nothing. `Conflict`: another was first.
    pub async fn save_standing(
        &self,
        before: &Standing,
        change: &Change,
        entered: &Entered,
        owes: &[Effect],
    ) -> Result<(), StoreError> {
        let after = before.after(change.life.clone());
        let token = after.token(&entered.cause);
        let writes = writes_of(&after, entered, owes)?;
        Ok(self.table.transact(writes, &token).await?)
    }

    /// Forgets a draft of which nothing is left to bill.
    pub async fn forget_draft(&self, owed_by: &str) -> Result<(), StoreError> {
        let key = keys::invoice_life(&draft_id(owed_by));
        self.table.write(Write::delete(key)).await
    }

    pub async fn hold(&self, hold: &Hold) -> Result<(), StoreError> {
        let row = HoldRow {
            head: Head::new(keys::hold(&hold.what), "hold"),
            body: to_body(hold)?,
        };
        self.table.write(Write::put(to_item(&row)?)).await
    }

    pub async fn release_hold(&self, what: &str) -> Result<(), StoreError> {
        let write = Write::delete(keys::hold(what)).when("attribute_exists(PK)");
        unless_conflict(self.table.write(write).await)
    }

    pub async fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        let query = Query::partition(keys::HOLDS);
        let items = self.table.query_all(&query).await?.into_iter();
        items.map(Hold::of).collect()
    }
}

impl Hold {
    pub(crate) fn of(item: Item) -> Result<Hold, StoreError> {
        from_body(&from_item::<HoldRow>(item)?.body)
    }
}

impl Standing {
    pub(crate) fn of(item: Item) -> Result<Standing, StoreError> {
        let row: LifeRow = from_item(item)?;
        let standing: Standing = from_body(&row.body)?;
        Ok(Standing {
            version: row.version,
            ..standing
        })
    }

    /// The same invoice after a change.
    pub fn after(&self, life: Life) -> Standing {
        Standing {
            life,
            version: self.version + 1,
            ..self.clone()
        }
    }

    pub fn is_numbered(&self) -> bool {
        !matches!(
            self.life.stands,
            Stands::Draft { .. } | Stands::Approved { .. }
        )
    }

    fn token(&self, cause: &str) -> String {
        digest(&[&self.id, &self.version.to_string(), cause])[..36].to_owned()
    }

    fn row(&self) -> Result<LifeRow, StoreError> {
        let key = keys::invoice_life(&self.id);
        let reminder = self.life.next_reminder();
        Ok(LifeRow {
            due_shard: reminder.map(|_| keys::due_shard(&key.pk)),
            due_at: reminder.map(keys::instant),
            head: Head::new(key, "invoice"),
            version: self.version,
            title: format!("{}: {}", self.id, self.title),
            state: self.life.stands.word().into(),
            client: self.client.0.clone(),
            list_of: keys::INVOICES.into(),
            list_at: format!("{}#{}", self.dated, self.id),
            // A draft is nobody's business but ours.
            client_of: self.is_numbered().then(|| keys::client_list(&self.client)),
            client_at: self.is_numbered().then(|| self.dated.to_string()),
            due: self.payable_until.map(|date| date.to_string()),
            body: to_body(self)?,
        })
    }
}

/// The rows of one change: where it stands now, what happened, and what it owes.
pub(crate) fn writes_of(
    after: &Standing,
    entered: &Entered,
    owes: &[Effect],
) -> Result<Vec<Write>, StoreError> {
    let state = Write::put(to_item(&after.row()?)?);
    let holder = CaseId::of_invoice(&after.id);
    let happened = EnteredRow {
        head: Head::new(keys::history(&holder, after.version), "invoice_history"),
        body: to_body(entered)?,
    };
    let mut writes = vec![
        match after.version {
            1 => state.when("attribute_not_exists(PK)"),
            version => state
                .when("#version = :before")
                .name("#version", "version")
                .number(":before", i64::try_from(version - 1).unwrap_or(i64::MAX)),
        },
        Write::put(to_item(&happened)?).when("attribute_not_exists(PK)"),
    ];
    for (place, effect) in owes.iter().enumerate() {
        let id = EffectId::new(after.version, place + 1);
        let chain = (after.correlation_id.as_str(), 0);
        let row = EffectRow::owed_by(&holder, chain, &id, effect, entered.at)?;
        writes.push(Write::put(to_item(&row)?));
    }
    Ok(writes)
}
