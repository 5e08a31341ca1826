//! Many independent reads or writes in few requests; whatever an answer left undone is asked for again.
//! Must not know what is read, and gives no promise that the writes happen together.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{
    DeleteRequest, KeysAndAttributes, PutRequest, ReturnConsumedCapacity, WriteRequest,
};

use super::{Item, Key, Table};
use crate::backoff;
use crate::error::{StoreError, classify};

/// DynamoDB reads this many keys a request.
const MOST_READS: usize = 100;
/// DynamoDB writes this many items a request.
const MOST_WRITES: usize = 25;

/// One write without condition.
#[derive(Debug, Clone, PartialEq)]
pub enum BatchWrite {
    Put(Item),
    Delete(Key),
}

impl Table {
    /// The items under `keys`, read consistently, each at the place of its key; `None` where there is no item.
    pub async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        // The same key twice in one request is refused, so each is asked for once.
        let mut seen = HashSet::new();
        let distinct: Vec<&Key> = keys.iter().filter(|key| seen.insert(*key)).collect();
        let mut found: HashMap<Key, Item> = HashMap::with_capacity(distinct.len());
        for chunk in distinct.chunks(MOST_READS) {
            let wanted: Vec<Item> = chunk.iter().map(|key| key.to_item()).collect();
            for item in self.read_to_the_end(wanted).await? {
                if let Some(key) = Key::of(&item) {
                    found.insert(key, item);
                }
            }
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn read_to_the_end(&self, mut wanted: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let context = || "read a batch of items";
        let mut items = Vec::with_capacity(wanted.len());
        let mut attempt = 0;
        while !wanted.is_empty() {
            let before = wanted.len();
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build()
                .map_err(|error| StoreError::never(context(), error))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.name, keys)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| classify(context(), error))?;
            self.counters.count_read(answer.consumed_capacity());
            items.extend(answer.responses.unwrap_or_default().into_values().flatten());
            let left = answer.unprocessed_keys.unwrap_or_default().into_values();
            wanted = left.flat_map(|keys| keys.keys).collect();
            attempt = self
                .pause_if_left(context(), attempt, wanted.len(), before)
                .await?;
        }
        Ok(items)
    }

    /// Carries out all writes, each on its own: when it fails, some may have happened. A key may occur once.
    pub async fn batch_write(&self, writes: Vec<BatchWrite>) -> Result<(), StoreError> {
        let context = || "write a batch of items";
        let requests: Result<Vec<WriteRequest>, _> = writes.into_iter().map(request).collect();
        let requests = requests.map_err(|error| StoreError::never(context(), error))?;
        for chunk in requests.chunks(MOST_WRITES) {
            let mut wanted = chunk.to_vec();
            let mut attempt = 0;
            while !wanted.is_empty() {
                let before = wanted.len();
                let answer = self
                    .client
                    .batch_write_item()
                    .request_items(&self.name, wanted)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await
                    .map_err(|error| classify(context(), error))?;
                self.counters.count_write(answer.consumed_capacity());
                let left = answer.unprocessed_items.unwrap_or_default().into_values();
                wanted = left.flatten().collect();
                attempt = self
                    .pause_if_left(context(), attempt, wanted.len(), before)
                    .await?;
            }
        }
        Ok(())
    }

    /// Waits before what is left is asked for again. Only attempts that got nowhere count, so that a long batch
    /// under throttling goes on as long as it moves.
    async fn pause_if_left(
        &self,
        context: &str,
        attempt: u32,
        left: usize,
        before: usize,
    ) -> Result<u32, StoreError> {
        if left == 0 {
            return Ok(0);
        }
        let attempt = if left < before { 1 } else { attempt + 1 };
        if attempt >= backoff::ATTEMPTS {
            let told = format!("{left} items were not processed in {attempt} attempts");
            return Err(StoreError::try_again(context, told));
        }
        backoff::pause(&self.sleep, attempt).await;
        Ok(attempt)
    }
}

fn request(write: BatchWrite) -> Result<WriteRequest, aws_sdk_dynamodb::error::BuildError> {
    let request = WriteRequest::builder();
    Ok(match write {
        BatchWrite::Put(item) => {
            request.put_request(PutRequest::builder().set_item(Some(item)).build()?)
        }
        BatchWrite::Delete(key) => {
            let delete = DeleteRequest::builder().set_key(Some(key.to_item()));
            request.delete_request(delete.build()?)
        }
    }
    .build())
}
