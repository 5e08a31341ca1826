//! The table of the world: a DynamoDB engine in memory, answered call by call.

use std::sync::Arc;

use dynoxide::actions::{
    batch_get_item, batch_write_item, delete_item, get_item, put_item, query, transact_write_items,
    update_item,
};
use dynoxide::{Database, DynoxideError};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::clock::SimClock;

pub struct Engine {
    database: Database,
}

struct ShownClock(SimClock);

impl dynoxide::storage_backend::Clock for ShownClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.0.now().as_second()).unwrap_or(0)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 fit a float's 53 bits"
    )]
    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().as_millisecond() as f64 / 1000.0
    }
}

impl Engine {
    /// Without a stream: the world takes its own from what is asked for, and the engine looks through all it has kept at
    /// every write.
    pub fn new(clock: SimClock, mut create_table: Value) -> Self {
        if let Some(request) = create_table.as_object_mut() {
            request.remove("StreamSpecification");
        }
        let database = Database::memory_with_clock(Arc::new(ShownClock(clock)))
            .expect("an engine in memory opens");
        let request = serde_json::from_value(create_table)
            .expect("the template's table is a CreateTable request");
        database
            .create_table(request)
            .expect("the template's table can be made");
        Engine { database }
    }

    /// Puts items into `table` in one go.
    pub fn import(&self, table: &str, items: impl IntoIterator<Item = dynoxide::Item>) {
        let options = dynoxide::ImportOptions::default();
        self.database
            .import_items(table, items.into_iter().collect(), options)
            .expect("the items can be imported");
    }

    /// Answers one call: status and body as DynamoDB would.
    pub fn answer(&self, operation: &str, body: &[u8]) -> (u16, String) {
        match self.call(operation, body) {
            Ok(answer) => (200, answer),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }

    fn call(&self, operation: &str, body: &[u8]) -> Result<String, DynoxideError> {
        macro_rules! on {
            ($module:ident :: $request:ident, $method:ident) => {
                text(&self.database.$method(read::<$module::$request>(body)?)?)
            };
        }
        Ok(match operation {
            "GetItem" => on!(get_item::GetItemRequest, get_item),
            "PutItem" => on!(put_item::PutItemRequest, put_item),
            "UpdateItem" => on!(update_item::UpdateItemRequest, update_item),
            "DeleteItem" => on!(delete_item::DeleteItemRequest, delete_item),
            "Query" => on!(query::QueryRequest, query),
            "BatchGetItem" => on!(batch_get_item::BatchGetItemRequest, batch_get_item),
            "BatchWriteItem" => on!(batch_write_item::BatchWriteItemRequest, batch_write_item),
            "TransactWriteItems" => on!(
                transact_write_items::TransactWriteItemsRequest,
                transact_write_items
            ),
            other => {
                return Err(DynoxideError::ValidationException(format!(
                    "the world has no {other}"
                )));
            }
        })
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body)
        .map_err(|error| DynoxideError::SerializationException(error.to_string()))
}

fn text<T: serde::Serialize>(answer: &T) -> String {
    serde_json::to_string(answer).expect("an answer is JSON")
}
