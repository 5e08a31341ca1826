//! The functions: their processes, the Runtime API they speak, invocations that wait for an answer and those that do not.
//! It must not know what any function does.

pub(crate) mod asynchronous;
mod failure;
mod logs;
mod outcome;
mod pool;
mod process;
pub(crate) mod wire;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

pub(crate) use failure::{Condition, FailureRecord};
pub(crate) use logs::Logs;
pub use logs::{LogLine, LogListener};
pub(crate) use outcome::{Failure, Outcome};
use pool::Pool;

use crate::arn::Region;
use crate::counts::Counter;
use crate::template;

/// What processes of functions need to start.
pub(crate) struct Surroundings {
    pub(crate) bin_dir: PathBuf,
    /// Where the machine listens.
    pub(crate) address: SocketAddr,
    pub(crate) region: Region,
    /// Variables that every function gets beside its own.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) default_concurrency: u32,
    pub(crate) logs: Logs,
    pub(crate) counter: Arc<Counter>,
    /// Part of every process's Runtime API address, so that one left over from an earlier machine is refused.
    pub(crate) run_id: String,
}

/// All functions of the wiring.
pub(crate) struct Functions {
    pools: BTreeMap<String, Arc<Pool>>,
}

impl Functions {
    pub(crate) fn new(functions: &[template::Function], surroundings: Surroundings) -> Self {
        let surroundings = Arc::new(surroundings);
        let pools = functions.iter().map(|function| {
            let pool = Pool::new(function.clone(), surroundings.clone());
            (function.name.clone(), pool)
        });
        Self {
            pools: pools.collect(),
        }
    }

    /// Invokes and waits. `None` for a function that the wiring does not name, and when the machine stops meanwhile.
    pub(crate) async fn invoke(&self, function: &str, invocation: Invocation) -> Option<Outcome> {
        self.pools.get(function)?.invoke(invocation).await
    }

    pub(crate) fn settings(&self, function: &str) -> Option<&template::Function> {
        self.pools.get(function).map(|pool| pool.function())
    }

    fn pool(&self, function: &str) -> Option<&Arc<Pool>> {
        self.pools.get(function)
    }

    /// Ends the function's processes at once, as a crash would. Says how many there were.
    pub(crate) fn kill(&self, function: &str) -> usize {
        self.pools.get(function).map_or(0, |pool| pool.kill_all())
    }

    /// Ends every process; none is started any more.
    pub(crate) fn close(&self) {
        for pool in self.pools.values() {
            pool.close();
        }
    }

    /// Functions whose binary is not where it should be, with what is to be done about it.
    pub(crate) fn missing_binaries(&self) -> Vec<String> {
        self.pools
            .values()
            .filter_map(|pool| pool.missing_binary())
            .collect()
    }
}

/// One invocation. The payload is JSON.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
}

impl Invocation {
    pub(crate) fn new(payload: Bytes) -> Self {
        Self {
            request_id: uuid::Uuid::new_v4().to_string(),
            payload,
        }
    }
}
