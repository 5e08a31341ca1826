//! The table as the use cases see it: cases, effects, the company's files, what is due.
//! Each method is named after what is wanted, not after the call that does it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use crate::clients::Clients;
use crate::clock::{Clock, ClockError};
use crate::company::Cache;
use crate::config::{Config, ConfigError};
use crate::table::Table;

/// Cheap to clone; clones share the client, the counters and the cached company.
#[derive(Clone)]
pub struct Store {
    pub(crate) table: Table,
    clock: Clock,
    pub(crate) cache: Arc<Mutex<Cache>>,
    pub(crate) sleep: aws_smithy_async::rt::sleep::SharedAsyncSleep,
}

/// What a function lacks to begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Clock(#[from] ClockError),
}

impl Store {
    pub fn new(config: &Config, clients: &Clients) -> Result<Self, StartError> {
        Ok(Self::over(
            clients.table()?,
            config.clock()?,
            clients.sleep(),
        ))
    }

    /// With a clock of the caller's: the simulation's.
    pub fn over(
        table: Table,
        clock: Clock,
        sleep: aws_smithy_async::rt::sleep::SharedAsyncSleep,
    ) -> Self {
        Store {
            table,
            clock,
            cache: Arc::default(),
            sleep,
        }
    }

    /// The time of this invocation.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Waits a little, at random, before the `attempt`-th repeat after a conflict.
    pub async fn pause(&self, attempt: u32) {
        crate::backoff::pause(&self.sleep, attempt).await;
    }

    pub(crate) fn cached_for() -> Duration {
        Duration::from_secs(5)
    }
}
