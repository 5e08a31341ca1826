//! What one client may see: its cases and invoices by the client index, and since when its earlier links open nothing.
//! It must not know what of it is shown.

use domain::case::Case;
use domain::id::{CaseId, ClientId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::invoice_life::Standing;
use crate::keys;
use crate::rows::{Head, from_item};
use crate::store::Store;
use crate::table::{Key, Query, Write, to_item};

/// A client's links that were sent until then open nothing.
#[derive(Debug, Serialize, Deserialize)]
struct PortalRow {
    #[serde(flatten)]
    head: Head,
    revoked_at: Timestamp,
}

impl Store {
    /// Every case and every issued invoice or credit note of a client, oldest first, each read as it stands now.
    /// Whatever the index says, a row of another client is left out.
    pub async fn of_client(
        &self,
        client: &ClientId,
    ) -> Result<(Vec<Case>, Vec<Standing>), StoreError> {
        let query = Query::index(keys::CLIENT, keys::client_list(client));
        let (mut ids, mut standings) = (Vec::new(), Vec::new());
        for item in self.table.query_all(&query).await? {
            let Some(key) = Key::of(&item) else { continue };
            if let Some(case) = key.pk.strip_prefix("CASE#") {
                ids.push(CaseId::from(case));
            } else if let Some(id) = key.pk.strip_prefix("INV#") {
                standings.extend(self.standing(id).await?);
            }
        }
        let mut cases = self.cases(&ids).await?;
        cases.retain(|case| case.client.as_ref() == Some(client));
        standings.retain(|standing| standing.client == *client && standing.is_numbered());
        Ok((cases, standings))
    }

    /// Until when what was sent to a client opens nothing any more.
    pub async fn portal_revoked_at(
        &self,
        client: &ClientId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let item = self.table.get(&keys::portal(client)).await?;
        let row = item.map(from_item::<PortalRow>).transpose()?;
        Ok(row.map(|row| row.revoked_at))
    }

    /// From now on, no link that a client was sent until now opens anything.
    pub async fn revoke_portal(&self, client: &ClientId) -> Result<(), StoreError> {
        let row = PortalRow {
            head: Head::new(keys::portal(client), "portal"),
            revoked_at: self.now(),
        };
        self.table.write(Write::put(to_item(&row)?)).await
    }
}
