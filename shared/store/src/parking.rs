//! Inputs that were refused for good, and the count of those that nobody listens for.
//! It must not judge them.

use domain::case::{Effect, Notice, ParkedItem};
use domain::id::{CaseId, EffectId, EventId, PersonId, digest};
use jiff::SignedDuration;

use crate::due::DueRow;
use crate::error::{StoreError, unless_conflict};
use crate::keys;
use crate::rows::{EffectRow, Head, ParkedRow, from_item};
use crate::store::Store;
use crate::table::{Item, Key, Query, TransactError, Write, to_item};

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

/// How long things parked one after the other are gathered before their owner is told of all of them in one mail.
const GATHERED_FOR: SignedDuration = SignedDuration::from_mins(2);
/// Items that one mail names; it counts the rest.
const MOST_NAMED: usize = 20;
/// Items told of in one transaction, which holds at most 100 writes.
const MOST_TOLD: usize = 90;

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
        let key = keys::parked(&parking.source, &parking.event);
        let row = ParkedRow {
            due_shard: Some(keys::due_shard(&key.sk)),
            due_at: Some(keys::instant(now + GATHERED_FOR)),
            head: Head::new(key, "parked"),
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

    /// Owes the owners of parked things a mail that names them, each thing once. What has nobody to own it becomes
    /// `fallback`'s; without one it is looked at again in an hour. How many mails are owed.
    pub async fn owe_parked_notices(
        &self,
        due: &[DueRow],
        fallback: Option<&PersonId>,
    ) -> Result<u32, StoreError> {
        let keys: Vec<_> = due.iter().map(|row| row.key.clone()).collect();
        let mut by_owner: Vec<(PersonId, Vec<(&DueRow, ParkedRow)>)> = Vec::new();
        for (found, item) in due.iter().zip(self.table.batch_get(&keys).await?) {
            let Some(row) = item.map(from_item::<ParkedRow>).transpose()? else {
                continue;
            };
            let owner = match (row.owner.as_str(), fallback) {
                ("", Some(fallback)) => fallback.clone(),
                ("", None) => {
                    self.set_aside(found, SignedDuration::from_hours(1)).await?;
                    continue;
                }
                (owner, _) => PersonId::from(owner),
            };
            match by_owner.iter_mut().find(|(other, _)| *other == owner) {
                Some((_, rows)) => rows.push((found, row)),
                None => by_owner.push((owner, vec![(found, row)])),
            }
        }
        let mut mails = 0;
        for (owner, rows) in by_owner {
            for rows in rows.chunks(MOST_TOLD) {
                mails += u32::from(self.owe_parked_notice(&owner, rows).await?);
            }
        }
        Ok(mails)
    }

    /// The mail and the rows that no longer wait for it, together. `false`: another sweep was first.
    async fn owe_parked_notice(
        &self,
        owner: &PersonId,
        rows: &[(&DueRow, ParkedRow)],
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let mut named: Vec<&str> = Vec::new();
        for (found, _) in rows {
            named.extend([found.key.sk.as_str(), found.due_at.as_str()]);
        }
        let id = EffectId(format!("{}-1", &digest(&named)[..16]));
        let case = CaseId::of_parked(owner);
        let item = |(_, row): &(&DueRow, ParkedRow)| ParkedItem {
            id: row.id().to_owned(),
            title: format!("{} from {}", row.detail_type, row.source),
            reason: row.reason.clone(),
        };
        let notice = Notice::Parked {
            items: rows.iter().take(MOST_NAMED).map(item).collect(),
            more: u32::try_from(rows.len().saturating_sub(MOST_NAMED)).unwrap_or(u32::MAX),
        };
        let to = owner.clone();
        let effect = EffectRow::owed_by(
            &case,
            (id.as_str(), 0),
            &id,
            &Effect::Notice { to, notice },
            now,
        )?;
        let mut writes = vec![Write::put(to_item(&effect)?).when("attribute_not_exists(PK)")];
        for (found, _) in rows {
            let set = "SET #owner = :owner, list_of = :list REMOVE due_shard, due_at, due_failures";
            writes.push(
                Write::update(found.key.clone(), set)
                    .when("due_at = :found")
                    .name("#owner", "owner")
                    .text(":owner", owner.as_str())
                    .text(":list", keys::owner_list(owner))
                    .text(":found", &found.due_at),
            );
        }
        let token = &digest(&["parked notice", id.as_str()])[..36];
        match self.table.transact(writes, token).await {
            Ok(()) => Ok(true),
            // Another sweep told of one of them; the next look takes what is left.
            Err(TransactError::Cancelled(_) | TransactError::TokenTaken { .. }) => Ok(false),
            Err(other) => Err(other.into()),
        }
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
