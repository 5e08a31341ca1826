//! Deliveries of webhooks that were taken, so that a repeat is known however late it comes.
//! It must not know what was delivered.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::keys;
use crate::rows::Head;
use crate::store::Store;
use crate::table::{Write, to_item};

/// No tool tries the same delivery for longer, and what is signed with its time can not be repeated by anybody else.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

#[derive(Debug, Serialize, Deserialize)]
struct DeliveredRow {
    #[serde(flatten)]
    head: Head,
    taken_at: jiff::Timestamp,
    /// Seconds since 1970, for the table's own clean-up. `None`: it is kept for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl Store {
    /// Whether this delivery was taken before.
    pub async fn is_delivered(&self, delivery: &str) -> Result<bool, StoreError> {
        let found = self.table.get(&keys::delivered(delivery)).await?;
        Ok(found.is_some())
    }

    /// Remembers that a delivery was taken; for ever, where whoever has seen it could repeat it at any time.
    pub async fn keep_delivered(&self, delivery: &str, for_ever: bool) -> Result<(), StoreError> {
        let now = self.now();
        let row = DeliveredRow {
            head: Head::new(keys::delivered(delivery), "delivered"),
            taken_at: now,
            expires_at: (!for_ever).then(|| (now + KEPT).as_second()),
        };
        self.table.write(Write::put(to_item(&row)?)).await
    }
}
