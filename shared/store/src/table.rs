//! The operations that the one table is used by: each reads to the end, is counted, and sorts its errors.
//! Must not know what an item means; keys and items are the business of the modules above.

mod batch;
mod query;
mod transact;
mod usage;
mod write;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
pub use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use aws_smithy_async::future::timeout::Timeout;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use batch::BatchWrite;
pub use query::{Index, Page, Query};
pub use transact::{Reason, TransactError};
pub use usage::Usage;
pub use write::Write;

use crate::error::{StoreError, classify};
use usage::Counters;

/// One item as the table holds it.
pub type Item = HashMap<String, AttributeValue>;

/// Name of the partition key attribute.
pub const PK: &str = "PK";
/// Name of the sort key attribute.
pub const SK: &str = "SK";

const OPEN: Duration = Duration::from_secs(3);

/// The full key of one item. Only `keys.rs` makes one from parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sk: sk.into(),
        }
    }

    /// The key of an item that was read; `None` if the item lacks one.
    pub fn of(item: &Item) -> Option<Self> {
        let part = |name| item.get(name).and_then(|value| value.as_s().ok());
        Some(Self::new(part(PK)?, part(SK)?))
    }

    fn to_item(&self) -> Item {
        HashMap::from([
            (PK.to_owned(), AttributeValue::S(self.pk.clone())),
            (SK.to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
}

/// The one table. Clones share the client and the counters.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
    sleep: SharedAsyncSleep,
    counters: Arc<Counters>,
}

impl Table {
    pub fn new(client: Client, name: &str, sleep: SharedAsyncSleep) -> Self {
        Self {
            client,
            name: name.to_owned(),
            sleep,
            counters: Arc::default(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Capacity and requests so far, of this table and all its clones.
    pub fn usage(&self) -> Usage {
        self.counters.read()
    }

    /// Opens the connection before the first event needs it, by reading a key that no item has. A failure is not
    /// told: the first real call meets it again and knows what to do about it. Takes 3 seconds at most, since a
    /// function that does not begin in 10 is begun again.
    pub async fn open(&self) {
        let nothing = Key::new("-", "-");
        let read = Timeout::new(self.get(&nothing), self.sleep.sleep(OPEN));
        match read.await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::info!(%error, "the table could not be reached ahead of time")
            }
            Err(_) => tracing::info!("the table did not answer ahead of time"),
        }
    }

    /// The item under `key`, read consistently.
    pub async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.to_item()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        let answer = answer.map_err(|error| classify(format!("get {key}"), error))?;
        self.counters
            .count_read(answer.consumed_capacity.as_slice());
        Ok(answer.item)
    }
}

/// A value as an item. Fields without a value are left out at the top level, since an index must not see them.
pub fn to_item<T: Serialize>(value: &T) -> Result<Item, StoreError> {
    let mut item: Item =
        serde_dynamo::to_item(value).map_err(|error| StoreError::never("write an item", error))?;
    item.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
    Ok(item)
}

/// An item as a value. An item that does not fit is the business of whoever wrote it, so it names its key.
pub fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    let key = Key::of(&item).map_or_else(|| "without key".to_owned(), |key| key.to_string());
    serde_dynamo::from_item(item)
        .map_err(|error| StoreError::never(format!("read the item {key}"), error))
}

#[cfg(test)]
mod tests;
