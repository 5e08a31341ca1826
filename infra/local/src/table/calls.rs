//! The operations: wire JSON in, a typed call, wire JSON out, with the capacity it consumed.
//! It must not decide whether a call may run.

use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::actions::{
    batch_get_item, batch_write_item, create_table, delete_item, delete_table, describe_stream,
    describe_table, describe_time_to_live, get_item, get_records, get_shard_iterator, list_streams,
    list_tables, put_item, query, scan, transact_get_items, transact_write_items, update_item,
    update_time_to_live,
};
use dynoxide::storage::Storage;
use dynoxide::types::ConsumedCapacity;
use dynoxide::{DynoxideError, Result};
use hyper::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Refusal;
use super::engine::finish;

/// Capacity units that one call consumed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) read_units: f64,
    pub(super) write_units: f64,
}

pub(super) enum Call {
    PutItem(put_item::PutItemRequest),
    GetItem(get_item::GetItemRequest),
    UpdateItem(update_item::UpdateItemRequest),
    DeleteItem(delete_item::DeleteItemRequest),
    Query(query::QueryRequest),
    Scan(scan::ScanRequest),
    BatchGetItem(batch_get_item::BatchGetItemRequest),
    BatchWriteItem(batch_write_item::BatchWriteItemRequest),
    TransactWriteItems(transact_write_items::TransactWriteItemsRequest),
    TransactGetItems(transact_get_items::TransactGetItemsRequest),
    CreateTable(create_table::CreateTableRequest, Value),
    DeleteTable(delete_table::DeleteTableRequest),
    DescribeTable(describe_table::DescribeTableRequest),
    ListTables(list_tables::ListTablesRequest),
    UpdateTimeToLive(update_time_to_live::UpdateTimeToLiveRequest),
    DescribeTimeToLive(describe_time_to_live::DescribeTimeToLiveRequest),
    ListStreams(list_streams::ListStreamsRequest),
    DescribeStream(describe_stream::DescribeStreamRequest),
    GetShardIterator(get_shard_iterator::GetShardIteratorRequest),
    GetRecords(get_records::GetRecordsRequest),
}

impl Call {
    pub(super) fn read(operation: &str, body: &str) -> std::result::Result<Self, Refusal> {
        Ok(match operation {
            "PutItem" => Self::PutItem(parse(body)?),
            "GetItem" => Self::GetItem(parse(body)?),
            "UpdateItem" => Self::UpdateItem(parse(body)?),
            "DeleteItem" => Self::DeleteItem(parse(body)?),
            "Query" => Self::Query(parse(body)?),
            "Scan" => Self::Scan(parse(body)?),
            "BatchGetItem" => Self::BatchGetItem(parse(body)?),
            "BatchWriteItem" => Self::BatchWriteItem(parse(body)?),
            "TransactWriteItems" => Self::TransactWriteItems(parse(body)?),
            "TransactGetItems" => Self::TransactGetItems(parse(body)?),
            "CreateTable" => Self::CreateTable(parse(body)?, parse(body)?),
            "DeleteTable" => Self::DeleteTable(parse(body)?),
            "DescribeTable" => Self::DescribeTable(parse(body)?),
            "ListTables" => Self::ListTables(parse(body)?),
            "UpdateTimeToLive" => Self::UpdateTimeToLive(parse(body)?),
            "DescribeTimeToLive" => Self::DescribeTimeToLive(parse(body)?),
            "ListStreams" => Self::ListStreams(parse(body)?),
            "DescribeStream" => Self::DescribeStream(parse(body)?),
            "GetShardIterator" => Self::GetShardIterator(parse(body)?),
            "GetRecords" => Self::GetRecords(parse(body)?),
            _ => {
                return Err(Refusal {
                    status: StatusCode::BAD_REQUEST,
                    body: r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#
                        .to_owned(),
                });
            }
        })
    }

    /// The idempotency token of a transaction.
    pub(super) fn token(&self) -> Option<&str> {
        match self {
            Self::TransactWriteItems(request) => request.client_request_token.as_deref(),
            _ => None,
        }
    }

    pub(super) fn is_transaction(&self) -> bool {
        matches!(
            self,
            Self::TransactWriteItems(_) | Self::TransactGetItems(_)
        )
    }

    pub(super) fn created_table(&self) -> Option<&Value> {
        match self {
            Self::CreateTable(_, request) => Some(request),
            _ => None,
        }
    }

