//! Which items a call touches, so that overlapping ones can be told apart.
//! It must not decide who wins.

use std::collections::{BTreeMap, HashMap};

use dynoxide::AttributeValue;
use serde_json::Value;

use super::calls::Call;

/// An item: its table and its key, written so that equal keys are equal text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ItemKey(String);

/// What a call wants to do with its items, in the order of the request.
#[derive(Debug)]
pub(super) enum Wanted {
    /// TransactWriteItems; a place is `None` where the key cannot be told.
    TransactWrite(Vec<Option<ItemKey>>),
    TransactRead(Vec<Option<ItemKey>>),
    /// PutItem, UpdateItem, DeleteItem: one key. BatchWriteItem: many.
    Write {
        keys: Vec<ItemKey>,
        is_batch: bool,
    },
}

/// The key attributes of each table, in schema order.
#[derive(Default)]
pub(super) struct Schemas(BTreeMap<String, Vec<String>>);

impl Schemas {
    /// Learns a table from the body of its CreateTable call.
    pub(super) fn learn(&mut self, create_table: &Value) {
        let Some(name) = create_table["TableName"].as_str() else {
            return;
        };
        let attributes = create_table["KeySchema"].as_array().into_iter().flatten();
        let attributes =
            attributes.filter_map(|key| key["AttributeName"].as_str().map(str::to_owned));
        self.0.insert(name.to_owned(), attributes.collect());
    }

    fn key(&self, table: &str, attributes: &HashMap<String, AttributeValue>) -> Option<ItemKey> {
        let mut text = table.to_owned();
        for name in self.0.get(table)? {
            let value = serde_json::to_string(attributes.get(name)?).ok()?;
            text.push('\n');
            text.push_str(&value);
        }
        Some(ItemKey(text))
    }
}

/// `None` for a call that takes part in no conflict, such as a plain read.
pub(super) fn wanted(call: &Call, schemas: &Schemas) -> Option<Wanted> {
    match call {
        Call::TransactWriteItems(request) => {
            let keys = request.transact_items.iter().map(|item| {
                if let Some(put) = &item.put {
                    return schemas.key(&put.table_name, &put.item);
                }
                if let Some(update) = &item.update {
                    return schemas.key(&update.table_name, &update.key);
                }
                if let Some(delete) = &item.delete {
                    return schemas.key(&delete.table_name, &delete.key);
                }
                let check = item.condition_check.as_ref()?;
                schemas.key(&check.table_name, &check.key)
            });
            Some(Wanted::TransactWrite(keys.collect()))
        }
        Call::TransactGetItems(request) => {
            let keys = request
                .transact_items
                .iter()
                .map(|item| schemas.key(&item.get.table_name, &item.get.key));
            Some(Wanted::TransactRead(keys.collect()))
        }
        Call::PutItem(request) => single(schemas.key(&request.table_name, &request.item)),
        Call::UpdateItem(request) => single(schemas.key(&request.table_name, &request.key)),
        Call::DeleteItem(request) => single(schemas.key(&request.table_name, &request.key)),
        Call::BatchWriteItem(request) => {
            let keys = request.request_items.iter().flat_map(|(table, writes)| {
                writes.iter().filter_map(move |write| {
                    let put = write.put_request.as_ref().map(|put| &put.item);
                    let delete = write.delete_request.as_ref().map(|delete| &delete.key);
                    schemas.key(table, put.or(delete)?)
                })
            });
            Some(Wanted::Write {
                keys: keys.collect(),
                is_batch: true,
            })
        }
        _ => None,
    }
}

fn single(key: Option<ItemKey>) -> Option<Wanted> {
    Some(Wanted::Write {
        keys: vec![key?],
        is_batch: false,
    })
}
