//! The table engine in process: one SQLite connection behind one lock, reading time from the shown clock.
//! It must not know of the wire.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::actions::{create_table, update_time_to_live};
use dynoxide::storage::Storage;
use dynoxide::{DynoxideError, ttl};
use tokio::sync::Mutex;

use super::calls::{Call, Tally};
use super::{Refusal, WriteGate};
use crate::clock::Clock;
use crate::journal::DatabaseFile;
use crate::template;

#[derive(Debug, thiserror::Error)]
#[error("table {table}: {reason}")]
pub(crate) struct OpenError {
    table: String,
    reason: String,
}

/// A table with three indexes has more statements than the 16 that are kept otherwise, and each is parsed anew then.
const STATEMENTS_KEPT: usize = 256;

/// The pages that a small company's table touches again and again stay in memory; the rest is read through the system's.
const PAGES: &str = "PRAGMA cache_size = -65536; PRAGMA mmap_size = 268435456;";

pub(crate) struct Engine {
    storage: WriteGate,
    vectors: VectorIndexLifecycle,
}

/// The shown clock, for time to live and stream records.
struct ShownClock(Clock);

impl dynoxide::storage_backend::Clock for ShownClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.0.now().as_second()).unwrap_or(0)
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds since 1970 fit a float's 53 bits until the year 2255"
    )]
    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().as_microsecond().max(0) as f64 / 1_000_000.0
    }
}

impl Engine {
    pub(crate) fn open(file: &DatabaseFile, clock: Clock) -> Result<Self, DynoxideError> {
        let path = file.path().to_str().ok_or_else(|| {
            DynoxideError::InternalServerError(format!(
                "{} is not valid Unicode",
                file.path().display()
            ))
        })?;
        let storage = Storage::new(path)?.with_clock(Arc::new(ShownClock(clock)));
        // Sets `synchronous = NORMAL`: commits do not wait for the disk one by one, the journal flushes them in groups.
        storage.disable_bulk_loading()?;
        let connection = storage.conn();
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        connection
            .execute_batch(PAGES)
            .map_err(|error| DynoxideError::InternalServerError(error.to_string()))?;
        Ok(Self {
            storage: Arc::new(Mutex::new(storage)),
            vectors: VectorIndexLifecycle::new(),
        })
    }

    pub(crate) fn gate(&self) -> WriteGate {
        self.storage.clone()
    }

    /// Runs only before the machine serves, while nobody else holds the lock.
    pub(super) fn create_if_missing(&self, table: &template::Table) -> Result<(), OpenError> {
        let storage = self.storage.try_lock().map_err(|_| OpenError {
            table: table.name.clone(),
            reason: "the machine is already serving".to_owned(),
        })?;
        let failed = |reason: String| OpenError {
            table: table.name.clone(),
            reason,
        };
        let exists = storage
            .table_exists(&table.name)
            .map_err(|error| failed(error.to_string()))?;
        if exists {
            return Ok(());
        }
        let request = serde_json::from_value(table.create_table.clone())
            .map_err(|error| failed(error.to_string()))?;
        finish(create_table::execute(&*storage, request))
            .map_err(|error| failed(error.to_string()))?;
        if let Some(attribute) = &table.ttl_attribute {
            let request = serde_json::from_value(serde_json::json!({
                "TableName": table.name,
                "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
            }))
            .map_err(|error| failed(error.to_string()))?;
            finish(update_time_to_live::execute(&*storage, request))
                .map_err(|error| failed(error.to_string()))?;
        }
        Ok(())
    }

    pub(super) async fn run(&self, call: Call, tally: &mut Tally) -> Result<String, Refusal> {
        let storage = self.storage.lock().await;
        Ok(call.execute(&storage, &self.vectors, tally)?)
    }

    pub(super) async fn sweep_expired(&self) -> Result<usize, DynoxideError> {
        let storage = self.storage.lock().await;
        finish(ttl::sweep_expired_items(&*storage))
    }
}

/// The engine's futures never wait: its storage answers at once.
pub(super) fn finish<T>(
    future: impl Future<Output = Result<T, DynoxideError>>,
) -> Result<T, DynoxideError> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(DynoxideError::InternalServerError(
            "the table engine did not answer at once".to_owned(),
        )),
    }
}