    /// The tables whose items the call may change.
    pub(super) fn writes_to(&self) -> Vec<String> {
        match self {
            Self::PutItem(request) => vec![request.table_name.clone()],
            Self::UpdateItem(request) => vec![request.table_name.clone()],
            Self::DeleteItem(request) => vec![request.table_name.clone()],
            Self::BatchWriteItem(request) => request.request_items.keys().cloned().collect(),
            Self::TransactWriteItems(request) => {
                let mut tables: Vec<String> = request
                    .transact_items
                    .iter()
                    .filter_map(written_table)
                    .collect();
                tables.sort_unstable();
                tables.dedup();
                tables
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn execute(
        self,
        storage: &Storage,
        vectors: &VectorIndexLifecycle,
        tally: &mut Tally,
    ) -> Result<String> {
        /// Runs a call that reports capacity, asking for the figure on the caller's behalf.
        macro_rules! counted {
            ($module:ident, $request:expr, $units:ident) => {{
                let mut request = $request;
                let is_asked = asks_for_capacity(request.return_consumed_capacity.as_deref());
                if !is_asked
                    && request
                        .return_consumed_capacity
                        .as_deref()
                        .is_none_or(|mode| mode == "NONE")
                {
                    request.return_consumed_capacity = Some("TOTAL".to_owned());
                }
                let mut answer = finish($module::execute(storage, request))?;
                tally.$units += answer
                    .consumed_capacity
                    .iter()
                    .flat_map(Units::units)
                    .sum::<f64>();
                if !is_asked {
                    answer.consumed_capacity = None;
                }
                write(&answer)
            }};
        }
        match self {
            Self::PutItem(request) => counted!(put_item, request, write_units),
            Self::GetItem(request) => counted!(get_item, request, read_units),
            Self::UpdateItem(request) => counted!(update_item, request, write_units),
            Self::DeleteItem(request) => counted!(delete_item, request, write_units),
            Self::Query(request) => counted!(query, request, read_units),
            Self::Scan(request) => counted!(scan, request, read_units),
            Self::BatchGetItem(request) => counted!(batch_get_item, request, read_units),
            Self::BatchWriteItem(request) => counted!(batch_write_item, request, write_units),
            Self::TransactWriteItems(request) => {
                counted!(transact_write_items, request, write_units)
            }
            Self::TransactGetItems(request) => counted!(transact_get_items, request, read_units),
            Self::CreateTable(request, _) => {
                write(&finish(create_table::execute(storage, request))?)
            }
            Self::DeleteTable(request) => {
                write(&finish(delete_table::execute(storage, request, vectors))?)
            }
            Self::DescribeTable(request) => {
                write(&finish(describe_table::execute(storage, request, vectors))?)
            }
            Self::ListTables(request) => write(&finish(list_tables::execute(storage, request))?),
            Self::UpdateTimeToLive(request) => {
                write(&finish(update_time_to_live::execute(storage, request))?)
            }
            Self::DescribeTimeToLive(request) => {
                write(&finish(describe_time_to_live::execute(storage, request))?)
            }
            Self::ListStreams(request) => write(&finish(list_streams::execute(storage, request))?),
            Self::DescribeStream(request) => {
                write(&finish(describe_stream::execute(storage, request))?)
            }
            Self::GetShardIterator(request) => {
                write(&finish(get_shard_iterator::execute(storage, request))?)
            }
            Self::GetRecords(request) => write(&finish(get_records::execute(storage, request))?),
        }
    }
}

fn written_table(item: &transact_write_items::TransactWriteItem) -> Option<String> {
    let put = item.put.as_ref().map(|put| &put.table_name);
    let update = item.update.as_ref().map(|update| &update.table_name);
    let delete = item.delete.as_ref().map(|delete| &delete.table_name);
    put.or(update).or(delete).cloned()
}

fn asks_for_capacity(mode: Option<&str>) -> bool {
    matches!(mode, Some("TOTAL" | "INDEXES"))
}

/// One figure, or one for each table.
trait Units {
    fn units(&self) -> Vec<f64>;
}

impl Units for ConsumedCapacity {
    fn units(&self) -> Vec<f64> {
        vec![self.capacity_units]
    }
}

impl Units for Vec<ConsumedCapacity> {
    fn units(&self) -> Vec<f64> {
        self.iter()
            .map(|capacity| capacity.capacity_units)
            .collect()
    }
}

fn parse<T: DeserializeOwned>(body: &str) -> std::result::Result<T, Refusal> {
    serde_json::from_str(body).map_err(|error| {
        let text = error.to_string();
        // The engine's own checks inside deserialisation mark what DynamoDB calls a validation error.
        match text.split_once("VALIDATION:") {
            Some((_, message)) => {
                let message = message
                    .rsplit_once(" at line ")
                    .map_or(message, |(message, _)| message);
                DynoxideError::ValidationException(message.to_owned()).into()
            }
            None => DynoxideError::SerializationException(text).into(),
        }
    })
}

fn write<T: Serialize>(answer: &T) -> Result<String> {
    serde_json::to_string(answer)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
