//! The table behind its wire: every DynamoDB call passes here, is counted, guarded against overlapping transactions, run and flushed.
//! It must not know what the items mean.

mod calls;
mod claims;
mod digest;
mod engine;
mod keys;
mod tokens;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dynoxide::{DynoxideError, storage::Storage};
use hyper::StatusCode;
use jiff::SignedDuration;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::counts::Counter;
use crate::journal::{Durability, Journal};
use crate::template;

pub(crate) use engine::{Engine, OpenError};

/// Shown time between two looks for expired items. DynamoDB itself promises no more than a few days.
pub(crate) const EXPIRY_SWEEP: SignedDuration = SignedDuration::from_hours(6);

/// Whoever holds this lock is the only writer of the database file.
pub(crate) type WriteGate = Arc<tokio::sync::Mutex<Storage>>;

/// How many writes a table has seen; a stream's consumer wakes when the number grows.
#[derive(Clone)]
pub(crate) struct Writes(Arc<watch::Sender<u64>>);

impl Writes {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    fn add(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    pub(crate) fn count(&self) -> u64 {
        *self.0.borrow()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// An answer on the wire: the body is JSON.
pub(crate) struct TableAnswer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

pub(crate) struct TableRoom {
    engine: Engine,
    journal: Journal,
    counter: Arc<Counter>,
    claims: claims::Claims,
    tokens: tokens::Tokens,
    schemas: Mutex<keys::Schemas>,
    writes: HashMap<String, Writes>,
    durability: Durability,
    /// How much longer than its execution a transaction keeps its items, so that tests can make overlaps certain.
    transaction_hold: Duration,
}

pub(crate) struct TableSettings {
    pub(crate) clock: Clock,
    pub(crate) durability: Durability,
    pub(crate) transaction_hold: Duration,
}

impl TableRoom {
    /// Creates the tables that the file does not hold yet.
    pub(crate) fn open(
        engine: Engine,
        journal: Journal,
        counter: Arc<Counter>,
        tables: &[template::Table],
        settings: TableSettings,
    ) -> Result<Self, OpenError> {
        let mut schemas = keys::Schemas::default();
        for table in tables {
            engine.create_if_missing(table)?;
            schemas.learn(&table.create_table);
        }
        Ok(Self {
            engine,
            journal,
            counter,
            claims: claims::Claims::default(),
            tokens: tokens::Tokens::new(settings.clock),
            schemas: Mutex::new(schemas),
            writes: tables
                .iter()
                .map(|table| (table.name.clone(), Writes::new()))
                .collect(),
            durability: settings.durability,
            transaction_hold: settings.transaction_hold,
        })
    }

    /// The counter of a table's writes; `None` for a table that the wiring does not name.
    pub(crate) fn writes(&self, table: &str) -> Option<Writes> {
        self.writes.get(table).cloned()
    }

    /// Answers one call. `operation` is the part of `X-Amz-Target` after the dot.
    pub(crate) async fn call(&self, operation: &str, body: &str) -> TableAnswer {
        let mut tally = calls::Tally::default();
        let result = self.run(operation, body, &mut tally).await;
        let (status, answer) = match result {
            Ok(answer) => (StatusCode::OK, answer),
            Err(Refusal { status, body }) => (status, body),
        };
        self.counter.operation(operation, |count| {
            count.requests += 1;
            count.refused += u64::from(status != StatusCode::OK);
            count.read_units += tally.read_units;
            count.write_units += tally.write_units;
        });
        TableAnswer {
            status,
            body: answer,
        }
    }

    async fn run(
        &self,
        operation: &str,
        body: &str,
        tally: &mut calls::Tally,
    ) -> Result<String, Refusal> {
        let call = calls::Call::read(operation, body)?;
        let token = match call.token() {
            Some(token) => match self.tokens.begin(token, body)? {
                tokens::Begun::New(token) => Some(token),
                tokens::Begun::Replay(answer) => return Ok(answer),
            },
            None => None,
        };
        let wanted = {
            let schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
            keys::wanted(&call, &schemas)
        };
        let claim = match wanted {
            Some(wanted) => Some(self.claims.take(wanted)?),
            None => None,
        };
        if claim.is_some() {
            // Whoever has arrived meanwhile meets this call's claim, on one thread as on many.
            tokio::task::yield_now().await;
        }
        if call.is_transaction() && !self.transaction_hold.is_zero() {
            tokio::time::sleep(self.transaction_hold).await;
        }
        let writes = call.writes_to();
        let created = call.created_table().cloned();
        let answer = self.engine.run(call, tally).await?;
        // From here to the flush nothing waits: a caller that goes away meanwhile takes neither the token nor the wake-up with it.
        if let Some(token) = token {
            token.finish(&answer);
        }
        if let Some(created) = created {
            self.schemas
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .learn(&created);
        }
        for table in &writes {
            if let Some(writes) = self.writes.get(table) {
                writes.add();
            }
        }
        if !writes.is_empty() && self.durability == Durability::Disk {
            self.journal
                .flush()
                .await
                .map_err(|error| Refusal::internal(&error.to_string()))?;
        }
        drop(claim);
        Ok(answer)
    }

    /// Deletes items whose time to live has passed on the shown clock.
    pub(crate) async fn sweep_expired(&self) {
        match self.engine.sweep_expired().await {
            Ok(0) => {}
            Ok(_) => self.writes.values().for_each(Writes::add),
            Err(error) => tracing::warn!(%error, "expired items were not deleted"),
        }
    }
}

/// An error as the wire carries it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Refusal {
    fn internal(message: &str) -> Self {
        DynoxideError::InternalServerError(message.to_owned()).into()
    }
}

impl From<DynoxideError> for Refusal {
    fn from(error: DynoxideError) -> Self {
        Self {
            status: StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST),
            body: error.to_json(),
        }
    }
}
