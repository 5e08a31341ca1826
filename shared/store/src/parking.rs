//! Inputs that were refused for good, and the count of those that nobody listens for.
//! It must not judge them.

use domain::id::{CaseId, EffectId, EventId, PersonId};

use crate::error::{StoreError, unless_conflict};
use crate::keys;
use crate::rows::{Head, ParkedRow, from_item};
use crate::store::Store;
use crate::table::{Item, Key, Query, Write, to_item};

/// What is kept of a refused input.
#[derive(Debug, Clone)]
pub struct Parking {
    pub source: String,
    pub detail_type: String,
    pub event: EventId,
    pub reason: String,
    pub owner: Option<PersonId>,
    /// The effect that can not be carried out, where it is one.
    pub effect: Option<(CaseId, EffectId)>,
    pub body: String,
}

/// Parked and not taken up yet.
const PARKED: &str = "parked";
/// Taken up: it is on its way again, and stays here until that is certain.
const REDRIVEN: &str = "redriven";

/// The part of a body that a row keeps; an item may hold 400 KB.
const MOST_BODY_BYTES: usize = 256 * 1024;

impl Store {
    /// Keeps a refused input once, however often it comes.
    pub async fn park(&self, parking: Parking) -> Result<(), StoreError> {
        let now = self.now();
        let owner = parking
            .owner
            .as_ref()
            .map_or_else(String::new, |owner| owner.0.clone());
        let mut body = parking.body;
        let is_cut = body.len() > MOST_BODY_BYTES;
        if is_cut {
            let cut = (0..=MOST_BODY_BYTES)
                .rev()
                .find(|at| body.is_char_boundary(*at))
                .unwrap_or(0);
            body.truncate(cut);
        }
        let row = ParkedRow {
            head: Head::new(keys::parked(&parking.source, &parking.event), "parked"),
            title: format!("Parked: {} from {}", parking.detail_type, parking.source),
            state: PARKED.into(),
            list_of: keys::owner_list(&PersonId(owner.clone())),
            owner,
            parked_at: now,
            reason: parking.reason,
            source: parking.source,
            detail_type: parking.detail_type,
            list_at: keys::instant(now),
            case: parking.effect.as_ref().map(|(case, _)| case.clone()),
            effect: parking.effect.map(|(_, effect)| effect),
            body,
            is_cut,
        };
        // What was redriven and failed again is parked anew, with its new reason.
        let write = Write::put(to_item(&row)?)
            .when("attribute_not_exists(PK) OR #state = :redriven")
            .name("#state", "state")
            .text(":redriven", REDRIVEN);
        unless_conflict(self.table.write(write).await)
    }

    /// Marks a parked input as on its way again.
    pub async fn mark_redriven(&self, row: &ParkedRow) -> Result<(), StoreError> {
        let write = Write::update(row.key(), "SET #state = :redriven")
            .when("attribute_exists(PK)")
            .name("#state", "state")
            .text(":redriven", REDRIVEN);
        unless_conflict(self.table.write(write).await)
    }

    /// Forgets an input that is on its way again, unless it has been parked anew since.
    pub async fn unpark(&self, row: &ParkedRow) -> Result<(), StoreError> {
        let write = Write::delete(row.key())
            .when("#state = :redriven")
            .name("#state", "state")
            .text(":redriven", REDRIVEN);
        unless_conflict(self.table.write(write).await)
    }

    pub async fn parked(&self) -> Result<Vec<ParkedRow>, StoreError> {
        let items = self
            .table
            .query_all(&Query::partition(keys::PARKED))
            .await?;
        items.into_iter().map(from_item).collect()
    }

    /// Counts an event that no workflow listens for. A repeat may count twice: the count tells what to look at, no more.
    pub async fn count_unheard(&self, source: &str, detail_type: &str) -> Result<(), StoreError> {
        let write = Write::update(keys::unheard(source, detail_type), "ADD #events :one")
            .name("#events", "events")
            .number(":one", 1);
        self.table.write(write).await
    }

    /// How often each event that nobody listens for has come: source, detail-type, count.
    pub async fn unheard(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        let items = self
            .table
            .query_all(&Query::partition(keys::UNHEARD))
            .await?;
        Ok(items.iter().filter_map(unheard_of).collect())
    }
}

fn unheard_of(item: &Item) -> Option<(String, String, u64)> {
    let key = Key::of(item)?;
    let (source, detail_type) = key.sk.split_once('#')?;
    let events = item.get("events")?.as_n().ok()?.parse().ok()?;
    Some((source.to_owned(), detail_type.to_owned(), events))
}
